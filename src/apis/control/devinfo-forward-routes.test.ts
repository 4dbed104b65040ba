import { afterEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { NotFoundError } from "../../core/errors.js";
import type { DevinfoForwards, ForwardOverview } from "../../devinfo/forwards.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { systemRandom } from "../../shared/random.js";
import { compileSchema } from "../../shared/validate.js";
import { createDevinfoForwardRoutes } from "./devinfo-forward-routes.js";
import { devinfoForwardListSchema, devinfoForwardsChangedSchema } from "./devinfo-forward-schema.js";

const copy = { id: "1", provider: "ci", acceptedAt: 1, request: "POST /bulk", bytes: 5 };
const overview: ForwardOverview = {
  targets: [
    {
      ...{ id: "a1", url: "https://site.example", clientId: "client", from: ["ci"], oldest: copy, failure: { reason: "away", at: 2 } },
      ...{ waiting: { count: 1, bytes: 3 }, dead: { count: 1, bytes: 0 } },
    },
    { id: "b2", url: "https://gone.example", clientId: "client", waiting: { count: 0, bytes: 0 }, dead: { count: 0, bytes: 0 } },
  ],
  dead: [{ ...copy, id: "0", target: "a1", reason: "it answered 400", diedAt: 2 }],
};

let started: Listener | undefined;

afterEach(async () => {
  await started?.stop();
});

async function askDesk(path: string, method: string, desk: Partial<DevinfoForwards> = {}): Promise<Asked> {
  const whole = {
    list: async () => overview,
    replay: async (id: string) => (id === "a b/c" ? 3 : 1),
    discard: async (): Promise<number> => {
      throw new NotFoundError("There is no such copy, and no site with that id.");
    },
    ...desk,
  };
  const common = { log: silentLog(), clock: systemClock, random: systemRandom };
  started = createListener({ bindAddress: "127.0.0.1", port: 0, routes: createDevinfoForwardRoutes(whole), ...common });
  const { port } = await started.start();
  return ask(port, path, { method });
}

describe("the control API's answers about copies for other sites", () => {
  it("list them in the form that the command line checks", async () => {
    const answer = await askDesk("/v1/devinfo/forwards", "GET");

    expect([answer.status, answer.json()]).toEqual([200, overview]);
    expect(compileSchema(devinfoForwardListSchema)(answer.json()).ok).toBe(true);
  });

  it("say how many are sent again", async () => {
    const answer = await askDesk("/v1/devinfo/forwards/a%20b%2Fc/replay", "POST");

    expect([answer.status, answer.json()]).toEqual([200, { count: 3 }]);
    expect(compileSchema(devinfoForwardsChangedSchema)(answer.json()).ok).toBe(true);
  });

  it("say that there is none", async () => {
    const answer = await askDesk("/v1/devinfo/forwards/x/discard", "POST");

    expect([answer.status, answer.json()]).toMatchObject([404, { error: "There is no such copy, and no site with that id." }]);
  });
});
