import { describe, expect, it } from "vitest";
import { RemoteError, StorageError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import { notice } from "../core/message.js";
import {
  bot,
  createRig,
  ghostNamed,
  homeserverAnswer,
  RecordingSender,
  sayTest,
  testConnection,
  touches,
  type Rig,
} from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { Desk } from "./desk.js";
import { Retention } from "./retention.js";
import type { LateWords } from "./words.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const toA = { keys: ["a/A"] };
const toB = { keys: ["b/B"] };
const minuteMs = 60_000;
const hourMs = 3_600_000;
const never = new Promise<never>(() => undefined);

async function startedRig(rooms: readonly RoomId[] = [roomA, roomB]): Promise<Rig> {
  const connections = rooms.map((roomId) => testConnection(roomId, `${roomId.charAt(1)}/${roomId.charAt(1).toUpperCase()}`));
  const rig = await createRig(await openForgetfulLevel(), { connections });
  await rig.start();
  return rig;
}

async function onlyOutcome(rig: Rig) {
  const [id] = await rig.deliveries.oldest(undefined, 1);
  return id && (await rig.deliveries.getOutcome(id));
}

async function onlyDelivery(rig: Rig) {
  const [id] = await rig.deliveries.oldest(undefined, 1);
  return id && (await rig.deliveries.get(id));
}

const what = (rig: Rig, kind: string) => rig.log.filter((entry) => entry.what === kind);

describe("a delivery whose words have to be waited for", () => {
  it("is stored without any, and asked for them in its turn", async () => {
    const rig = await startedRig();
    const asked: string[] = [];
    rig.onWords = (text) => {
      asked.push(`${text} after ${rig.sender.bodies(roomA).join()}`);
      return sayTest(text);
    };
    rig.sender.onTry = () => (rig.sender.tries === 1 ? settle(60) : undefined);

    await rig.receive("first", toA);
    await rig.receive("later:second", toA);
    await settle();
    const [, stored] = (await rig.deliveries.read(roomA, undefined, 2)).map(({ item }) => item);
    await rig.receive("third", toA);
    await settle(100);

    expect(stored).toMatchObject({ messages: [], isWordless: true, sender: bot, source: { kind: "remote-event", position: 0 } });
    expect(asked).toEqual(["second after first"]);
    expect(rig.sender.bodies(roomA)).toEqual(["first", "second", "third"]);
  });

  it("holds back what is behind it in its room, and nothing else", async () => {
    const rig = await startedRig();
    rig.onWords = () => never;

    await rig.receive("later:slow", toA);
    await rig.receive("behind", toA);
    await rig.receive("elsewhere", toB);
    await settle();

    expect(rig.sender.bodies()).toEqual(["elsewhere"]);
  });

  it("does not keep other rooms from being heard, however many wait", async () => {
    const rooms = Array.from({ length: 300 }, (_, number): RoomId => `!${number}:example.org`);
    const connections = [...rooms.map((roomId) => testConnection(roomId, "many/x")), testConnection(roomB, "b/B")];
    const rig = await createRig(await openForgetfulLevel(), { connections });
    await rig.start();
    rig.onWords = () => never;

    await rig.receive("later:slow", { keys: ["many/x"] });
    await settle(100);
    for (let count = 0; count < 20; count += 1) await rig.receive(`m${count}`, toB);
    await settle();

    expect(rig.sender.bodies()).toEqual(Array.from({ length: 20 }, (_, count) => `m${count}`));
    expect(rig.outbox.pace()).toBeUndefined();
  });

  it("gets its words although those of many rooms hang", async () => {
    const rooms = Array.from({ length: 100 }, (_, number): RoomId => `!${number}:example.org`);
    const connections = [...rooms.map((roomId) => testConnection(roomId, "many/x")), testConnection(roomB, "b/B")];
    const rig = await createRig(await openForgetfulLevel(), { connections });
    await rig.start();
    rig.onWords = (text) => (text === "slow" ? never : sayTest(text));
    await rig.receive("later:slow", { keys: ["many/x"] });
    await settle(100);

    await rig.receive("later:quick", toB);
    await rig.clock.advance(4_000);

    expect(rig.sender.bodies()).toEqual(["quick"]);
  });

  it("is stored with its words, and what belongs to them, in one batch before the first send", async () => {
    const rig = await startedRig();
    const batches: string[][] = [];
    const change = { type: "put", key: "!service-test!count", value: "1" } as const;
    rig.onWords = (text) => ({ ...sayTest(text), changes: [change] });
    rig.disk.onCommit = (changes) => {
      batches.push([...changes.map(({ key }) => key), `after ${rig.sender.tries} tries`]);
      return "taken";
    };

    await rig.receive("later:said", toA);
    await settle();

    const delivery = await onlyDelivery(rig);
    expect(batches.filter((keys) => keys.includes(change.key))).toEqual([
      [`!deliveries!${delivery?.id ?? ""}`, change.key, "after 0 tries"],
    ]);
    expect(delivery).toMatchObject({ messages: [notice("said")] });
    expect(delivery).not.toHaveProperty("isWordless");
  });

  it("says the same in every try, after a crash too", async () => {
    const level = await openForgetfulLevel();
    const connections = [testConnection(roomA, "a/A")];
    const sender = new RecordingSender();
    let asked = 0;
    const wordsOf = (text: string): LateWords => {
      asked += 1;
      return sayTest(`${text} ${asked}`);
    };
    const first = await createRig(level, { connections, sender });
    first.onWords = wordsOf;
    await first.start();
    const tried: unknown[] = [];
    sender.onTry = (event) => {
      tried.push(event.message.content["body"]);
      if (tried.length < 3) throw homeserverAnswer(undefined, undefined, { outcomeUnknown: true });
    };
    await first.receive("later:word", toA);
    await settle();

    const second = await createRig(await level.crashed(), { connections, sender });
    second.onWords = wordsOf;
    await second.start();
    await second.clock.advance(minuteMs);

    expect(tried).toEqual(["word 1", "word 1", "word 1"]);
    expect(sender.bodies()).toEqual(["word 1"]);
  });

  it("is not sent while its words cannot be stored, and asks again", async () => {
    const rig = await startedRig();
    let asked = 0;
    rig.onWords = (text) => {
      asked += 1;
      return sayTest(text);
    };
    await rig.receive("first", toA);
    await settle();
    rig.disk.onCommit = (changes) => (touches(changes, "deliveries") && !touches(changes, "waiting") ? "refused" : "taken");
    await rig.receive("later:said", toA);
    await rig.clock.advance(2_500);
    const before = rig.sender.bodies();

    rig.disk.onCommit = () => "taken";
    await rig.clock.advance(minuteMs);

    expect(before).toEqual(["first"]);
    expect(rig.sender.bodies()).toEqual(["first", "said"]);
    expect(asked).toBeGreaterThan(2);
  });

  it("is asked for its words while the homeserver is away, which one that is waited for does not hold up", async () => {
    const rig = await startedRig();
    rig.sender.onTry = () => {
      throw homeserverAnswer(undefined);
    };
    await rig.receive("plain", toB);
    await settle();
    rig.onWords = () => never;
    await rig.receive("later:slow", toA);
    await settle();

    rig.sender.onTry = () => undefined;
    await rig.clock.advance(5_000);

    expect(rig.sender.bodies()).toEqual(["plain"]);
  });

  it("may be said by a ghost that only its words name", async () => {
    const rig = await startedRig();
    await rig.receive("later:as alice:hello", toA);
    await settle();

    expect(rig.sender.sent).toMatchObject([{ sender: ghostNamed("alice"), body: "hello" }]);
    expect(rig.ghosts.prepared).toEqual([`${ghostNamed("alice")} alice ${roomA}`]);
  });
});

describe("words that do not come", () => {
  it.each([
    { what: "a remote that is away", fail: (): Error => new RemoteError("away") },
    { what: "a remote that fails", fail: (): Error => new RemoteError("broken", { status: 502 }) },
    { what: "a disk that cannot be read", fail: (): Error => new StorageError("cannot be read") },
  ])("because of $what are asked for again, and nothing is lost", async ({ fail }) => {
    const rig = await startedRig();
    rig.onWords = () => {
      throw fail();
    };
    await rig.receive("later:patient", toA);
    await rig.receive("behind", toA);
    await rig.clock.advance(20 * hourMs);
    const before = [...rig.sender.bodies(), what(rig, "dead").length];

    rig.onWords = (text) => sayTest(text);
    await rig.clock.advance(10 * minuteMs);

    expect(before).toEqual([0]);
    expect(rig.sender.bodies()).toEqual(["patient", "behind"]);
    expect(what(rig, "away")).toEqual([]);
  });

  it("are waited for as long as the remote asks, within reason", async () => {
    const rig = await startedRig();
    let asked = 0;
    rig.onWords = () => {
      asked += 1;
      throw new RemoteError("too many", { status: 429, retryAfterMs: 10 * minuteMs });
    };
    await rig.receive("later:patient", toA);
    await rig.clock.advance(9 * minuteMs);

    expect(asked).toBe(1);
    await rig.clock.advance(2 * minuteMs);
    expect(asked).toBe(2);
  });

  it("are given up after a day, and what waited behind does not wait for another", async () => {
    const rig = await startedRig();
    rig.onWords = () => {
      throw new RemoteError("away");
    };
    for (const text of ["later:one", "later:two", "plain"]) await rig.receive(text, toA);
    await rig.clock.advance(25 * hourMs);

    expect(what(rig, "dead").map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2 }, () => "could not be rendered for 24 hours: away"),
    );
    expect(rig.sender.bodies()).toEqual(["plain"]);
  });

  it("are not given up because the program was stopped for more than a day", async () => {
    const level = await openForgetfulLevel();
    const [connections, clock, sender] = [[testConnection(roomA, "a/A")], new ManualClock(), new RecordingSender()];
    const first = await createRig(level, { connections, clock, sender });
    first.onWords = () => {
      throw new RemoteError("away");
    };
    await first.start();
    await first.receive("later:patient", toA);
    await clock.advance(minuteMs);
    await first.outbox.stop();
    await clock.advance(48 * hourMs);

    const second = await createRig(level, { connections, clock, sender });
    let left = 1;
    second.onWords = (text) => {
      left -= 1;
      if (left >= 0) throw new RemoteError("away");
      return sayTest(text);
    };
    await second.start();
    await clock.advance(10 * minuteMs);

    expect(sender.bodies()).toEqual(["patient"]);
  });

  it.each([
    { what: "an unexpected error", error: new Error("no such field"), reason: "could not be rendered: no such field" },
    {
      what: "a remote that refuses",
      error: new RemoteError("there is no such thing", { status: 404 }),
      reason: "could not be rendered: there is no such thing",
    },
  ])("because of $what end the delivery", async ({ error, reason }) => {
    const rig = await startedRig();
    rig.onWords = () => {
      throw error;
    };
    await rig.receive("later:poison", toA);
    await rig.receive("behind", toA);
    await settle();

    expect(await onlyOutcome(rig)).toMatchObject({ kind: "dead", reason, eventIds: [] });
    expect(rig.sender.bodies()).toEqual(["behind"]);
  });

  it("within 30 seconds are asked for three times more", async () => {
    const rig = await startedRig();
    let asked = 0;
    rig.onWords = () => {
      asked += 1;
      return never;
    };
    await rig.receive("later:endless", toA);
    await rig.receive("behind", toA);
    await rig.clock.advance(29_000);
    expect(asked).toBe(1);

    await rig.clock.advance(3 * minuteMs);

    expect(asked).toBe(4);
    expect(await onlyOutcome(rig)).toMatchObject({
      kind: "dead",
      reason: "could not be rendered: its words did not come within 30 seconds, 4 times",
    });
    expect(rig.sender.bodies()).toEqual(["behind"]);
  });

  it("are told to the metrics as tries that failed", async () => {
    const rig = await startedRig();
    let left = 2;
    rig.onWords = (text) => {
      left -= 1;
      if (left >= 0) throw new RemoteError("away");
      return sayTest(text);
    };
    await rig.receive("later:said", toA);
    await rig.clock.advance(minuteMs);

    expect(what(rig, "retried").map(({ reason }) => reason)).toEqual(["away", "away"]);
    expect(rig.sender.bodies()).toEqual(["said"]);
  });
});

