import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import type { QueueEntry } from "../core/ports/delivery-stores.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { RoomLanes, type LaneEntry, type LaneVerdict } from "./room-lanes.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const roomC: RoomId = "!c:example.org";

/** Places of an earlier life begin with a 0, those of this one with a 1. */
function place(number: number, life = 1): string {
  return `${life}${String(number).padStart(6, "0")}`;
}

const done: LaneVerdict = { kind: "done", settled: Promise.resolve() };

/** Something that a test decides on later. */
function decision<T>(): { readonly made: Promise<T>; make(value: T): void } {
  let make: (value: T) => void = () => undefined;
  const made = new Promise<T>((resolve) => {
    make = resolve;
  });
  return { made, make: (value) => make(value) };
}

/** Lanes over queues in memory; what is worked on is written down. */
function createLanes({ concurrency = 4 } = {}) {
  const queues = new Map<RoomId, QueueEntry<string>[]>();
  const clock = new ManualClock();
  const worked: LaneEntry<string>[] = [];
  const errors: unknown[] = [];
  const active = new Map<RoomId, number>();
  const rig = {
    ...{ queues, clock, worked, errors },
    /** Waited for before the rooms with entries are told. */
    beforeRooms: (): Promise<void> => Promise.resolve(),
    reads: 0,
    mostEntriesRead: 0,
    mostAtOnceInARoom: 0,
    mostAtOnce: 0,
    process: (_entry: LaneEntry<string>): Promise<LaneVerdict> | LaneVerdict => done,
    /** Puts an entry into the store, as its commit does. */
    store(roomId: RoomId, item: string, at = place(Number(item))): QueueEntry<string> {
      const entry = { place: at, item };
      queues.set(roomId, [...(queues.get(roomId) ?? []), entry]);
      return entry;
    },
    /** Stores an entry and hands it over. */
    push(roomId: RoomId, item: string): void {
      lanes.push(roomId, rig.store(roomId, item));
    },
    /** Takes an entry out of the store, as the commit of its outcome does. */
    end({ roomId, place: at }: LaneEntry<string>): void {
      queues.set(
        roomId,
        (queues.get(roomId) ?? []).filter((entry) => entry.place !== at),
      );
    },
    items: (roomId: RoomId): string[] => worked.filter((entry) => entry.roomId === roomId).map((entry) => entry.item),
  };
  const lanes = new RoomLanes<string>({
    concurrency,
    clock,
    isOwnPlace: (at) => at.startsWith("1"),
    store: {
      async rooms(after, limit) {
        await rig.beforeRooms();
        return [...queues]
          .filter(([roomId, entries]) => entries.length > 0 && (after === undefined || roomId > after))
          .map(([roomId]) => roomId)
          .sort()
          .slice(0, limit);
      },
      read(roomId, after, limit) {
        rig.reads += 1;
        const entries = (queues.get(roomId) ?? []).filter((entry) => entry.place > (after ?? "")).slice(0, limit);
        rig.mostEntriesRead = Math.max(rig.mostEntriesRead, entries.length);
        return Promise.resolve(entries);
      },
    },
    async process(entry) {
      const inRoom = (active.get(entry.roomId) ?? 0) + 1;
      active.set(entry.roomId, inRoom);
      rig.mostAtOnceInARoom = Math.max(rig.mostAtOnceInARoom, inRoom);
      rig.mostAtOnce = Math.max(
        rig.mostAtOnce,
        [...active.values()].reduce((sum, count) => sum + count, 0),
      );
      worked.push(entry);
      try {
        const verdict = await rig.process(entry);
        if (verdict.kind === "done") void verdict.settled.then(() => rig.end(entry));
        return verdict;
      } finally {
        active.set(entry.roomId, (active.get(entry.roomId) ?? 1) - 1);
      }
    },
    onError: (_roomId, error) => void errors.push(error),
  });
  return { ...rig, rig, lanes };
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, count) => String(from + count));

