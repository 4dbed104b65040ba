import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import {
  createRig,
  homeserverAnswer as answer,
  RecordingSender,
  sayTest,
  testConnection,
  type Rig,
} from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const hourMs = 3_600_000;

async function startedRig(connections = [testConnection(roomA)], sender = new RecordingSender()) {
  const rig = await createRig(await openForgetfulLevel(), { connections, sender });
  await rig.start();
  return rig;
}

describe("from a stored webhook to a room", () => {
  it("sends every event once, to each room that listens, in the order of acceptance", async () => {
    const rig = await startedRig([testConnection(roomA), testConnection(roomB)]);

    for (let count = 0; count < 50; count += 1) await rig.receive(`m${count}`);
    await settle(200);

    const expected = Array.from({ length: 50 }, (_, count) => `m${count}`);
    expect(rig.sender.bodies(roomA)).toEqual(expected);
    expect(rig.sender.bodies(roomB)).toEqual(expected);
    expect(new Set(rig.sender.sent.map((one) => one.transactionId)).size).toBe(100);
  });

  it("gives a repeat the first answer and sends nothing twice, even while the first copy is being stored", async () => {
    const rig = await startedRig();

    const answers = await Promise.all([
      rig.receive("once", { id: "d1" }),
      rig.receive("once", { id: "d1" }),
      rig.receive("once", { id: "d1" }),
    ]);
    await settle();

    expect(answers).toEqual(["stored", "repeat", "repeat"]);
    expect(rig.sender.bodies()).toEqual(["once"]);
  });

  it.each([
    { what: "with a delivery id within seven days", id: "d1", afterMs: 6.9 * 24 * hourMs, expected: "repeat" },
    { what: "with a delivery id after seven days", id: "d1", afterMs: 7.1 * 24 * hourMs, expected: "stored" },
    { what: "without id within ten minutes", id: undefined, afterMs: 9 * 60_000, expected: "repeat" },
    { what: "without id after ten minutes", id: undefined, afterMs: 11 * 60_000, expected: "stored" },
  ])("takes the same body $what for $expected", async ({ id, afterMs, expected }) => {
    const rig = await startedRig();
    const options = id === undefined ? {} : { id };
    await rig.receive("again", options);
    await rig.clock.advance(afterMs);

    expect(await rig.receive("again", options)).toBe(expected);
  });

  it("takes a repeat of a delivery that ended dead as new", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(400, "M_BAD_JSON");
    };
    await rig.receive("once", { id: "d1" });
    await settle();
    rig.sender.onTry = () => undefined;

    expect(await rig.receive("once", { id: "d1" })).toBe("stored");
    await settle();
    expect(rig.sender.bodies()).toEqual(["once"]);
  });

  it("makes what cannot be rendered a dead letter and goes on with the next", async () => {
    const rig = await startedRig();

    await rig.receive("poison");
    await rig.receive("fine");
    await settle();

    expect(rig.sender.bodies()).toEqual(["fine"]);
    expect(rig.log.filter((entry) => entry.what === "dead")).toHaveLength(1);
  });

  it("notes why an event reached no room", async () => {
    const rig = await startedRig([]);

    await rig.receive("nobody");
    await settle();

    const [event] = await rig.inboxStore.after(undefined, 1);
    expect(event && (await rig.inboxStore.getVerdict(event.id))).toBe("no connection listens to it");
  });

  it("discards what waits for a connection that was removed", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("first");
    await settle();
    rig.connections.length = 0;
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(60_000);

    expect(rig.sender.bodies()).toEqual([]);
    expect(rig.log).toContainEqual(expect.objectContaining({ what: "discarded", reason: "the connection was removed" }));
  });

  it("catches up from the store when more is accepted than memory holds", async () => {
    const rig = await createRig(await openForgetfulLevel(), { connections: [testConnection(roomA)] });
    for (let count = 0; count < 1_500; count += 1) await rig.receive(`m${count}`);

    await rig.start();
    await settle(4_000);

    expect(rig.sender.bodies()).toEqual(Array.from({ length: 1_500 }, (_, count) => `m${count}`));
  });
});

