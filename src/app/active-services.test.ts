import { describe, expect, it } from "vitest";
import { seededRandom } from "../../test/support/seeded-random.js";
import type { Config } from "../config/config.js";
import type { Service } from "../core/service.js";
import { chooseServices } from "./active-services.js";

function serviceOf(id: string, more: Partial<Service<unknown>> = {}): Service<unknown> {
  return { id, title: id, configKey: id, permissionName: id, configSchema: {}, kinds: [], ...more };
}

const standIn = { isStandIn: true };
const services = [
  serviceOf("first", { withoutSection: () => standIn }),
  serviceOf("second"),
  serviceOf("third", { withoutSection: () => standIn, isEnabled: () => false }),
];

function choose(
  sections: Readonly<Record<string, unknown>>,
  isRegistryUsed: boolean,
): { readonly ids: readonly string[]; readonly sections: unknown } {
  // Nothing else of it is read.
  const config = { services: sections } as unknown as Config;
  const chosen = chooseServices(services, config, { isRegistryUsed, random: seededRandom(1) });
  return { ids: chosen.services.map(({ id }) => id), sections: chosen.sections };
}

describe("the services of a start", () => {
  it("are those with a section that is switched on", () => {
    expect(choose({ first: { a: 1 }, second: {}, third: {} }, false)).toEqual({
      ids: ["first", "second"],
      sections: { first: { a: 1 }, second: {}, third: {} },
    });
    expect(choose({}, false)).toEqual({ ids: [], sections: {} });
  });

  it("are also those that do without a section, where remotes may be registered", () => {
    expect(choose({ second: {} }, true)).toEqual({
      ids: ["first", "second", "third"],
      sections: { second: {}, first: standIn, third: standIn },
    });
  });

  it("keep their section, and stay switched off by it", () => {
    expect(choose({ first: { a: 1 }, third: {} }, true)).toEqual({ ids: ["first"], sections: { first: { a: 1 }, third: {} } });
  });
});