describe("the lanes of rooms", () => {
  it("work on one entry of a room at a time, in order, and on several rooms at once", async () => {
    const { rig, lanes } = createLanes({ concurrency: 2 });
    rig.process = async () => {
      await settle(1);
      return done;
    };
    await lanes.start();

    for (const item of numbers(1, 40)) for (const roomId of [roomA, roomB, roomC]) rig.push(roomId, item);
    await settle(400);

    for (const roomId of [roomA, roomB, roomC]) expect(rig.items(roomId)).toEqual(numbers(1, 40));
    expect(rig.mostAtOnceInARoom).toBe(1);
    expect(rig.mostAtOnce).toBe(2);
  });

  it("give the next room its turn before a long queue is through", async () => {
    const { rig, lanes } = createLanes({ concurrency: 1 });
    for (const item of numbers(1, 100)) rig.store(roomA, item);
    rig.store(roomB, "1");

    await lanes.start();
    await settle(200);

    expect(rig.worked.findIndex((entry) => entry.roomId === roomB)).toBeLessThan(40);
    expect(rig.items(roomA)).toEqual(numbers(1, 100));
  });

  it("say of entries from before the start that an earlier life may have worked on them", async () => {
    const { rig, lanes } = createLanes();
    rig.store(roomA, "old", place(1, 0));

    await lanes.start();
    rig.push(roomA, "2");
    await settle();

    expect(rig.worked.map(({ item, maybeTried }) => ({ item, maybeTried }))).toEqual([
      { item: "old", maybeTried: true },
      { item: "2", maybeTried: false },
    ]);
  });

  it("stay in a room whose entry has to wait, and go on with the others", async () => {
    const { rig, lanes, clock } = createLanes();
    rig.process = (entry) => (entry.item === "1" && rig.items(roomA).length === 1 ? { kind: "later", delayMs: 5_000 } : done);
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomA, "2");
    rig.push(roomB, "3");

    await clock.advance(4_999);
    expect([rig.items(roomA), rig.items(roomB)]).toEqual([["1"], ["3"]]);
    await clock.advance(1);

    expect(rig.items(roomA)).toEqual(["1", "1", "2"]);
  });

  it("try a room again at once when it is woken, even when that happens during the try", async () => {
    const { rig, lanes, clock } = createLanes();
    const answer = decision<LaneVerdict>();
    rig.process = () => (rig.worked.length === 1 ? answer.made : done);
    await lanes.start();
    rig.push(roomA, "1");
    await settle();

    lanes.wake(roomA);
    answer.make({ kind: "later", delayMs: 3_600_000 });
    await clock.advance(1);

    expect(rig.items(roomA)).toEqual(["1", "1"]);
  });

  it("end every room's delay when all are woken", async () => {
    const { rig, lanes } = createLanes();
    rig.process = (entry) => (rig.items(entry.roomId).length === 1 ? { kind: "later", delayMs: 3_600_000 } : done);
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomB, "1");
    await settle();

    lanes.wakeAll();
    await settle();

    expect([rig.items(roomA), rig.items(roomB)]).toEqual([
      ["1", "1"],
      ["1", "1"],
    ]);
  });

  it("try a room again a second after something unexpected failed in it", async () => {
    const { rig, lanes, clock } = createLanes();
    rig.process = () => {
      if (rig.worked.length === 1) throw new Error("unexpected");
      return done;
    };
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomA, "2");

    await clock.advance(1_000);

    expect(rig.items(roomA)).toEqual(["1", "1", "2"]);
    expect(rig.errors).toEqual([new Error("unexpected")]);
  });
});