describe("a send that fails", () => {
  it("waits for a homeserver that is away, for as long as that takes, and keeps the order", async () => {
    const rig = await startedRig([testConnection(roomA), testConnection(roomB, "other/KEY")]);
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    for (let count = 0; count < 20; count += 1) await rig.receive(`m${count}`);
    await rig.clock.advance(30 * hourMs);
    const tries = rig.sender.tries;
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(60_000);

    expect(rig.sender.bodies()).toEqual(Array.from({ length: 20 }, (_, count) => `m${count}`));
    // One try in 15 to 30 seconds, not one per room and delivery.
    expect(tries).toBeLessThan((30 * 3_600) / 14);
    expect(rig.log.filter((entry) => entry.what === "away")).toHaveLength(1);
    expect(rig.log.filter((entry) => entry.what === "back")).toHaveLength(1);
  });

  it("pauses a sender that is rate-limited for the time the homeserver names", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      if (rig.sender.tries === 1) throw answer(429, "M_LIMIT_EXCEEDED", { retryAfterMs: 5_000 });
    };
    await rig.receive("limited");
    await rig.clock.advance(4_900);
    const before = rig.sender.tries;
    await rig.clock.advance(500);

    expect(before).toBe(1);
    expect(rig.sender.bodies()).toEqual(["limited"]);
  });

  it.each([400, 413])("is dead at once when the event itself is refused with %i, and blocks nobody", async (status) => {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (event.message.content["body"] === "bad") throw answer(status, "M_TOO_LARGE");
    };
    await rig.receive("bad");
    await rig.receive("good");
    await settle();

    expect(rig.sender.bodies()).toEqual(["good"]);
    expect(rig.log.filter((entry) => entry.what === "dead")).toHaveLength(1);
  });

  it("gives a room up that fails for a day with 5xx while others work", async () => {
    const rig = await startedRig([testConnection(roomA, "a/A"), testConnection(roomB, "b/B")]);
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw answer(500, "M_UNKNOWN");
    };
    await rig.receive("broken", { keys: ["a/A"] });
    for (let hour = 0; hour < 26; hour += 1) {
      await rig.receive(`fine ${hour}`, { keys: ["b/B"] });
      await rig.clock.advance(hourMs);
    }

    expect(rig.sender.bodies(roomB)).toHaveLength(26);
    expect(rig.log.filter((entry) => entry.what === "dead")).toHaveLength(1);
  });

  it("is never given up for 5xx while no room gets through", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(502);
    };
    await rig.receive("patient");
    await rig.clock.advance(48 * hourMs);
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(10 * 60_000);

    expect(rig.sender.bodies()).toEqual(["patient"]);
  });

  it("waits in a room that forbids its joined bot to speak, and wakes when power levels change", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(403, "M_FORBIDDEN");
    };
    await rig.receive("muted");
    await rig.clock.advance(10 * 60_000);
    rig.sender.onTry = () => undefined;
    rig.outbox.wake(roomA);
    await settle();

    expect(rig.sender.bodies()).toEqual(["muted"]);
  });

  it("is dead after seven days in a room that forbids it", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(403, "M_FORBIDDEN");
    };
    await rig.receive("muted");
    await rig.clock.advance(7 * 24 * hourMs + 2 * hourMs);

    expect(rig.log.filter((entry) => entry.what === "dead")).toHaveLength(1);
  });

  it("is discarded in a room that the bot is not in any more", async () => {
    const rig = await startedRig();
    rig.isJoined = false;
    rig.sender.onTry = () => {
      throw answer(403, "M_FORBIDDEN");
    };
    await rig.receive("gone");
    await settle();

    expect(rig.log.at(-1)).toMatchObject({ what: "discarded" });
  });
});

describe("a try with unknown outcome", () => {
  it("is repeated with the same id and gives one event", async () => {
    const rig = await startedRig();
    rig.sender.onTry = (_event, store) => {
      if (rig.sender.tries > 1) return;
      store();
      throw answer(undefined, undefined, { outcomeUnknown: true });
    };
    await rig.receive("stored and cut");
    await rig.clock.advance(5_000);

    expect(rig.sender.tries).toBe(2);
    expect(rig.sender.bodies()).toEqual(["stored and cut"]);
    expect(rig.sender.finds).toBe(0);
  });

  it.each([
    { what: "the homeserver took no device", repeatSafe: false, awayMs: 1_000 },
    { what: "twelve hours have passed", repeatSafe: true, awayMs: 13 * hourMs },
  ])("is looked for in the room before it is repeated when $what", async ({ repeatSafe, awayMs }) => {
    const rig = await startedRig();
    rig.sender.repeatSafe = repeatSafe;
    let isAway = true;
    rig.sender.onTry = (_event, store) => {
      if (rig.sender.tries === 1) store();
      if (isAway) throw answer(undefined, undefined, { outcomeUnknown: rig.sender.tries === 1 });
    };
    await rig.receive("maybe");
    await rig.clock.advance(awayMs);
    isAway = false;
    await rig.clock.advance(60_000);

    expect(rig.sender.finds).toBeGreaterThan(0);
    expect(rig.sender.bodies()).toEqual(["maybe"]);
  });

  it("of a delivery with several messages goes on with the message that is missing", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      if (rig.sender.tries === 2) throw answer(undefined);
    };
    await rig.receive("one+two+three");
    await rig.clock.advance(5_000);

    expect(rig.sender.bodies()).toEqual(["one", "two", "three"]);
    expect(rig.sender.tries).toBe(4);
  });
});