describe("words that turn out to be none", () => {
  it("end the delivery with the reason, and what belongs to them is stored with that", async () => {
    const rig = await startedRig();
    const change = { type: "put", key: "!service-test!count", value: "1" } as const;
    const batches: string[][] = [];
    rig.onWords = () => ({ kind: "ignored", reason: "the function said nothing", changes: [change] });
    rig.disk.onCommit = (changes) => {
      batches.push(changes.map(({ key }) => key));
      return "taken";
    };

    await rig.receive("later:nothing", toA);
    await rig.receive("behind", toA);
    await settle();

    expect(await onlyOutcome(rig)).toMatchObject({ kind: "discarded", reason: "the function said nothing" });
    expect(
      batches.filter((keys) => keys.includes(change.key)).map((keys) => keys.some((key) => key.startsWith("!delivery-outcomes!"))),
    ).toEqual([true]);
    expect([what(rig, "ignored").length, what(rig, "discarded").length]).toEqual([1, 0]);
    expect(rig.sender.bodies()).toEqual(["behind"]);
  });
});

describe("what a service wants stored with the end of a delivery", () => {
  it.each([
    ["that was sent", "first"],
    ["that said nothing", "later:first"],
  ])("is stored before the next one %s is asked for its words", async (_title, text) => {
    const rig = await startedRig();
    const change = { type: "put", key: "!service-test!open", value: "1" } as const;
    rig.onSent = () => Promise.resolve([change]);
    const asked: string[] = [];
    rig.onWords = (words) => {
      asked.push(words);
      return words === "first" ? { kind: "ignored", reason: "nothing", changes: [change] } : sayTest(words);
    };
    let store = (): void => undefined;
    const stored = new Promise<"taken">((resolve) => {
      store = () => {
        resolve("taken");
      };
    });
    rig.disk.onCommit = (changes) => (changes.some(({ key }) => key === change.key) ? stored : "taken");

    await rig.receive(text, toA);
    await rig.receive("later:second", toA);
    await settle();
    expect(asked).not.toContain("second");
    store();
    await settle();

    expect(asked).toContain("second");
  });
});

