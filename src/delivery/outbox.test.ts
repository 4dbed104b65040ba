import { describe, expect, it } from "vitest";
import type { DeliveryId, RoomId, UserId } from "../core/ids.js";
import { notice } from "../core/message.js";
import {
  bot,
  createRig,
  homeserverAnswer as answer,
  RecordingSender,
  testConnection,
  touches,
  type Rig,
} from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { deliveryId } from "./delivery-ids.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const roomC: RoomId = "!c:example.org";
const minuteMs = 60_000;
const hourMs = 3_600_000;
const toA = { keys: ["a/A"] };
const toB = { keys: ["b/B"] };
const toC = { keys: ["c/C"] };

async function startedRig(): Promise<Rig> {
  const connections = [testConnection(roomA, "a/A"), testConnection(roomB, "b/B"), testConnection(roomC, "c/C")];
  const rig = await createRig(await openForgetfulLevel(), { connections });
  await rig.start();
  return rig;
}

/** Says something in a room that no connection asked for. */
async function say(rig: Rig, roomId: RoomId, text: string, sender: UserId = bot): Promise<DeliveryId> {
  // The cast: tests give out ids of their own here.
  const id = `${rig.ids.next()}.t` as DeliveryId;
  const source = { kind: "notice", about: text } as const;
  const prepared = rig.outbox.prepare([{ id, roomId, sender, source, messages: [notice(text)], acceptedAt: rig.clock.now() }]);
  await rig.disk.commit(prepared.changes);
  prepared.release();
  return id;
}

async function waitingIn(rig: Rig, roomId: RoomId) {
  return (await rig.deliveries.read(roomId, undefined, 100)).map((entry) => entry.item);
}

const what = (rig: Rig, kind: string): unknown[] => rig.log.filter((entry) => entry.what === kind);

describe("a delivery without a message", () => {
  it("keeps nobody waiting when it is let through while the homeserver is away", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("first", toA);
    await settle();
    // The cast: tests give out ids of their own here.
    const id = `${rig.ids.next()}.t` as DeliveryId;
    const empty = {
      id,
      roomId: roomB,
      sender: bot,
      source: { kind: "notice", about: "" },
      messages: [],
      acceptedAt: rig.clock.now(),
    } as const;
    const prepared = rig.outbox.prepare([empty]);
    await rig.disk.commit(prepared.changes);
    prepared.release();
    await rig.receive("last", toC);

    rig.sender.onTry = () => undefined;
    await rig.clock.advance(5 * minuteMs);

    expect(rig.sender.bodies().sort()).toEqual(["first", "last"]);
  });
});

describe("what a service notes about a sent delivery", () => {
  it("is stored in the batch that ends it, and before anything else of the room is sent", async () => {
    const rig = await startedRig();
    const order: string[] = [];
    rig.sender.onTry = ({ message }) => void order.push(String(message.content["body"]));
    rig.onSent = async (_delivery, eventIds) => {
      await Promise.resolve();
      order.push("noted");
      return [{ type: "put", key: "!test!note", value: eventIds.join() }];
    };
    const batches: string[] = [];
    rig.disk.onCommit = (changes) => {
      if (touches(changes, "test")) batches.push(touches(changes, "delivery-outcomes") ? "with the outcome" : "alone");
      return "taken";
    };

    await rig.receive("first", toA);
    await rig.receive("second", toA);
    await settle(100);

    expect(order).toEqual(["first", "noted", "second", "noted"]);
    expect(batches).toEqual(["with the outcome", "with the outcome"]);
  });
});

