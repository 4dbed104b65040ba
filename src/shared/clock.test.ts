import { describe, expect, it } from "vitest";
import { ManualClock } from "../../test/support/manual-clock.js";
import { repeat, sleep } from "./clock.js";

describe("repeat", () => {
  it("waits after each end, goes on after a failure, and ends when it is called off", async () => {
    const clock = new ManualClock();
    const [started, errors]: [number[], unknown[]] = [[], []];
    const callOff = repeat(
      clock,
      100,
      async () => {
        started.push(clock.now());
        await sleep(clock, 50);
        if (started.length === 1) throw new Error("once");
      },
      (error) => errors.push(error),
    );
    const begin = clock.now();

    await clock.advance(420);
    callOff();
    await clock.advance(1_000);

    expect(started.map((time) => time - begin)).toEqual([100, 250, 400]);
    expect(errors).toEqual([new Error("once")]);
  });
});