describe("what happens to a delivery while its words are waited for", () => {
  /** Words that a test hands over when it likes. */
  async function waitingForWords() {
    const rig = await startedRig();
    let say: (words: LateWords) => void = () => undefined;
    let asked = 0;
    rig.onWords = () => {
      asked += 1;
      return new Promise((resolve) => {
        say = resolve;
      });
    };
    await rig.receive("later:said", toA);
    await settle();
    return { rig, say: (words: LateWords) => say(words), asked: () => asked };
  }

  it("an administrator may discard it, and the words come too late", async () => {
    const { rig, say } = await waitingForWords();
    const delivery = await onlyDelivery(rig);

    const isDiscarded = delivery && (await rig.outbox.discard(delivery, "not wanted"));
    say({ ...sayTest("said"), changes: [{ type: "put", key: "!service-test!count", value: "1" }] });
    await settle();

    expect(isDiscarded).toBe(true);
    expect(rig.sender.bodies()).toEqual([]);
    expect(await onlyOutcome(rig)).toMatchObject({ kind: "discarded", reason: "not wanted" });
    expect(await rig.storage.database.get("!service-test!count")).toBeUndefined();
  });

  it("a stop does not wait for them, and the next start asks again", async () => {
    const { rig, say, asked } = await waitingForWords();

    await rig.outbox.stop();
    say(sayTest("said"));
    await settle();

    expect(rig.sender.bodies()).toEqual([]);
    expect(await rig.deliveries.countWaiting()).toBe(1);
    expect(asked()).toBe(1);
  });

  it("its connection may end: then it is not sent", async () => {
    const { rig, say } = await waitingForWords();

    rig.connections.splice(0);
    say(sayTest("said"));
    await settle();

    expect(rig.sender.bodies()).toEqual([]);
    expect(await onlyOutcome(rig)).toMatchObject({ kind: "discarded", reason: "the connection was removed" });
  });

  it("retention keeps the request that it needs", async () => {
    const { rig, say } = await waitingForWords();
    await rig.clock.advance(1_000);
    const { deliveries, inboxStore: inbox, seen, disk: unitOfWork, clock } = rig;

    await new Retention({
      ...{ deliveries, inbox, seen, unitOfWork, clock, keepMs: 0, keepCount: 0 },
      routedUpTo: () => rig.router.position,
      onError: (error) => void rig.errors.push(error),
    }).sweep();
    say(sayTest("said"));
    await settle();

    expect(await rig.inboxStore.count()).toBe(1);
    expect(rig.sender.bodies()).toEqual(["said"]);
  });

  it("its room may be replaced: then it is asked for there", async () => {
    const { rig, say } = await waitingForWords();
    const [from, to] = [testConnection(roomA, "a/A"), testConnection(roomB, "b/B")];
    rig.onWords = (text, { connectionId }) => sayTest(`${text} through ${connectionId === to.id ? "the new one" : "the old one"}`);
    say({ kind: "ignored", reason: "" });
    await settle();
    rig.waitingRooms.add(roomA);
    await rig.receive("later:moved", toA);
    await settle();

    await Promise.all([rig.outbox.hold(roomA), rig.outbox.hold(roomB)]);
    await rig.outbox.move(from, to);
    rig.outbox.unhold(roomA);
    rig.outbox.unhold(roomB);
    await settle();

    expect(rig.sender.sent).toMatchObject([{ roomId: roomB, body: "moved through the new one" }]);
  });
});