describe("a room whose deliveries must wait", () => {
  it("gets nothing until it may, while others do", async () => {
    const rig = await startedRig();
    rig.waitingRooms.add(roomA);
    await rig.receive("secret", toA);
    await rig.receive("plain", toB);
    await rig.clock.advance(hourMs);
    const before = rig.sender.bodies();

    rig.waitingRooms.delete(roomA);
    await rig.clock.advance(10 * minuteMs);

    expect(before).toEqual(["plain"]);
    expect(rig.sender.bodies(roomA)).toEqual(["secret"]);
  });

  it("gets nothing even when that became so while the homeserver was away, and stands in nobody's way", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("secret", toA);
    await rig.receive("plain", toB);
    await settle();

    rig.waitingRooms.add(roomA);
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(5 * minuteMs);

    expect(rig.sender.bodies()).toEqual(["plain"]);
  });
});

describe("after a crash", () => {
  it("everything from before is looked for where nothing else protects it, until a look finds nothing", async () => {
    const level = await openForgetfulLevel();
    const sender = new RecordingSender();
    sender.repeatSafe = false;
    const connections = [testConnection(roomA, "a/A")];
    const first = await createRig(level, { sender, connections });
    await first.start();
    first.disk.onCommit = (changes) => (touches(changes, "delivery-outcomes") ? "refused" : "taken");
    sender.onTry = () => {
      if (sender.sent.length === 5) throw answer(403, "M_FORBIDDEN");
    };
    for (let count = 1; count <= 8; count += 1) await first.receive(`m${count}`, toA);
    await settle();
    const before = sender.bodies();

    sender.forgetsIds = true;
    sender.onTry = () => undefined;
    const second = await createRig(await level.crashed(), { sender, connections });
    await second.start();
    await second.receive("m9", toA);
    await settle(100);

    expect(before).toEqual(["m1", "m2", "m3", "m4", "m5"]);
    expect(sender.bodies()).toEqual(["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"]);
    expect(sender.finds).toBe(6);
  });
});

describe("a disk that does not take writes", () => {
  it("keeps no more than 16 messages of a room ahead of it, and none of them is sent twice", async () => {
    const rig = await startedRig();
    rig.sender.forgetsIds = true;
    rig.disk.onCommit = (changes) => (touches(changes, "delivery-outcomes") ? "refused" : "taken");
    for (let count = 0; count < 40; count += 1) await rig.receive(`m${count}`, toA);
    await rig.clock.advance(10_000);
    const ahead = rig.sender.sent.length;

    rig.disk.onCommit = () => "taken";
    await rig.clock.advance(5_000);

    expect(ahead).toBe(16);
    expect(rig.sender.bodies()).toEqual(Array.from({ length: 40 }, (_, count) => `m${count}`));
    expect(await rig.deliveries.countWaiting()).toBe(0);
  });

  it("is no outage of the homeserver, and a message it could not note is not sent again", async () => {
    const rig = await startedRig();
    rig.sender.forgetsIds = true;
    rig.disk.onCommit = (changes) => (touches(changes, "delivery-progress") ? "refused" : "taken");
    await rig.receive("one+two+three", toA);
    await rig.clock.advance(minuteMs);
    rig.disk.onCommit = () => "taken";
    await rig.clock.advance(minuteMs);

    expect(what(rig, "away")).toEqual([]);
    expect(what(rig, "retried")).toEqual([]);
    expect(rig.sender.bodies()).toEqual(["one", "two", "three"]);
  });

  it("does not make a try with unknown outcome forgotten", async () => {
    const rig = await startedRig();
    rig.sender.forgetsIds = true;
    rig.sender.repeatSafe = false;
    rig.disk.onCommit = (changes) => (touches(changes, "delivery-progress") ? "refused" : "taken");
    rig.sender.onTry = (_event, store) => {
      if (rig.sender.tries > 1) return;
      store();
      throw answer(undefined, undefined, { outcomeUnknown: true });
    };
    await rig.receive("once", toA);
    await rig.clock.advance(minuteMs);

    expect(rig.sender.bodies()).toEqual(["once"]);
  });

  it("does not lose what it stored although it said otherwise", async () => {
    const rig = await startedRig();
    rig.disk.onCommit = (changes) => (touches(changes, "waiting") ? "seems-refused" : "taken");
    await expect(say(rig, roomA, "stored")).rejects.toThrow("full");
    await rig.disk.recover();

    const looking = rig.outbox.catchUp();
    await say(rig, roomA, "newer");
    await looking;
    await settle();

    expect(rig.sender.bodies(roomA)).toEqual(["stored", "newer"]);
  });
});

