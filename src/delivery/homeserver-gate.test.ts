import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { HomeserverGate } from "./homeserver-gate.js";

const rooms: readonly RoomId[] = ["!a:example.org", "!b:example.org", "!c:example.org"];

function createGate() {
  const clock = new ManualClock();
  const log: string[] = [];
  const passed: string[] = [];
  const gate = new HomeserverGate({
    clock,
    // The longest of the spread delays.
    random: { fraction: () => 0.999_999, token: () => "", bytes: () => Buffer.alloc(0) },
    onReopened: () => void log.push("reopened"),
    onClosed: (reason) => void log.push(reason),
  });
  const queue = (name: string): void => void gate.pass().then(() => passed.push(name));
  const failIn = (...numbers: number[]): void => {
    for (const number of numbers) gate.failedInRoom(rooms[number] ?? "!other:example.org", "502");
  };
  return { clock, log, passed, gate, queue, failIn };
}

describe("the gate to the homeserver", () => {
  it("lets everybody through while nothing fails", async () => {
    const { gate, passed, queue } = createGate();

    queue("a");
    queue("b");
    await settle();

    expect(passed).toEqual(["a", "b"]);
    expect(gate.isOpen).toBe(true);
  });

  it("lets one at a time try while the homeserver is away, with a growing delay of up to 30 seconds", async () => {
    const { gate, clock, passed, queue } = createGate();
    gate.failed("away");
    for (let count = 0; count < 20; count += 1) queue(`${count}`);
    const tries: number[] = [];
    for (let tick = 0; tick < 4_000; tick += 1) {
      await clock.advance(50);
      if (passed.length > tries.length) {
        tries.push(clock.now());
        gate.failed("away");
      }
    }

    const pauses = tries.slice(1).map((at, position) => at - (tries[position] ?? 0));
    expect(pauses.slice(0, 6)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000]);
    expect(Math.max(...pauses)).toBe(30_000);
  });

  it("lets everybody through again once one was answered", async () => {
    const { gate, clock, passed, queue, log } = createGate();
    gate.failed("away");
    for (const name of ["a", "b", "c"]) queue(name);
    await clock.advance(250);
    expect(passed).toEqual(["a"]);

    gate.answered();
    await settle();

    expect(passed).toEqual(["a", "b", "c"]);
    expect(log).toEqual(["away", "reopened"]);
  });

  it("begins with short delays again at the next outage", async () => {
    const { gate, clock, passed, queue } = createGate();
    gate.failed("away");
    for (const delayMs of [250, 500, 1_000]) {
      queue("try");
      await clock.advance(delayMs);
      gate.failed("away");
    }
    queue("try");
    await clock.advance(2_000);
    gate.succeeded();

    gate.failed("away");
    queue("next outage");
    await clock.advance(250);

    expect(passed.at(-1)).toBe("next outage");
  });

  it("goes on with the next when whoever was let through does not send after all", async () => {
    const { gate, clock, passed, queue } = createGate();
    gate.failed("away");
    queue("discarded");
    queue("next");
    await clock.advance(250);

    gate.abandoned();
    await settle();

    expect(passed).toEqual(["discarded", "next"]);
  });

  it("stays closed while nobody is there to try, and lets the first who comes try, alone", async () => {
    const { gate, clock, passed, queue, log } = createGate();
    gate.failed("away");
    await clock.advance(60_000);
    expect(log).toEqual(["away"]);

    queue("first");
    queue("second");
    await settle();
    expect(passed).toEqual(["first"]);
    gate.answered();
    await settle();

    expect(passed).toEqual(["first", "second"]);
    expect(log).toEqual(["away", "reopened"]);
  });

  it("tells another reason while it is closed, each once", () => {
    const { gate, log } = createGate();

    for (const reason of ["no answer", "no answer", "wrong token", "wrong token", "no answer"]) gate.failed(reason);

    expect(log).toEqual(["no answer", "wrong token", "no answer"]);
  });

  it("tells the same reason again at the next outage", () => {
    const { gate, log } = createGate();

    gate.failed("away");
    gate.succeeded();
    gate.failed("away");

    expect(log).toEqual(["away", "reopened", "away"]);
  });

  it.each([
    { what: "one room that fails again and again", fail: [0, 0, 0, 0, 0], isOpen: true },
    { what: "two rooms", fail: [0, 1, 0, 1], isOpen: true },
    { what: "three rooms", fail: [0, 1, 2], isOpen: false },
  ])("stays open ($isOpen) for $what", ({ fail, isOpen }) => {
    const { gate, failIn } = createGate();

    failIn(...fail);

    expect(gate.isOpen).toBe(isOpen);
  });

  it("counts only rooms that failed with no success between them", () => {
    const { gate, failIn } = createGate();

    failIn(0, 1);
    gate.succeeded();
    failIn(2);

    expect(gate.isOpen).toBe(true);
  });

  it("holds nobody back once it is stopped, and tries no more", async () => {
    const { gate, clock, passed, queue } = createGate();
    gate.failed("away");
    queue("a");

    gate.stop();
    queue("b");
    await clock.advance(60_000);

    expect(passed).toEqual(["a", "b"]);
    expect(clock.pendingTimers).toBe(0);
  });
});