describe("a connection that ended before the delivery's turn", () => {
  it("is not asked for words", async () => {
    const rig = await startedRig();
    let asked = 0;
    rig.onWords = (text) => {
      asked += 1;
      return sayTest(text);
    };
    rig.waitingRooms.add(roomA);
    await rig.receive("later:said", toA);
    await settle();

    rig.connections.splice(0);
    rig.waitingRooms.clear();
    rig.outbox.wake(roomA);
    await settle();

    expect(asked).toBe(0);
    expect(await onlyOutcome(rig)).toMatchObject({ kind: "discarded", reason: "the connection was removed" });
  });
});

describe("a replay of a delivery that never had words", () => {
  it("has the words that it is given now, said by whom they name, and stores what belongs to them", async () => {
    const rig = await startedRig();
    rig.onWords = () => {
      throw new Error("broken");
    };
    await rig.receive("later:said", toA);
    await settle();
    const { deliveries, inboxStore: inbox, outbox, disk: unitOfWork, ids, clock } = rig;
    const change = { type: "put", key: "!service-test!count", value: "1" } as const;
    const desk = new Desk({
      ...{ deliveries, inbox, outbox, unitOfWork, ids, clock },
      renderAgain: () => Promise.resolve({ ...sayTest("as bob:mended"), changes: [change] }),
    });
    const [dead] = await deliveries.oldest(undefined, 1);

    const replayed = dead && (await desk.replay(dead));
    await settle();

    expect(replayed).toMatchObject({ source: { kind: "replay", of: dead } });
    expect(rig.sender.sent).toMatchObject([{ sender: ghostNamed("bob"), body: "mended" }]);
    expect(await rig.storage.database.get(change.key)).toBe("1");
  });
});