describe("a held room", () => {
  it("is never worked on twice at once, though it was held and released while its turn was due", async () => {
    const { rig, lanes } = createLanes({ concurrency: 2 });
    const gates = new Map([
      [roomA, decision<LaneVerdict>()],
      [roomC, decision<LaneVerdict>()],
    ]);
    rig.process = async (entry) => {
      await settle(2);
      return (await gates.get(entry.roomId)?.made) ?? done;
    };
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomC, "1");
    await settle(5);
    for (const item of numbers(1, 10)) rig.push(roomB, item);

    for (let count = 0; count < 3; count += 1) {
      await lanes.hold(roomB);
      lanes.unhold(roomB);
    }
    for (const gate of gates.values()) gate.make(done);
    await settle(200);

    expect(rig.mostAtOnceInARoom).toBe(1);
    expect(rig.items(roomB)).toEqual(numbers(1, 10));
  });

  it("waits until the last of those who hold it lets go", async () => {
    const { rig, lanes } = createLanes();
    await lanes.start();
    await Promise.all([lanes.hold(roomA), lanes.hold(roomA)]);
    rig.push(roomA, "1");

    lanes.unhold(roomA);
    await settle();
    const before = rig.items(roomA);
    lanes.unhold(roomA);
    await settle();

    expect(before).toEqual([]);
    expect(rig.items(roomA)).toEqual(["1"]);
  });

  it("is not tried when its delay is over or somebody wakes it", async () => {
    const { rig, lanes, clock } = createLanes();
    rig.process = () => (rig.worked.length === 1 ? { kind: "later", delayMs: 1_000 } : done);
    await lanes.start();
    rig.push(roomA, "1");
    await settle();

    await lanes.hold(roomA);
    await clock.advance(2_000);
    lanes.wake(roomA);
    await settle();
    const held = rig.items(roomA);
    lanes.unhold(roomA);
    await settle();

    expect(held).toEqual(["1"]);
    expect(rig.items(roomA)).toEqual(["1", "1"]);
  });

  it("is handed over only when the store knows what was done in it", async () => {
    const { rig, lanes, clock } = createLanes();
    const stored = decision<undefined>();
    rig.process = () => ({ kind: "done", settled: stored.made });
    await lanes.start();
    rig.push(roomA, "1");
    await settle();
    let isHeld = false;
    const held = lanes.hold(roomA).then(() => {
      isHeld = true;
    });

    await clock.advance(1_000);
    const before = isHeld;
    stored.make(undefined);
    await clock.advance(1_000);
    await held;

    expect([before, isHeld]).toEqual([false, true]);
  });

  it("is read again from the first entry, since others may have been put before those it had", async () => {
    const { rig, lanes } = createLanes();
    await lanes.start();
    rig.push(roomA, "5");
    await settle();
    await lanes.hold(roomA);
    rig.push(roomA, "6");
    rig.queues.set(roomA, [{ place: place(2), item: "2" }, ...(rig.queues.get(roomA) ?? [])]);

    lanes.unhold(roomA);
    await settle();

    expect(rig.items(roomA)).toEqual(["5", "2", "6"]);
  });
});

describe("what lanes keep in memory", () => {
  it("is 16 outcomes of a room that are not stored yet, and no more is done ahead of the store", async () => {
    const { rig, lanes } = createLanes();
    const stored = decision<undefined>();
    rig.process = () => ({ kind: "done", settled: stored.made });
    await lanes.start();

    for (const item of numbers(1, 40)) rig.push(roomA, item);
    rig.push(roomB, "1");
    await settle(100);
    const ahead = rig.items(roomA).length;
    stored.make(undefined);
    await settle(200);

    expect(ahead).toBe(16);
    expect(rig.items(roomB)).toEqual(["1"]);
    expect(rig.items(roomA)).toEqual(numbers(1, 40));
  });

  it("is bounded however much is pushed; the rest is read from the store in pieces, in order", async () => {
    const { rig, lanes } = createLanes();
    const answer = decision<LaneVerdict>();
    rig.process = () => answer.made;
    await lanes.start();

    for (const item of numbers(1, 5_000)) rig.push(roomA, item);
    await settle();
    const readBefore = rig.reads;
    answer.make(done);
    await settle(1_500);

    expect(rig.items(roomA)).toEqual(numbers(1, 5_000));
    // 2,000 came in memory, 3,000 in pieces of 32.
    expect(rig.reads - readBefore).toBeGreaterThanOrEqual(3_000 / 32);
    expect(rig.mostEntriesRead).toBe(32);
  });

  it("does not grow with the backlog: a start on 360,000 waiting entries reads the heads of the rooms being worked on", async () => {
    const clock = new ManualClock();
    const rooms = Array.from({ length: 5_000 }, (_, number): RoomId => `!${String(number).padStart(5, "0")}:example.org`);
    let entriesRead = 0;
    const lanes = new RoomLanes<string>({
      concurrency: 128,
      clock,
      isOwnPlace: () => false,
      store: {
        rooms(after, limit) {
          const from = after === undefined ? 0 : rooms.indexOf(after) + 1;
          return Promise.resolve(rooms.slice(from, from + limit));
        },
        read(_roomId, after, limit) {
          const first = after === undefined ? 1 : Number(after.slice(1)) + 1;
          const entries = Array.from({ length: Math.min(limit, 72 - first + 1) }, (_, count) => place(first + count, 0));
          entriesRead += entries.length;
          return Promise.resolve(entries.map((at) => ({ place: at, item: at })));
        },
      },
      process: () => new Promise(() => undefined),
      onError: () => undefined,
    });

    await lanes.start();
    await settle();

    expect(entriesRead).toBe(128 * 32);
  });
});

