import { describe, expect, it } from "vitest";
import { RemoteError, StorageError } from "../core/errors.js";
import type { EventId, RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { StoredWork } from "../core/ports/delivery-stores.js";
import type { Reply, RoomWork, RoomWorkResult } from "../core/ports/room-work.js";
import { bot, createRig, ghostNamed, RecordingSender, testConnection, touches } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel, type ForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { RoomWorker } from "./room-worker.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const hourMs = 3_600_000;

const reply = (text: string, roomId = roomA): Reply => ({ roomId, sender: bot, message: notice(text) });

interface Options {
  readonly level?: ForgetfulLevel;
  readonly sender?: RecordingSender;
  readonly handle: (work: RoomWork) => Promise<readonly Reply[] | RoomWorkResult> | readonly Reply[] | RoomWorkResult;
}

async function createWorker({ level, sender = new RecordingSender(), handle }: Options) {
  const opened = level ?? (await openForgetfulLevel());
  const rig = await createRig(opened, { sender });
  const { work: store, disk: unitOfWork, outbox, forwards, ids, clock, errors } = rig;
  const handled: string[] = [];
  const worker = new RoomWorker({
    ...{ work: store, unitOfWork, outbox, forwards, ids, clock, random: seededRandom(3) },
    onError: (_roomId, error) => void errors.push(error),
    async handle(work) {
      handled.push(work.event.event_id);
      return handle(work);
    },
  });
  const stored = (id: string, roomId: RoomId): StoredWork => {
    const eventId: EventId = `$${id}`;
    const event = { type: "m.room.message", event_id: eventId, room_id: roomId, sender: "@alice:example.org", content: {} } as const;
    return { place: ids.next(), receivedAt: clock.now(), begun: false, event: { ...event, origin_server_ts: 0 } };
  };
  return {
    ...{ rig, worker, handled, store, level: opened },
    async ask(id: string, roomId = roomA): Promise<void> {
      const work = stored(id, roomId);
      await unitOfWork.commit(store.add(work));
      worker.push([work]);
    },
    waitingIn: (roomId: RoomId) => store.read(roomId, undefined, 100),
  };
}

async function startedWorker(handle: Options["handle"]) {
  const made = await createWorker({ handle });
  await made.worker.start();
  await made.rig.start();
  return made;
}

describe("room work", () => {
  it("is done in order within a room, and one room does not wait for another", async () => {
    let goOn: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { ask, handled, rig } = await startedWorker(async ({ event }) => {
      if (event.event_id === "$a1") await slow;
      return [reply(`done ${event.event_id}`, event.room_id)];
    });

    for (const id of ["a1", "a2", "a3"]) await ask(id);
    await ask("b1", roomB);
    await settle();
    const before = [...handled];
    goOn();
    await settle();

    expect(before).toEqual(["$a1", "$b1"]);
    expect(rig.sender.bodies(roomA)).toEqual(["done $a1", "done $a2", "done $a3"]);
  });

  it("that is slow in many rooms does not keep another room from its turn", async () => {
    const { ask, handled, rig } = await startedWorker(({ event }) => (event.room_id === roomB ? [] : new Promise(() => undefined)));
    for (let count = 0; count < 200; count += 1) await ask(`slow${count}`, `!slow${count}:example.org`);
    await ask("b1", roomB);

    await rig.clock.advance(5_000);

    expect(handled).toContain("$b1");
  });

  it("ends in the batch that stores its replies, so that each is said once", async () => {
    const { ask, rig } = await startedWorker(() => [reply("one"), reply("two")]);
    const together: boolean[] = [];
    rig.disk.onCommit = (changes) => {
      if (changes.some((change) => change.type === "del" && change.key.startsWith("!room-work!")))
        together.push(touches(changes, "waiting"));
      return "taken";
    };

    await ask("a");
    await settle();

    expect(together).toEqual([true]);
    expect(rig.sender.bodies()).toEqual(["one", "two"]);
  });

  it("says nothing twice when the process dies at any moment", async () => {
    const sender = new RecordingSender();
    let level = await openForgetfulLevel();
    for (let life = 0; life < 12; life += 1) {
      const { worker, rig, ask } = await createWorker({ level, sender, handle: ({ event }) => [reply(event.event_id)] });
      let isAlive = true;
      sender.onTry = () => (isAlive ? undefined : new Promise(() => undefined));
      void worker.start();
      void rig.start();
      void ask(`e${life}`);
      await settle(life);
      isAlive = false;
      level = await level.crashed();
    }
    sender.onTry = () => undefined;
    const last = await createWorker({ level, sender, handle: ({ event }) => [reply(event.event_id)] });
    await last.worker.start();
    await last.rig.start();
    await settle(200);

    const bodies = sender.bodies();
    expect(bodies.length).toBeGreaterThan(5);
    expect(bodies).toEqual([...new Set(bodies)]);
    expect(await last.waitingIn(roomA)).toEqual([]);
  });

  it("takes its turn with other tasks of the room", async () => {
    const order: string[] = [];
    const { worker, ask } = await startedWorker(({ event }) => {
      order.push(event.event_id);
      return [];
    });
    let goOn: () => void = () => undefined;
    const task = worker.run(roomA, async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      order.push("task");
      return "result";
    });

    await ask("a");
    await settle();
    goOn();
    await settle();

    expect(await task).toBe("result");
    expect(order).toEqual(["task", "$a"]);
  });
});

