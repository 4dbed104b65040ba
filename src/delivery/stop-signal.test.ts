import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { tooLate, within } from "./limit.js";
import { stopped, StopSignal } from "./stop-signal.js";

const never = new Promise<never>(() => undefined);

describe("a stop signal", () => {
  it("hands on what comes before it is given", async () => {
    const signal = new StopSignal();

    expect(await signal.unlessGiven(Promise.resolve("came"))).toBe("came");
    await expect(signal.unlessGiven(Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  });

  it("ends all that still waits, and whatever waits afterwards", async () => {
    const signal = new StopSignal();
    const waiting = [signal.unlessGiven(never), signal.unlessGiven(never)];

    signal.give();

    expect(await Promise.all([...waiting, signal.unlessGiven(never)])).toEqual([stopped, stopped, stopped]);
  });
});

describe("a limit", () => {
  it("hands on what comes in time and leaves no timer", async () => {
    const clock = new ManualClock();

    expect(await within(clock, 1_000, Promise.resolve("came"))).toBe("came");
    await expect(within(clock, 1_000, Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends what takes longer, whose failure then disturbs nobody", async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => undefined;
    const waiting = within(
      clock,
      1_000,
      new Promise((_, reject) => {
        fail = reject;
      }),
    );

    await clock.advance(1_000);
    fail(new Error("too late"));
    await settle();

    expect(await waiting).toBe(tooLate);
  });
});