describe("an entry that the store shows", () => {
  it("before its commit is known is worked on once, whether that was done meanwhile or is still to do", async () => {
    const { rig, lanes } = createLanes();
    const first = decision<LaneVerdict>();
    const stored = decision<undefined>();
    rig.process = (entry) => (entry.item === "1" ? first.made : { kind: "done", settled: stored.made });
    const entries = ["1", "2", "3"].map((item) => rig.store(roomA, item));
    // All three are taken from the store; the first is being worked on.
    await lanes.start();
    await settle();

    for (const entry of entries) lanes.push(roomA, entry);
    first.make(done);
    await settle();
    for (const entry of entries) lanes.push(roomA, entry);
    stored.make(undefined);
    rig.push(roomA, "4");
    await settle();

    expect(rig.items(roomA)).toEqual(["1", "2", "3", "4"]);
  });

  it("though nobody ever handed it over is taken up before newer ones", async () => {
    const { rig, lanes } = createLanes();
    await lanes.start();
    rig.push(roomA, "1");
    await settle();
    rig.store(roomA, "2");
    rig.store(roomB, "2");

    const looking = lanes.catchUp();
    rig.push(roomA, "3");
    await looking;
    await settle();

    expect(rig.items(roomA)).toEqual(["1", "2", "3"]);
    expect(rig.items(roomB)).toEqual(["2"]);
  });

  it("though nobody ever handed it over is taken up by a room that is being worked on", async () => {
    const { rig, lanes } = createLanes();
    const answer = decision<LaneVerdict>();
    rig.process = (entry) => (entry.item === "1" ? answer.made : done);
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomA, "2");
    await settle();
    rig.store(roomA, "3");

    await lanes.catchUp();
    answer.make(done);
    await settle();

    expect(rig.items(roomA)).toEqual(["1", "2", "3"]);
  });
});

describe("looking through the store", () => {
  it("twice at once ends with the second look: until then any room may have a backlog", async () => {
    const { rig, lanes } = createLanes();
    const looks = [decision<undefined>(), decision<undefined>()] as const;
    const waits = looks.map(({ made }) => made);
    rig.beforeRooms = async () => {
      await waits.shift();
    };
    const started = lanes.start();
    const caughtUp = lanes.catchUp();

    looks[0].make(undefined);
    await started;
    // Nobody hands the first one over: its commit seemed to fail.
    rig.store(roomA, "1");
    rig.push(roomA, "2");
    looks[1].make(undefined);
    await caughtUp;
    await settle();

    expect(rig.items(roomA)).toEqual(["1", "2"]);
  });
});

describe("a stop of the lanes", () => {
  it("resolves when what is being worked on is over, and nothing further is begun", async () => {
    const { rig, lanes } = createLanes();
    const answer = decision<LaneVerdict>();
    rig.process = () => answer.made;
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomA, "2");
    await settle();
    let isOver = false;
    const stopped = lanes.stop().then(() => {
      isOver = true;
    });

    await settle();
    const before = isOver;
    answer.make(done);
    await stopped;
    rig.push(roomB, "1");
    await settle();

    expect(before).toBe(false);
    expect(rig.worked.map((entry) => entry.item)).toEqual(["1"]);
  });

  it("resolves at once when nothing is being worked on, and no delay wakes a room afterwards", async () => {
    const { rig, lanes, clock } = createLanes();
    rig.process = () => ({ kind: "later", delayMs: 1_000 });
    await lanes.start();
    rig.push(roomA, "1");
    await settle();

    await lanes.stop();
    await clock.advance(10_000);

    expect(rig.items(roomA)).toEqual(["1"]);
  });
});

