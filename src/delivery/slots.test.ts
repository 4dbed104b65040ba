import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { Slots } from "./slots.js";

function createSlots(count: number) {
  const clock = new ManualClock();
  const slots = new Slots({ count, slowAfterMs: 1_000, clock });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const run = (name: string): Promise<string> =>
    slots.run(async () => {
      begun.push(name);
      await new Promise<void>((resolve) => ends.set(name, resolve));
      return name;
    });
  return { clock, slots, begun, run, end: (name: string) => ends.get(name)?.() };
}

describe("slots", () => {
  it("let so many run at once, the others in the order they came", async () => {
    const { begun, run, end } = createSlots(2);
    const first = run("a");
    for (const name of ["b", "c", "d"]) void run(name);
    await settle();
    expect(begun).toEqual(["a", "b"]);

    end("a");
    await settle();
    expect([begun, await first]).toEqual([["a", "b", "c"], "a"]);
    end("b");
    await settle();
    expect(begun).toEqual(["a", "b", "c", "d"]);
  });

  it("are left by what is slow, once", async () => {
    const { clock, begun, run, end } = createSlots(1);
    for (const name of ["slow", "b", "c"]) void run(name);
    await clock.advance(1_000);
    expect(begun).toEqual(["slow", "b"]);

    end("slow");
    await settle();
    expect(begun).toEqual(["slow", "b"]);
    end("b");
    await settle();
    expect(begun).toEqual(["slow", "b", "c"]);
  });

  it("are free again after a failure, and leave no timer", async () => {
    const { clock, slots } = createSlots(1);
    await expect(slots.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");

    expect(await slots.run(() => Promise.resolve("next"))).toBe("next");
    expect(clock.pendingTimers).toBe(0);
  });
});