describe("a delivery that an administrator discards", () => {
  it("during an outage is not sent when the homeserver is back", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("unwanted", toA);
    await rig.receive("wanted", toA);
    await settle();
    const [delivery] = await waitingIn(rig, roomA);

    const isDiscarded = delivery !== undefined && (await rig.outbox.discard(delivery, "not wanted"));
    rig.sender.onTry = () => undefined;
    await rig.clock.advance(minuteMs);

    expect(isDiscarded).toBe(true);
    expect(rig.sender.bodies()).toEqual(["wanted"]);
    expect(delivery && (await rig.deliveries.getOutcome(delivery.id))).toMatchObject({ kind: "discarded", reason: "not wanted" });
  });

  it.each([
    { moment: "while it is looked up whether its connection may speak", at: "whyNot" },
    { moment: "while it is being sent", at: "send" },
    { moment: "while the store does not know yet that it was sent", at: "outcome" },
  ])("$moment is not discarded", async ({ at }) => {
    const rig = await startedRig();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    if (at === "whyNot") rig.onWhyNot = () => held;
    if (at === "send") rig.sender.onTry = () => held;
    if (at === "outcome")
      rig.disk.onCommit = (changes) => (touches(changes, "delivery-outcomes") ? held.then(() => "taken" as const) : "taken");
    await rig.receive("sent", toA);
    await settle();
    const [delivery] = await waitingIn(rig, roomA);

    const isDiscarded = delivery === undefined || (await rig.outbox.discard(delivery, "too late"));
    goOn();
    await settle();

    expect(isDiscarded).toBe(false);
    expect(delivery && (await rig.deliveries.getOutcome(delivery.id))).toMatchObject({ kind: "sent" });
  });
});

describe("an outage", () => {
  it("ends although something unexpected happens to the one that is let through", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("m1", toA);
    await rig.receive("m2", toB);
    await settle();
    let failures = 0;
    rig.onWhyNot = () => {
      failures += 1;
      if (failures <= 2) throw new Error("the index cannot be read");
    };

    rig.sender.onTry = () => undefined;
    await rig.clock.advance(5 * minuteMs);

    expect(rig.sender.bodies().sort()).toEqual(["m1", "m2"]);
    expect(rig.errors).toHaveLength(2);
  });

  it("tells another reason while it lasts, such as a token to change, and the same reason once", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("m1", toA);
    await rig.clock.advance(5 * minuteMs);

    rig.sender.onTry = () => {
      throw answer(401, "M_UNKNOWN_TOKEN");
    };
    await rig.clock.advance(5 * minuteMs);

    expect(what(rig, "away")).toEqual([
      expect.objectContaining({ reason: "answered nothing" }),
      expect.objectContaining({ reason: expect.stringContaining("Check as_token in the registration file") as string }),
    ]);
  });

  it.each([
    { answered: "nothing", status: undefined, moreMs: 0 },
    { answered: "nothing", status: undefined, moreMs: 10_000 },
    { answered: "nothing", status: undefined, moreMs: 35_000 },
    { answered: "502", status: 502, moreMs: 0 },
    { answered: "502", status: 502, moreMs: 35_000 },
  ])("of 30 hours and $moreMs ms does not count for a room that failed before it; answered: $answered", async ({ status, moreMs }) => {
    const rig = await startedRig();
    let isAway = false;
    let isBroken = true;
    rig.sender.onTry = (event) => {
      if (isAway) throw answer(status);
      if (isBroken && event.roomId === roomA) throw answer(500, "M_UNKNOWN");
    };
    const anHourInWhichOthersWork = async (): Promise<void> => {
      for (let minute = 0; minute < 60; minute += 10) {
        await rig.receive(`fine ${rig.clock.now()}`, toB);
        await rig.receive(`fine ${rig.clock.now()}`, toC);
        await rig.clock.advance(10 * minuteMs);
      }
    };
    await rig.receive("patient", toA);
    await anHourInWhichOthersWork();
    isAway = true;
    await rig.receive("waits", toB);
    await rig.clock.advance(30 * hourMs + moreMs);
    isAway = false;
    await anHourInWhichOthersWork();
    isBroken = false;
    await rig.clock.advance(10 * minuteMs);

    expect(what(rig, "dead")).toEqual([]);
    expect(rig.sender.bodies(roomA)).toEqual(["patient"]);
  });
});

