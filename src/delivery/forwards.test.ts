import { describe, expect, it } from "vitest";
import type { Connection } from "../core/connection.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { Forward } from "../core/ports/room-work.js";
import { createRig, testConnection, touches, type Rig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const one = testConnection(roomA, "one/x");
const two = testConnection(roomA, "two/x");
const minuteMs = 60_000;
const dayMs = 24 * 3_600_000;

async function startedRig(connections: Connection[] = [one, two]): Promise<Rig> {
  const rig = await createRig(await openForgetfulLevel(), { connections });
  await rig.start();
  return rig;
}

function event(id: string): MatrixEvent {
  const content = { msgtype: "m.text", body: id };
  return { type: "m.room.message", event_id: `$${id}`, room_id: roomA, sender: "@alice:example.org", origin_server_ts: 0, content };
}

/** Stores events on their way to remotes, as the end of room work does. */
async function hand(rig: Rig, ...forwards: readonly (readonly [string, Connection])[]): Promise<void> {
  const wanted = forwards.map(([id, { id: connectionId }]): Forward => ({ connectionId, event: event(id) }));
  const prepared = rig.forwards.prepare(wanted, rig.clock.now());
  await rig.disk.commit(prepared.changes);
  prepared.release();
}

const handed = (rig: Rig, { id }: Connection): string[] =>
  rig.handedOn.filter((text) => text.endsWith(id)).map((text) => text.slice(0, text.indexOf(" ")));

describe("an event that is handed on", () => {
  it("reaches its connection's remote once, in order", async () => {
    const rig = await startedRig();

    await hand(rig, ["1", one], ["1", two], ["2", one]);
    await hand(rig, ["3", one]);
    await settle();

    expect([handed(rig, one), handed(rig, two)]).toEqual([["$1", "$2", "$3"], ["$1"]]);
    expect(await leftIn(rig)).toEqual([]);
  });

  it("waits for a remote that is away, with what is behind it, while other connections go on", async () => {
    const rig = await startedRig();
    rig.onHandOn = ({ connectionId }) => {
      if (connectionId === one.id) throw new RemoteError("away");
    };
    await hand(rig, ["1", one], ["2", one], ["3", two]);
    await rig.clock.advance(2 * dayMs);
    const before = [handed(rig, one), handed(rig, two)];

    rig.onHandOn = () => undefined;
    await rig.clock.advance(10 * minuteMs);

    expect(before).toEqual([[], ["$3"]]);
    expect(handed(rig, one)).toEqual(["$1", "$2"]);
    expect(rig.notHandedOn).toEqual([]);
  });

  it("is tried ever less often, and not before the remote asked for it", async () => {
    const rig = await startedRig();
    const tries: number[] = [];
    rig.onHandOn = () => {
      tries.push(rig.clock.now());
      throw new RemoteError("too many", { status: 429, ...(tries.length === 1 ? { retryAfterMs: 30 * minuteMs } : {}) });
    };
    await hand(rig, ["1", one]);
    await rig.clock.advance(2 * 60 * minuteMs);

    const [first = 0, second = 0] = tries;
    expect(second - first).toBe(30 * minuteMs);
    // Five minutes apart at most, half of that at least.
    expect(tries.length).toBeGreaterThan(15);
    expect(tries.length).toBeLessThan(60);
  });

  it("is given up after three days, and the room is told once a day", async () => {
    const rig = await startedRig();
    rig.onHandOn = () => {
      throw new RemoteError("GET https://secret.example/token failed");
    };
    await hand(rig, ["1", one], ["2", one]);
    await rig.clock.advance(3 * dayMs - minuteMs);
    expect(rig.notHandedOn).toEqual([]);

    await rig.clock.advance(20 * minuteMs);

    expect(rig.notHandedOn).toEqual(["$1", "$2"].map((id) => `${id}: GET https://secret.example/token failed`));
    expect(rig.sender.bodies(roomA)).toEqual([
      "A message from this room could not be handed on to Test remote: it could not be reached. There may be more; this is told once a day.",
    ]);
  });

  it.each([
    { error: new RemoteError("gone", { status: 410 }), why: "it answered 410" },
    { error: new TypeError("no such field"), why: "it could not be reached" },
  ])("that can never arrive ($error.message) is given up at once, and what is behind it goes on", async ({ error, why }) => {
    const rig = await startedRig();
    rig.onHandOn = ({ event: { event_id: id } }) => {
      if (id === "$1") throw error;
    };
    await hand(rig, ["1", one], ["2", one]);
    await settle();

    expect(handed(rig, one)).toEqual(["$2"]);
    expect(rig.sender.bodies(roomA)).toEqual([expect.stringContaining(why)]);
  });

  it("that takes a minute counts as one that was not answered", async () => {
    const rig = await startedRig();
    let tries = 0;
    rig.onHandOn = () => {
      tries += 1;
      return tries === 1 ? new Promise(() => undefined) : undefined;
    };
    await hand(rig, ["1", one]);
    await rig.clock.advance(59_000);
    expect(tries).toBe(1);

    await rig.clock.advance(minuteMs);

    expect(handed(rig, one)).toEqual(["$1"]);
  });

  it("is never given up because of our own disk", async () => {
    const rig = await startedRig();
    rig.onHandOn = () => {
      throw new StorageError("cannot be read");
    };
    await hand(rig, ["1", one]);
    await rig.clock.advance(4 * dayMs);

    rig.onHandOn = () => undefined;
    await rig.clock.advance(10 * minuteMs);

    expect(handed(rig, one)).toEqual(["$1"]);
  });

  it("is not wanted any more when its connection ends", async () => {
    const rig = await startedRig();
    rig.onHandOn = () => {
      throw new RemoteError("away");
    };
    await hand(rig, ["1", one], ["2", one]);
    await settle();

    rig.connections.splice(0);
    await rig.clock.advance(10 * minuteMs);

    expect(rig.notHandedOn).toEqual(["$1: the connection was removed", "$2: the connection was removed"]);
    expect(await leftIn(rig)).toEqual([]);
    expect(rig.sender.bodies()).toEqual([]);
  });
});

describe("connections whose remotes hang", () => {
  it("do not keep others from being handed anything, however many they are", async () => {
    const hanging = Array.from({ length: 100 }, (_, number) => testConnection(roomA, `hangs/${number}`));
    const rig = await startedRig([...hanging, one]);
    rig.onHandOn = ({ connectionId }) => (connectionId === one.id ? undefined : new Promise(() => undefined));
    await hand(rig, ...hanging.map((connection) => ["1", connection] as const));

    await hand(rig, ["2", one]);
    await rig.clock.advance(1_500);

    expect(handed(rig, one)).toEqual(["$2"]);
  });
});

describe("what waits to be handed on", () => {
  it("survives a crash, and arrives in order", async () => {
    const level = await openForgetfulLevel();
    let isAlive = true;
    const first = await createRig(level, { connections: [one], isAlive: () => isAlive });
    await first.start();
    first.onHandOn = ({ event: { event_id: id } }) => {
      if (id !== "$1") isAlive = false;
      if (!isAlive) throw new RemoteError("away");
    };
    await hand(first, ["1", one], ["2", one], ["3", one]);
    await settle();

    const second = await createRig(await level.crashed(), { connections: [one] });
    await second.start();
    await settle();

    expect([handed(first, one), handed(second, one)]).toEqual([["$1"], ["$2", "$3"]]);
  });

  it("is taken up although its commit seemed to fail", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = (changes) => (touches(changes, "forwards") ? "seems-refused" : "taken");
    await expect(hand(rig, ["1", one])).rejects.toThrow("full");
    await rig.disk.recover();

    await rig.forwards.catchUp();
    await settle();

    expect(handed(rig, one)).toEqual(["$1"]);
  });

  it("is handed on once, and nothing behind it, however long it cannot be stored that it arrived", async () => {
    const rig = await startedRig();
    await hand(rig, ["0", one]);
    await settle();
    rig.disk.onCommit = (changes) =>
      changes.some(({ type, key }) => type === "del" && key.startsWith("!forwards!")) ? "refused" : "taken";
    await hand(rig, ["1", one], ["2", one]);
    await rig.clock.advance(minuteMs);
    expect(handed(rig, one)).toEqual(["$0", "$1"]);

    rig.disk.onCommit = () => "taken";
    await rig.clock.advance(minuteMs);

    expect(handed(rig, one)).toEqual(["$0", "$1", "$2"]);
    expect(await leftIn(rig)).toEqual([]);
  });

  it("does not keep a stop waiting while it cannot be stored that it arrived", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = (changes) =>
      changes.some(({ type, key }) => type === "del" && key.startsWith("!forwards!")) ? "refused" : "taken";
    await hand(rig, ["1", one]);
    await settle();

    await rig.forwards.stop();

    expect(await leftIn(rig)).toEqual(["$1"]);
  });

  it("moves with its connection to the room that replaces its own, before what comes there", async () => {
    const replacement = testConnection(roomB, "one/x");
    const rig = await startedRig([one, two, replacement]);
    rig.onHandOn = ({ connectionId }) => {
      if (connectionId === one.id) throw new RemoteError("away");
    };
    await hand(rig, ["1", one], ["2", one], ["3", two]);
    await settle();

    await rig.forwards.move(one.id, replacement.id);
    await hand(rig, ["4", replacement]);
    await settle();
    await rig.clock.advance(10 * minuteMs);

    expect([handed(rig, one), handed(rig, two), handed(rig, replacement)]).toEqual([[], ["$3"], ["$1", "$2", "$4"]]);
  });

  it("does not keep a stop waiting, and is there at the next start", async () => {
    const rig = await startedRig();
    rig.onHandOn = () => new Promise(() => undefined);
    await hand(rig, ["1", one]);
    await settle();

    await rig.forwards.stop();

    expect(await leftIn(rig)).toEqual(["$1"]);
  });
});

/** What is stored still, whatever the connection. */
async function leftIn(rig: Rig): Promise<string[]> {
  const entries = await rig.storage.database.iterator({ gt: "!forwards!", lt: "!forwards~" }).all();
  return entries.map(([, value]) => (JSON.parse(value) as { event: MatrixEvent }).event.event_id);
}