describe("a room that waits for something beside the turns", () => {
  /** Entries named `apart` wait for what a test hands over; all others are over at once. */
  function lanesWithApart(options: { concurrency?: number } = {}) {
    const made = createLanes(options);
    const answers = new Map<RoomId, ReturnType<typeof decision<undefined>>>();
    made.rig.process = async ({ roomId, item }) => {
      if (item !== "0") return done;
      const answer = decision<undefined>();
      answers.set(roomId, answer);
      await made.lanes.apart(roomId, () => answer.made);
      return done;
    };
    return { ...made, answer: (roomId: RoomId) => answers.get(roomId)?.make(undefined) };
  }

  it("leaves its turn to others, and goes on in order when that has come", async () => {
    const { rig, lanes, answer } = lanesWithApart({ concurrency: 1 });
    await lanes.start();
    rig.push(roomA, "0");
    rig.push(roomA, "1");
    rig.push(roomB, "1");
    await settle();
    const before = [rig.items(roomA), rig.items(roomB)];

    rig.push(roomA, "2");
    answer(roomA);
    await settle();

    expect(before).toEqual([["0"], ["1"]]);
    expect(rig.items(roomA)).toEqual(["0", "1", "2"]);
  });

  it("waits for a turn when all are taken, and has it before rooms that have not begun", async () => {
    const { rig, lanes, answer } = lanesWithApart({ concurrency: 1 });
    const held = decision<LaneVerdict>();
    const wait = rig.process;
    rig.process = (entry) => (entry.roomId === roomB ? held.made : wait(entry));
    await lanes.start();
    rig.push(roomA, "0");
    rig.push(roomA, "1");
    rig.push(roomB, "1");
    rig.push(roomC, "1");
    await settle();
    answer(roomA);
    await settle();
    const before = rig.worked.length;

    held.make(done);
    await settle();

    expect(before).toBe(2);
    expect(rig.worked.map(({ roomId, item }) => `${roomId.charAt(1)}${item}`)).toEqual(["a0", "b1", "a1", "c1"]);
  });

  it("is not counted as work in memory that new work has to wait for", async () => {
    const { rig, lanes, answer } = lanesWithApart();
    await lanes.start();
    rig.push(roomA, "0");
    rig.push(roomA, "1");
    await settle();
    const waiting = lanes.inMemory;
    // What comes meanwhile stays in the store.
    for (const item of numbers(2, 9)) rig.push(roomA, item);
    const grown = lanes.inMemory;

    answer(roomA);
    await settle();

    expect([waiting, grown, lanes.inMemory]).toEqual([0, 0, 0]);
    expect(rig.items(roomA)).toEqual(["0", ...numbers(1, 9)]);
  });

  it("is one of thousands, and yet memory is bounded", async () => {
    const { rig, lanes, answer } = lanesWithApart({ concurrency: 8 });
    const rooms = Array.from({ length: 300 }, (_, number): RoomId => `!${number}:example.org`);
    for (const roomId of rooms) for (const item of ["0", ...numbers(1, 20)]) rig.store(roomId, item);
    await lanes.start();
    await settle(400);
    const begun = rig.worked.length;

    for (const roomId of rooms) answer(roomId);
    await settle(2_000);

    expect(begun).toBe(300);
    for (const roomId of rooms) expect(rig.items(roomId)).toEqual(["0", ...numbers(1, 20)]);
    expect(lanes.inMemory).toBe(0);
  });

  it("holds a stop up until that is over, although all turns are taken", async () => {
    const { rig, lanes, answer } = lanesWithApart({ concurrency: 1 });
    const held = decision<LaneVerdict>();
    const wait = rig.process;
    rig.process = (entry) => (entry.roomId === roomB ? held.made : wait(entry));
    await lanes.start();
    rig.push(roomA, "0");
    rig.push(roomB, "1");
    await settle();
    const stopped = lanes.stop();

    answer(roomA);
    await settle();
    held.make(done);
    await stopped;

    expect(rig.worked.map(({ item }) => item)).toEqual(["0", "1"]);
  });

  it("may fail there, and is tried again", async () => {
    const { rig, lanes, clock } = createLanes({ concurrency: 1 });
    let left = 1;
    rig.process = async ({ roomId }) => {
      left -= 1;
      if (left >= 0) await lanes.apart(roomId, () => Promise.reject(new Error("no words")));
      return done;
    };
    await lanes.start();
    rig.push(roomA, "1");
    rig.push(roomB, "1");
    await clock.advance(2_000);

    expect(rig.errors).toHaveLength(1);
    expect(rig.items(roomA)).toEqual(["1", "1"]);
    expect(rig.items(roomB)).toEqual(["1"]);
  });
});