describe("room work that fails", () => {
  const trouble = {
    disk: () => new StorageError("the disk is full"),
    away: () => new RemoteError("no answer"),
    limited: () => new RemoteError("slow down", { status: 429 }),
  };

  it.each([
    { what: "the disk refuses something", error: trouble.disk },
    { what: "the homeserver is away", error: trouble.away },
    { what: "the homeserver limits us", error: trouble.limited },
  ])("because $what waits, with all behind it, and is done again", async ({ error }) => {
    let failures = 3;
    const { ask, rig, handled } = await startedWorker(({ event }) => {
      if (event.event_id !== "$a1" || failures === 0) return [reply(event.event_id)];
      failures -= 1;
      throw error();
    });

    await ask("a1");
    await ask("a2");
    await settle();
    const before = [...handled];
    await rig.clock.advance(60_000);

    expect(before).toEqual(["$a1"]);
    expect(rig.sender.bodies()).toEqual(["$a1", "$a2"]);
    expect(rig.errors).toEqual([]);
  });

  it("because the disk refuses something waits for however long that lasts; other trouble is given up after a day", async () => {
    const { ask, rig, waitingIn } = await startedWorker(({ event }) => {
      throw event.room_id === roomA ? trouble.disk() : trouble.away();
    });
    await ask("a");
    await ask("b", roomB);

    await rig.clock.advance(25 * hourMs);

    expect([(await waitingIn(roomA)).length, (await waitingIn(roomB)).length]).toEqual([1, 0]);
  }, 20_000);

  it("is tried at once when everything is woken", async () => {
    let isAway = true;
    const { ask, rig, worker } = await startedWorker(() => {
      if (isAway) throw trouble.away();
      return [reply("done")];
    });
    await ask("a");
    await rig.clock.advance(10 * 60_000);

    isAway = false;
    worker.wakeAll();
    await settle();

    expect(rig.sender.bodies()).toEqual(["done"]);
  });

  it("for a reason of its own is given up, told, and blocks nobody", async () => {
    const { ask, rig, waitingIn } = await startedWorker(({ event }) => {
      if (event.event_id === "$a1") throw new TypeError("a mistake");
      return [reply("next")];
    });

    await ask("a1");
    await ask("a2");
    await settle();

    expect(rig.errors).toEqual([new TypeError("a mistake")]);
    expect(rig.sender.bodies()).toEqual(["next"]);
    expect(await waitingIn(roomA)).toEqual([]);
  });

  it("when its end cannot be stored is not lost", async () => {
    const { ask, rig } = await startedWorker(() => [reply("done")]);
    let left = 2;
    rig.disk.onCommit = (changes) => {
      if (!touches(changes, "waiting") || left === 0) return "taken";
      left -= 1;
      return "refused";
    };

    await ask("a");
    await rig.clock.advance(10_000);

    expect(rig.sender.bodies()).toEqual(["done"]);
  });
});

