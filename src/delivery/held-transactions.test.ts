import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.js";
import { HeldTransactions } from "./held-transactions.js";

interface Setup {
  readonly held: HeldTransactions;
  readonly clock: ManualClock;
  readonly taken: string[];
  readonly asked: () => number;
  /** Ids that were refused. */
  send(...ids: readonly string[]): Promise<readonly string[]>;
}

function setUp(): Setup {
  const clock = new ManualClock();
  const taken: string[] = [];
  let asked = 0;
  const held = new HeldTransactions({
    intake: { take: async (transactionId) => void taken.push(transactionId) },
    ...{ clock, askAgain: () => void (asked += 1), log: { info: () => undefined } },
  });
  return {
    ...{ held, clock, taken, asked: () => asked },
    async send(...ids) {
      const refused: string[] = [];
      for (const id of ids) await held.take(id, []).catch(() => refused.push(id));
      return refused;
    },
  };
}

describe("transactions that the homeserver holds back", () => {
  it("are asked for when a later one shows that they are missing, and come before it", async () => {
    const { held, clock, taken, asked, send } = setUp();
    held.foundAgain();

    expect(await send("74", "76")).toEqual(["76"]);
    await clock.advance(250);
    expect(asked()).toBe(1);
    expect(await send("75", "76", "77")).toEqual([]);

    expect(taken).toEqual(["74", "75", "76", "77"]);
  });

  it("are not looked for twice behind the same transaction", async () => {
    const { held, send } = setUp();
    held.foundAgain();

    expect(await send("1", "5", "5", "6")).toEqual(["5"]);
  });

  it("are looked for three times at most where other application services use up numbers, and again once we were away", async () => {
    const { held, send } = setUp();
    held.foundAgain();

    expect(await send("1", "3", "3", "5", "5", "7", "7", "9", "11")).toEqual(["3", "5", "7"]);
    held.foundAgain();
    expect(await send("13", "13")).toEqual(["13"]);
  });

  it.each([
    { title: "before the homeserver found us", wait: undefined, ids: ["1", "3"] },
    { title: "long after it found us", wait: 11 * 60_000, ids: ["1", "3"] },
    { title: "where nothing came before", wait: 0, ids: ["3"] },
    { title: "where numbers begin anew", wait: 0, ids: ["70", "1", "2"] },
    { title: "where a transaction is repeated", wait: 0, ids: ["1", "1", "2"] },
    { title: "where ids are no numbers", wait: 0, ids: ["a1", "a3", "9".repeat(20)] },
  ])("are not looked for $title", async ({ wait, ids }) => {
    const { held, clock, send } = setUp();
    if (wait !== undefined) {
      held.foundAgain();
      await clock.advance(wait);
    }

    expect(await send(...ids)).toEqual([]);
  });
});
