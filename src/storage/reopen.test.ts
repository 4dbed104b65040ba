import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { createReopen } from "./reopen.js";

/** A database that counts how it is opened and closed, and cannot always be opened. */
class StubbornLevel extends MemoryLevel<string, string> {
  readonly calls: string[] = [];
  refusals = 0;

  async _open(): Promise<void> {
    this.calls.push("open");
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error("no space left");
    }
  }

  async _close(): Promise<void> {
    this.calls.push("close");
  }
}

async function createDatabase() {
  const clock = new ManualClock();
  const database = new StubbornLevel();
  const reopen = createReopen(database, clock);
  await database.open();
  const part = database.sublevel("part");
  await part.put("key", "value");
  database.calls.length = 0;
  return { clock, database, reopen, part };
}

describe("opening a database anew", () => {
  it("closes it, opens it, and opens its parts too", async () => {
    const { clock, database, reopen, part } = await createDatabase();

    const done = reopen.run();
    await clock.advance(1_000);
    await done;

    expect(database.calls).toEqual(["close", "open"]);
    expect([database.status, part.status]).toEqual(["open", "open"]);
    expect(await part.get("key")).toBe("value");
  });

  it("is tried every second until it succeeds, and closed once", async () => {
    const { clock, database, reopen, part } = await createDatabase();
    database.refusals = 3;
    let isDone = false;
    const done = reopen.run().then(() => {
      isDone = true;
    });

    await clock.advance(3_000);
    expect([isDone, part.status]).toEqual([false, "closed"]);
    await clock.advance(1_000);
    await done;

    expect(database.calls).toEqual(["close", "open", "open", "open", "open"]);
    expect(part.status).toBe("open");
  });

  it("works again the next time", async () => {
    const { clock, database, reopen } = await createDatabase();

    for (let count = 0; count < 2; count += 1) {
      const done = reopen.run();
      await clock.advance(1_000);
      await done;
    }

    expect(database.calls).toEqual(["close", "open", "close", "open"]);
  });

  it("is not tried any more once it was ended", async () => {
    const { clock, database, reopen } = await createDatabase();
    database.refusals = 1;
    void reopen.run();
    await clock.advance(1_000);

    reopen.end();
    await clock.advance(60_000);
    await settle();

    expect(database.calls).toEqual(["close", "open"]);
    expect(clock.pendingTimers).toBe(0);
  });
});