describe("a 4xx that is not a homeserver's answer", () => {
  async function tryWith(failing: readonly RoomId[]): Promise<Rig> {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (failing.includes(event.roomId)) throw answer(403);
    };
    await rig.receive("m1", toA);
    await settle();
    await rig.receive("m1", toB);
    await settle();
    await rig.receive("m1", toC);
    await settle();
    return rig;
  }

  it("in one room is that room's affair", async () => {
    const rig = await tryWith([roomA]);
    await rig.clock.advance(minuteMs);

    expect(what(rig, "away")).toEqual([]);
    expect(rig.sender.bodies(roomB)).toEqual(["m1"]);
  });

  it("in three rooms, one after the other, is an outage", async () => {
    const rig = await tryWith([roomA, roomB, roomC]);
    const tries = rig.sender.tries;
    await rig.clock.advance(minuteMs);

    expect(what(rig, "away")).toHaveLength(1);
    // One room at a time tries it, with a growing delay.
    expect(rig.sender.tries - tries).toBeLessThan(12);
  });
});

describe("a room that fails while others work", () => {
  it("hands the time it has failed on to the next delivery, so a queue does not wait a day for each", async () => {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw answer(500, "M_UNKNOWN");
    };
    for (const text of ["m1", "m2", "m3"]) await rig.receive(text, toA);

    for (let count = 0; count < 26; count += 1) {
      await rig.receive(`fine ${count}`, toB);
      await rig.clock.advance(hourMs);
    }

    expect(what(rig, "dead")).toHaveLength(3);
  });

  it("gives a delivery that came later a day of its own", async () => {
    const rig = await startedRig();
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA) throw answer(500, "M_UNKNOWN");
    };
    await rig.receive("early", toA);
    for (let count = 0; count < 30; count += 1) {
      if (count === 20) await rig.receive("late", toA);
      await rig.receive(`fine ${count}`, toB);
      await rig.clock.advance(hourMs);
    }

    expect(what(rig, "dead")).toHaveLength(1);
  });
});

describe("a stop of more than a day", () => {
  it("does not count for a room that failed before it", async () => {
    const level = await openForgetfulLevel();
    const connections = [testConnection(roomA, "a/A"), testConnection(roomB, "b/B")];
    const first = await createRig(level, { connections });
    first.sender.onTry = (event) => {
      if (event.roomId === roomA) throw answer(500, "M_UNKNOWN");
    };
    await first.start();
    await first.receive("before", toB);
    await first.receive("patient", toA);
    await first.clock.advance(minuteMs);
    await first.outbox.stop();

    await first.clock.advance(48 * hourMs);
    const second = await createRig(level, { connections, clock: first.clock, sender: first.sender });
    await second.start();
    await second.receive("after", toB);
    await second.clock.advance(10 * minuteMs);

    expect(what(second, "retried").length).toBeGreaterThan(0);
    expect(what(second, "dead")).toEqual([]);
  });
});

