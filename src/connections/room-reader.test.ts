import { describe, expect, it } from "vitest";
import { alice, canonicalType, connectionsRig, emptyRig, legacyType, mainBot, url, type Rig } from "../../test/support/connections-rig.js";
import { settle } from "../../test/support/manual-clock.js";
import { away, broken, FakeRoomServer } from "../../test/support/room-fakes.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { MemoryServiceStore } from "../../test/support/service-context.js";
import type { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { RoomReader } from "./room-reader.js";

interface ReaderRig {
  readonly reader: RoomReader;
  readonly told: string[];
  readonly read: RoomId[];
}

/** The marks of a data folder, which outlive a process. */
const marksOf = (): MemoryServiceStore => new MemoryServiceStore();

function readerOn(rig: Rig, marks: MemoryServiceStore, stateTypes: readonly string[] = [canonicalType, legacyType]): ReaderRig {
  const told: string[] = [];
  const read: RoomId[] = [];
  const reader = new RoomReader({
    ...rig,
    accounts: rig.server.accounts,
    log: rig.logger,
    marks,
    unitOfWork: {
      // Marks are kept apart from the rig's store: their keys are not absolute.
      async commit(changes: readonly StoreChange[]) {
        marks.apply(changes.filter(({ key }) => key === "first-reading"));
        await rig.unitOfWork.commit(changes.filter(({ key }) => key !== "first-reading"));
      },
    },
    stateTypes,
    random: seededRandom(1),
    onFirstReadingBegun: () => void told.push("begun"),
    onRoomsRead: (roomIds) => void read.push(...roomIds),
    onFirstReadingDone: () => void told.push(isMarkedDone(marks) ? "done too late" : "done"),
  });
  return { reader, told, read };
}

/** A crash after the mark and before rooms were given what was kept would lose it. */
function isMarkedDone(marks: MemoryServiceStore): boolean {
  const mark = marks.get("first-reading");
  return mark?.includes('"isDone":true') ?? false;
}

function roomId(number: number): RoomId {
  return `!room${String(number).padStart(4, "0")}:example.org`;
}

function serverWith(rooms: number): FakeRoomServer {
  const server = new FakeRoomServer();
  for (let number = 0; number < rooms; number += 1) {
    server.createRoom(roomId(number), alice, [mainBot]);
    server.send(roomId(number), canonicalType, url, { url }, alice);
  }
  return server;
}

/** Goes on until the condition holds; time passes in small steps. */
async function until(rig: Rig, condition: () => boolean, stepMs = 100): Promise<void> {
  for (let step = 0; step < 2_000 && !condition(); step += 1) await rig.clock.advance(stepMs);
  expect(condition()).toBe(true);
}

async function firstReading(rig: Rig, marks = marksOf()): Promise<ReaderRig & { readonly marks: MemoryServiceStore }> {
  const setup = readerOn(rig, marks);
  await setup.reader.start();
  await until(rig, () => setup.told.includes("done"));
  return { ...setup, marks };
}

const readsOf = (rig: Rig): readonly string[] => rig.server.requests.filter((request) => request.startsWith("readAll"));

describe("the first reading of the rooms", () => {
  it("reads all rooms, at least 16 at once, and tells of each", async () => {
    const rig = await emptyRig(serverWith(40));

    const { told, read, reader } = await firstReading(rig);

    expect(told).toEqual(["begun", "done"]);
    expect([...read].sort()).toEqual(Array.from({ length: 40 }, (_, number) => roomId(number)));
    expect(rig.server.mostAtOnce).toBeGreaterThanOrEqual(16);
    expect(await rig.index.count()).toEqual(new Map([["tracker", 40]]));
    await reader.stop();
  });

  it("says that it begins before it asks the homeserver anything", async () => {
    const rig = await emptyRig(serverWith(1));
    const { reader, told } = readerOn(rig, marksOf());

    const started = reader.start();
    await started;

    expect(told).toEqual(["begun"]);
    await reader.stop();
  });

  it("goes on after a kill with the rooms not read yet, and tells of all", async () => {
    const rig = await emptyRig(serverWith(40));
    const marks = marksOf();
    const killed = readerOn(rig, marks);
    rig.server.failing = () => (readsOf(rig).length > 20 ? away : undefined);
    await killed.reader.start();
    await settle();
    await killed.reader.stop();
    rig.server.failing = () => undefined;
    const readBefore = killed.read.length;
    expect(readBefore).toBeGreaterThan(0);
    expect(readBefore).toBeLessThan(40);
    await rig.clock.advance(60_000);
    rig.server.takeRequests();

    const { read, told } = await firstReading(rig, marks);

    expect(told).toEqual(["begun", "done"]);
    expect(new Set(read).size).toBe(40);
    expect(readsOf(rig)).toHaveLength(40 - readBefore);
  });

  it("waits for a homeserver that is away, and complains at most once a minute", async () => {
    const rig = await emptyRig(serverWith(3));
    rig.server.failing = () => away;
    const { reader, told } = readerOn(rig, marksOf());
    await reader.start();

    await rig.clock.advance(10 * 60_000);
    expect(told).toEqual(["begun"]);
    expect(rig.log.length).toBeGreaterThan(0);
    expect(rig.log.length).toBeLessThanOrEqual(11);
    rig.server.failing = () => undefined;
    await until(rig, () => told.includes("done"), 1_000);

    expect(await rig.index.count()).toEqual(new Map([["tracker", 3]]));
    await reader.stop();
  });

  it.each<[string, RemoteError]>([
    ["answered with errors", broken],
    ["never answered", away],
  ])("is not held up by a room that is %s while others are; that one is tried again later", async (_name, error) => {
    const rig = await emptyRig(serverWith(5));
    rig.server.failing = (request) => (request.startsWith(`readAll ${roomId(2)}`) ? error : undefined);
    const { reader, told, read } = readerOn(rig, marksOf());
    await reader.start();

    await until(rig, () => told.includes("done"), 1_000);
    expect(read).not.toContain(roomId(2));
    expect(await rig.index.count()).toEqual(new Map([["tracker", 4]]));
    rig.server.failing = () => undefined;
    await rig.clock.advance(60 * 60_000);

    expect(await rig.connections(roomId(2))).toHaveLength(1);
    await reader.stop();
  });

  it("is made again when a service was enabled that was not looked for, and not when one was disabled", async () => {
    const rig = await emptyRig(serverWith(2));
    const { marks } = await firstReading(rig);

    const fewer = readerOn(rig, marks, [canonicalType]);
    await fewer.reader.start();
    expect(fewer.told).toEqual([]);
    await fewer.reader.stop();
    const more = readerOn(rig, marks, [canonicalType, legacyType]);
    await more.reader.start();

    expect(more.told).toEqual(["begun"]);
    await more.reader.stop();
  });
});

describe("the later verification of the rooms", () => {
  async function warm(rooms = 12): Promise<{ readonly rig: Rig; readonly marks: MemoryServiceStore }> {
    const rig = await emptyRig(serverWith(rooms));
    const { marks, reader } = await firstReading(rig);
    await reader.stop();
    await rig.clock.advance(60_000);
    rig.server.takeRequests();
    return { rig, marks };
  }

  it("asks nothing before ten seconds, then reads at most five rooms a second", async () => {
    const { rig, marks } = await warm();
    const { reader, told } = readerOn(rig, marks);
    await reader.start();

    await rig.clock.advance(9_999);
    expect(rig.server.requests).toEqual([]);
    await rig.clock.advance(1_001);
    expect(readsOf(rig).length).toBeGreaterThan(0);
    expect(readsOf(rig).length).toBeLessThanOrEqual(6);
    await rig.clock.advance(10_000);

    expect(readsOf(rig)).toHaveLength(12);
    expect(told).toEqual([]);
    await reader.stop();
  });

  it("begins when it is told to", async () => {
    const { rig, marks } = await warm();
    const { reader } = readerOn(rig, marks);
    await reader.start();

    reader.begin();
    await rig.clock.advance(300);

    expect(readsOf(rig).length).toBeGreaterThan(0);
    await reader.stop();
  });

  it("reads new rooms first, forgets rooms that were left, and keeps an upgrade that waits", async () => {
    const { rig, marks } = await warm(3);
    rig.server.createRoom(roomId(9), alice, [mainBot]);
    rig.server.send(roomId(9), canonicalType, url, { url }, alice);
    rig.server.leave(roomId(1), mainBot);
    const waiting: RoomId = "!waiting:example.org";
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: waiting, bots: [], carryOverFrom: roomId(0) }));
    const { reader } = readerOn(rig, marks);
    await reader.start();
    reader.begin();

    await rig.clock.advance(5_000);

    expect(readsOf(rig)[0]).toContain(roomId(9));
    expect((await rig.rooms.list(undefined, 10)).map((record) => record.roomId).sort()).toEqual([roomId(0), roomId(2), roomId(9), waiting]);
    expect(await rig.connections(roomId(1))).toEqual([]);
    await reader.stop();
  });

  it("does not forget a room that a bot joined again in the meantime", async () => {
    const { rig, marks } = await warm(3);
    rig.server.leave(roomId(1), mainBot);
    const { reader } = readerOn(rig, marks);
    let joinAgain = (): void => undefined;
    const joining = rig.queue.run(roomId(1), async () => {
      await new Promise<void>((resolve) => (joinAgain = resolve));
      rig.server.send(roomId(1), "m.room.member", mainBot, { membership: "join" }, mainBot);
      await rig.operations.readRoom(roomId(1));
    });
    await reader.start();
    reader.begin();
    await settle();

    joinAgain();
    await joining;
    await rig.clock.advance(2_000);

    expect(await rig.connections(roomId(1))).toHaveLength(1);
    await reader.stop();
  });

  it("forgets nothing while the homeserver does not tell which rooms are joined", async () => {
    const { rig, marks } = await warm(3);
    rig.server.leave(roomId(1), mainBot);
    rig.server.failing = (request) => (request.startsWith("joinedRooms") ? away : undefined);
    const { reader } = readerOn(rig, marks);
    await reader.start();
    reader.begin();

    await rig.clock.advance(60_000);

    expect(await rig.index.count()).toEqual(new Map([["tracker", 3]]));
    await reader.stop();
  });

  it("finds what changed in a room without being told", async () => {
    const { rig, marks } = await warm(2);
    rig.server.send(roomId(1), canonicalType, url, {}, alice);
    const { reader } = readerOn(rig, marks);
    await reader.start();
    reader.begin();

    await rig.clock.advance(2_000);

    expect(await rig.index.count()).toEqual(new Map([["tracker", 1]]));
    await reader.stop();
  });

  it("of a room that keeps failing is tried ever more rarely", async () => {
    const { rig, marks } = await warm(2);
    rig.server.failing = (request) => (request.startsWith(`readAll ${roomId(0)}`) ? broken : undefined);
    const { reader } = readerOn(rig, marks);
    await reader.start();
    reader.begin();
    await rig.clock.advance(60 * 60_000);

    const tries = readsOf(rig).filter((request) => request.includes(roomId(0))).length;

    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(12);
    await reader.stop();
  });
});

describe("stopping the reader", () => {
  it("ends its waits and leaves nothing running", async () => {
    const rig = await connectionsRig();
    rig.server.failing = () => away;
    const { reader } = readerOn(rig, marksOf());
    await reader.start();
    reader.readLater(roomId(0));
    await settle();

    await reader.stop();

    rig.server.takeRequests();
    await rig.clock.advance(60 * 60_000);
    expect(rig.server.requests).toEqual([]);
  });
});