describe("room work that was begun", () => {
  it("is on disk as begun before its first request, and is handed on as begun after a crash", async () => {
    const first = await createWorker({
      async handle({ begun, markBegun }) {
        expect(begun).toBe(false);
        await markBegun();
        // The request is under way when the process dies.
        return new Promise(() => undefined);
      },
    });
    await first.worker.start();
    await first.ask("a");
    await settle();

    const seen: boolean[] = [];
    const second = await createWorker({
      level: await first.level.crashed(),
      handle({ begun }) {
        seen.push(begun);
        return [reply(begun ? "the outcome is unknown" : "done")];
      },
    });
    await second.worker.start();
    await second.rig.start();
    await settle();

    expect(seen).toEqual([true]);
    expect(second.rig.sender.bodies()).toEqual(["the outcome is unknown"]);
  });

  it("is not begun when the disk does not take the mark", async () => {
    let requests = 0;
    const { ask, rig } = await startedWorker(async ({ markBegun }) => {
      await markBegun();
      requests += 1;
      return [reply("done")];
    });
    let isStored = false;
    rig.disk.onCommit = () => {
      if (isStored) return "refused";
      isStored = true;
      return "taken";
    };
    await ask("a");
    await rig.clock.advance(5_000);
    expect(requests).toBe(0);

    await rig.disk.recover();
    await rig.clock.advance(60_000);

    expect(requests).toBe(1);
    expect(rig.sender.bodies()).toEqual(["done"]);
  });
});

describe("room work that was stored although the disk said otherwise", () => {
  it("is done when the disk has recovered, before newer work", async () => {
    const { rig, worker, store, ask, handled } = await startedWorker(() => []);
    const content = { type: "m.room.message", room_id: roomA, sender: "@alice:example.org", origin_server_ts: 0, content: {} } as const;
    rig.disk.onCommit = () => "seems-refused";
    const work: StoredWork = { place: rig.ids.next(), receivedAt: 0, begun: false, event: { ...content, event_id: "$stored" } };
    await expect(rig.disk.commit(store.add(work))).rejects.toThrow("full");
    await rig.disk.recover();

    const looking = worker.catchUp();
    await ask("newer");
    await looking;
    await settle();

    expect(handled).toEqual(["$stored", "$newer"]);
  });
});

describe("what the work of an event comes to besides answers", () => {
  const connection = testConnection(roomA, "one/x");
  const result = ({ event }: RoomWork): RoomWorkResult => ({
    replies: [reply("said")],
    forwards: [{ connectionId: connection.id, event }],
    changes: [{ type: "put", key: "!service-test!handled", value: event.event_id }],
  });

  it("is stored in the batch that ends it, and then goes its way", async () => {
    const { rig, ask } = await startedWorker(result);
    rig.connections.push(connection);
    const batches: string[][] = [];
    rig.disk.onCommit = (changes) => {
      batches.push(changes.map(({ type, key }) => `${type} ${key.split("!")[1] ?? ""}`));
      return "taken";
    };

    await ask("1");
    await settle();

    expect(batches[1]?.sort()).toEqual(["del room-work", "put deliveries", "put forwards", "put service-test", "put waiting"]);
    expect(rig.sender.bodies()).toEqual(["said"]);
    expect(rig.handedOn).toEqual([`$1 by ${connection.id}`]);
  });

  it("does not hold up the room while the remote is away", async () => {
    const { rig, ask } = await startedWorker(result);
    rig.connections.push(connection);
    rig.onHandOn = () => {
      throw new RemoteError("away");
    };

    await ask("1");
    await ask("2");
    await settle();

    expect(rig.sender.bodies()).toEqual(["said", "said"]);
    expect(rig.handedOn).toEqual([]);
  });

  it("is neither lost nor doubled when the batch was not taken", async () => {
    const { rig, ask } = await startedWorker(result);
    rig.connections.push(connection);
    let refusals = 2;
    rig.disk.onCommit = (changes) => {
      if (!touches(changes, "forwards") || refusals === 0) return "taken";
      refusals -= 1;
      return "refused";
    };

    await ask("1");
    await rig.clock.advance(60_000);

    expect(rig.sender.bodies()).toEqual(["said"]);
    expect(rig.handedOn).toEqual([`$1 by ${connection.id}`]);
  });

  it("may be said by a ghost", async () => {
    const alice = ghostNamed("alice");
    const { rig, ask } = await startedWorker(() => [{ ...reply("said"), sender: alice, ghost: { displayName: "Alice" } }]);

    await ask("1");
    await settle();

    expect(rig.sender.sent).toMatchObject([{ sender: alice, body: "said" }]);
    expect(rig.ghosts.prepared).toEqual([`${alice} Alice ${roomA}`]);
  });
});