describe("a store that forgets, at a crash, every write that was not synced", () => {
  it.each([
    ["in one batch with the event", true, [""]],
    ["after the event", false, [""]],
    ["without their words, or said by ghosts", true, ["", "later:", "as alice:", "later:as bob:"]],
  ])(
    "loses and doubles nothing that was acknowledged, wherever the crash comes, where deliveries are stored %s",
    async (_when, findsAtOnce, manners) => {
      const sender = new RecordingSender();
      const clock = new ManualClock();
      const connections = [testConnection(roomA), testConnection(roomB)];
      const acknowledged: string[] = [];
      let level = await openForgetfulLevel();

      for (let life = 0; life < 40; life += 1) {
        let isAlive = true;
        const rig = await createRig(level, { sender, clock, connections, isAlive: () => isAlive, findsAtOnce });
        rig.onWords = async (text) => {
          await settle(life % 4);
          return sayTest(text);
        };
        sender.onTry = async (_event, store) => {
          // Every third life some events are stored at the homeserver, and the process dies before the answer.
          if (life % 3 === 0 && sender.tries % 5 === 0) {
            store();
            await new Promise(() => undefined);
          }
        };
        // A moment for the database's parts to open, as between start and the first request.
        await settle(1);
        void rig.start();
        for (let count = 0; count < 25; count += 1) {
          const text = `${life}-${count}`;
          void rig.receive(`${manners[count % manners.length] ?? ""}${text}`, { id: text }).then(() => {
            if (isAlive) acknowledged.push(text);
          });
          if (count % 4 === 0) await settle(life % 7);
        }
        await settle(life % 11);
        isAlive = false;
        level = await level.crashed();
      }
      sender.onTry = () => undefined;
      const last = await createRig(level, { sender, clock, connections });
      await last.start();
      await settle(5_000);

      for (const roomId of [roomA, roomB]) {
        const bodies = sender.bodies(roomId);
        expect(acknowledged.filter((text) => !bodies.includes(text))).toEqual([]);
        expect(bodies.length).toBe(new Set(bodies).size);
        const inOrder = [...bodies].sort((left, right) => order(left) - order(right));
        expect(bodies).toEqual(inOrder);
      }
      expect(acknowledged.length).toBeGreaterThan(300);
    },
    30_000,
  );
});

function order(text: string): number {
  const [life = 0, count = 0] = text.split("-").map(Number);
  return life * 1_000 + count;
}

describe("while more is on its way than is sent", () => {
  async function createCrowd(): Promise<{ readonly rig: Rig; readonly letGo: () => void }> {
    const rooms = Array.from({ length: 40 }, (_, number): RoomId => `!${number}:example.org`);
    const rig = await createRig(await openForgetfulLevel(), { connections: rooms.map((roomId) => testConnection(roomId, "many/x")) });
    const held: (() => void)[] = [];
    rig.sender.onTry = () => new Promise((resolve) => held.push(resolve));
    await rig.start();
    await rig.receive("to all", { keys: ["many/x"] });
    await settle(50);
    return { rig, letGo: () => held.pop()?.() };
  }

  it("what comes to nothing lets in the next", async () => {
    const { rig, letGo } = await createCrowd();
    const texts = Array.from({ length: 20 }, (_, number) => `waits ${number}`);
    const taken: string[] = [];
    for (const text of texts) void rig.receive(text, { keys: ["nobody/x"] }).then(() => taken.push(text));
    await settle(50);
    expect(taken).toEqual([]);

    for (let over = 0; over < 10; over += 1) letGo();
    await settle(50);

    expect(taken).toEqual(texts);
  });
});

describe("the first reading of the rooms", () => {
  it("gives each room, once and in order, what came before it was read", async () => {
    const rig = await createRig(await openForgetfulLevel());
    rig.firstReading.begin();
    await rig.start();
    await rig.receive("before");
    await settle();
    const connection = testConnection(roomA);
    rig.connections.push(connection);
    await rig.receive("between");
    await settle();
    expect(rig.sender.bodies()).toEqual([]);

    await rig.router.replayKept([{ roomId: roomA, connections: [connection] }]);
    await rig.receive("after");
    await rig.router.replayKept([{ roomId: roomA, connections: [connection] }]);
    await settle();
    await rig.firstReading.end();

    expect(rig.sender.bodies()).toEqual(["before", "between", "after"]);
  });
});

describe("a room that is replaced", () => {
  it("gets what waited in the old room, before anything newer and under new ids", async () => {
    const old = testConnection(roomA);
    const rig = await startedRig([old]);
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw answer(403, "M_FORBIDDEN");
    };
    await rig.receive("waiting 1");
    await rig.receive("waiting 2");
    await settle();
    const tried = rig.sender.tries;
    const next = testConnection(roomB);
    await rig.outbox.hold(roomA);
    await rig.outbox.hold(roomB);
    rig.connections.splice(0, 1, next);
    await rig.receive("newer");
    await settle();
    await rig.outbox.move(old, next);
    rig.outbox.unhold(roomA);
    rig.outbox.unhold(roomB);
    await settle();

    expect(tried).toBe(1);
    expect(rig.sender.bodies(roomB)).toEqual(["waiting 1", "waiting 2", "newer"]);
  });
});