describe("a sender that is not in the room any more", () => {
  it("is asked about once for all that waits", async () => {
    const rig = await startedRig();
    rig.isJoined = false;
    rig.sender.onTry = () => {
      throw answer(403, "M_FORBIDDEN");
    };

    for (let count = 0; count < 20; count += 1) await rig.receive(`m${count}`, toA);
    await settle(100);

    expect(what(rig, "discarded")).toHaveLength(20);
    expect([rig.sender.tries, rig.joinedAsked]).toEqual([1, 1]);
  });

  it("is heard at once when the room says that something changed", async () => {
    const rig = await startedRig();
    rig.isJoined = false;
    rig.sender.onTry = () => {
      throw answer(403, "M_FORBIDDEN");
    };
    await rig.receive("gone", toA);
    await settle();
    rig.sender.onTry = () => undefined;
    await rig.receive("still taken to be gone", toA);
    await settle();

    rig.outbox.wake(roomA);
    await rig.receive("back", toA);
    await settle();

    expect(rig.sender.bodies()).toEqual(["back"]);
  });

  it("discards nothing of another sender, or of the same sender elsewhere", async () => {
    const rig = await startedRig();
    const ghost: UserId = "@_jira_alice:example.org";
    rig.isJoined = false;
    rig.sender.onTry = (event) => {
      if (event.roomId === roomA && event.sender === bot) throw answer(403, "M_FORBIDDEN");
    };

    await say(rig, roomA, "gone");
    await settle();
    await say(rig, roomA, "ghost", ghost);
    await say(rig, roomB, "elsewhere");
    await settle();

    expect(rig.sender.bodies().sort()).toEqual(["elsewhere", "ghost"]);
  });

  it("is not given up while the homeserver cannot say so", async () => {
    const rig = await startedRig();
    rig.isJoined = answer(500);
    rig.sender.onTry = () => {
      if (rig.sender.tries < 5) throw answer(403, "M_FORBIDDEN");
    };

    await rig.receive("patient", toA);
    await rig.clock.advance(10 * minuteMs);

    expect(rig.sender.bodies()).toEqual(["patient"]);
  });
});

describe("a room that is woken", () => {
  it("during a try that is then forbidden is tried again at once", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      if (rig.sender.tries > 1) return;
      rig.outbox.wake(roomA);
      throw answer(403, "M_FORBIDDEN");
    };

    await rig.receive("now", toA);
    await rig.clock.advance(1);

    expect(rig.sender.bodies()).toEqual(["now"]);
  });
});

describe("a sender that is rate-limited", () => {
  it("pauses in all rooms, and other senders do not", async () => {
    const rig = await startedRig();
    const ghost: UserId = "@_jira_alice:example.org";
    rig.sender.onTry = (event) => {
      if (event.sender === bot && rig.sender.tries === 1) throw answer(429, "M_LIMIT_EXCEEDED", { retryAfterMs: minuteMs });
    };
    await say(rig, roomA, "limited");
    await settle();
    await say(rig, roomB, "limited elsewhere");
    await say(rig, roomC, "ghost", ghost);

    await rig.clock.advance(minuteMs - 1);
    const before = rig.sender.bodies();
    await rig.clock.advance(1_000);

    expect(before).toEqual(["ghost"]);
    expect(rig.sender.bodies().sort()).toEqual(["ghost", "limited", "limited elsewhere"]);
  });

  it("pauses rooms that waited for the homeserver too", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("m1", toA);
    await rig.receive("m2", toB);
    await rig.receive("m3", toC);
    await settle();
    const before = rig.sender.tries;
    rig.sender.onTry = () => {
      throw answer(429, "M_LIMIT_EXCEEDED", { retryAfterMs: hourMs });
    };

    await rig.clock.advance(minuteMs);

    expect(rig.sender.tries - before).toBe(1);
  });
});

