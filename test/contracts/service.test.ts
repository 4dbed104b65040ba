import { describe, expect, it } from "vitest";
import { services } from "../../src/app/services.js";
import { foldersIn } from "../house/source-tree.js";
import { describeService } from "./service.js";

describe("the list of services", () => {
  it("has one entry for each folder, under the folder's name", () => {
    expect(services.map(({ id }) => id).sort()).toEqual(foldersIn("src/services"));
  });

  it("gives no state type, configuration key or webhook path to two services", () => {
    const claims = services.flatMap(({ configKey, kinds, webhook }) => [
      `key ${configKey}`,
      ...kinds.flatMap(({ stateTypes }) => stateTypes),
      ...(webhook?.paths ?? []),
    ]);

    expect(new Set(claims).size).toBe(claims.length);
  });
});

for (const service of services) describeService(service);
