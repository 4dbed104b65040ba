import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { Pace } from "./pace.js";

function createPace() {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  const gone: string[] = [];
  const wait = (name: string): void => void pace.wait().then(() => gone.push(name));
  return { clock, pace, gone, wait };
}

describe("new work that is held back", () => {
  it("goes on when something got done, one for one, in the order in which it came", async () => {
    const { pace, gone, wait } = createPace();
    for (const name of ["first", "second", "third"]) wait(name);

    pace.done();
    pace.done();
    await settle();

    expect(gone).toEqual(["first", "second"]);
  });

  it("goes on after a moment when nothing gets done", async () => {
    const { clock, gone, wait } = createPace();
    wait("patient");

    await clock.advance(39);
    expect(gone).toEqual([]);
    await clock.advance(1);

    expect(gone).toEqual(["patient"]);
  });

  it("does not use up what gets done once it went on by itself", async () => {
    const { clock, pace, gone, wait } = createPace();
    wait("first");
    await clock.advance(40);
    wait("second");

    pace.done();
    await settle();

    expect(gone).toEqual(["first", "second"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not let through ahead by what got done before it came", async () => {
    const { pace, gone, wait } = createPace();
    pace.done();
    wait("late");
    await settle();

    expect(gone).toEqual([]);
  });
});