describe("every message", () => {
  it("is cut to what a homeserver takes before it is stored", async () => {
    const rig = await createRig(await openForgetfulLevel(), {
      connections: [testConnection(roomA, "a/A")],
      fit: (message) => notice(String(message.content["body"]).slice(0, 3)),
    });
    await rig.receive("a long story+another one", toA);
    await rig.router.start();
    await settle();

    expect((await waitingIn(rig, roomA)).map(({ messages }) => messages)).toEqual([[notice("a l"), notice("ano")]]);
    await say(rig, roomB, "an answer");
    expect((await waitingIn(rig, roomB)).map(({ messages }) => messages)).toEqual([[notice("an ")]]);
  });
});

describe("a move to the room that replaces another", () => {
  async function movedRig({ count }: { count: number }): Promise<Rig> {
    const old = testConnection(roomA);
    const next = testConnection(roomB);
    const rig = await createRig(await openForgetfulLevel(), { connections: [old] });
    await rig.start();
    rig.sender.forgetsIds = true;
    await Promise.all([rig.outbox.hold(roomA), rig.outbox.hold(roomB)]);
    for (let number = 0; number < count; number += 1) await rig.receive(`m${number}`);
    // While connections are copied both are there for a moment.
    rig.connections.push(next);
    await rig.receive("for both");
    await settle(50);
    rig.connections.shift();
    await rig.receive("newer");
    await settle(50);
    await rig.outbox.move(old, next);
    rig.outbox.unhold(roomA);
    rig.outbox.unhold(roomB);
    await settle(count * 3 + 50);
    return rig;
  }

  it("gives an event that reached the new connection already no second time", async () => {
    const rig = await movedRig({ count: 2 });

    expect(rig.sender.bodies(roomB)).toEqual(["m0", "m1", "for both", "newer"]);
    expect(rig.sender.bodies(roomA)).toEqual([]);
  });

  it("gives the ids that routing would have given", async () => {
    const rig = await movedRig({ count: 1 });
    const [event] = await rig.inboxStore.after(undefined, 1);

    const moved = event && (await rig.deliveries.get(deliveryId(event.id, 0, testConnection(roomB).id)));

    expect(moved).toMatchObject({ roomId: roomB, connectionId: testConnection(roomB).id });
    const left = event && (await rig.deliveries.getOutcome(deliveryId(event.id, 0, testConnection(roomA).id)));
    expect(left).toMatchObject({ kind: "discarded", reason: `the room was replaced; goes on as ${moved?.id ?? ""}` });
  });

  it("takes more than one page with it", async () => {
    const rig = await movedRig({ count: 230 });

    expect(rig.sender.bodies(roomB)).toEqual([...Array.from({ length: 230 }, (_, number) => `m${number}`), "for both", "newer"]);
    expect(await rig.deliveries.countWaiting()).toBe(0);
  });
});

describe("a stop", () => {
  it("resolves when the send in flight is answered, and begins no other", async () => {
    const rig = await startedRig();
    let goOn: () => void = () => undefined;
    rig.sender.onTry = () =>
      new Promise((resolve) => {
        goOn = resolve;
      });
    await rig.receive("m1", toA);
    await rig.receive("m2", toA);
    await settle();
    let isOver = false;
    const stopped = rig.outbox.stop().then(() => {
      isOver = true;
    });

    await settle();
    const before = isOver;
    goOn();
    await stopped;
    await settle();

    expect(before).toBe(false);
    expect(rig.sender.bodies()).toEqual(["m1"]);
    expect((await waitingIn(rig, roomA)).map(({ messages }) => messages[0]?.content["body"])).toEqual(["m2"]);
  });

  it("does not wait for a homeserver that is away", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw answer(undefined);
    };
    await rig.receive("m1", toA);
    await rig.receive("m2", toB);
    await settle();
    const tries = rig.sender.tries;

    await rig.outbox.stop();
    await rig.clock.advance(hourMs);

    expect(rig.sender.tries).toBe(tries);
    expect(await rig.deliveries.countWaiting()).toBe(2);
  });
});
