import { describe, expect, it } from "vitest";
import type { RoomId, UserId } from "../core/ids.js";
import {
  bot,
  createRig,
  ghostNamed,
  homeserverAnswer,
  RecordedGhosts,
  RecordingSender,
  testConnection,
  type Rig,
} from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const toA = { keys: ["a/A"] };
const toB = { keys: ["b/B"] };
const alice = ghostNamed("alice");
const minuteMs = 60_000;
const hourMs = 3_600_000;

/** A homeserver that lets only those ghosts speak that are in the room. */
async function startedRig(): Promise<Rig> {
  const connections = [testConnection(roomA, "a/A"), testConnection(roomB, "b/B")];
  const rig = await createRig(await openForgetfulLevel(), { connections });
  rig.sender.onTry = ({ sender, roomId }) => {
    if (sender !== bot && !rig.ghosts.joined.has(`${sender} ${roomId}`)) throw homeserverAnswer(403, "M_FORBIDDEN");
  };
  await rig.start();
  return rig;
}

const preparedBy = (userId: UserId, roomId: RoomId): string => `${userId} ${userId.slice("@_test_".length, userId.indexOf(":"))} ${roomId}`;
const what = (rig: Rig, kind: string) => rig.log.filter((entry) => entry.what === kind);
const last = (rig: Rig) => rig.log.at(-1);

describe("a ghost", () => {
  it("is made ready before it speaks in a room for the first time, with its name", async () => {
    const rig = await startedRig();

    await rig.receive("as alice:one+two", toA);
    await rig.receive("as alice:three", toA);
    await rig.receive("as alice:four", toB);
    await settle();

    expect(rig.ghosts.prepared).toEqual([preparedBy(alice, roomA), preparedBy(alice, roomB)]);
    expect(rig.sender.sent.map(({ sender, body }) => `${body} by ${sender}`).sort()).toEqual(
      ["four", "one", "three", "two"].map((body) => `${body} by ${alice}`),
    );
  });

  it("keeps its place among what others say", async () => {
    const rig = await startedRig();
    rig.ghosts.onPrepare = () => settle(10);

    for (const text of ["first", "as alice:second", "third", "as bob:fourth"]) await rig.receive(text, toA);
    await settle(100);

    expect(rig.sender.bodies(roomA)).toEqual(["first", "second", "third", "fourth"]);
  });

  it("has transaction ids of its own", async () => {
    const rig = await startedRig();

    await rig.receive("as alice:hello", toA);
    await rig.receive("as bob:hello", toA);
    await settle();

    expect(new Set(rig.sender.sent.map(({ transactionId }) => transactionId)).size).toBe(2);
  });

  it("that was thrown out comes back and says it, without waiting", async () => {
    const rig = await startedRig();
    await rig.receive("as alice:before", toA);
    await settle();

    rig.ghosts.joined.clear();
    await rig.receive("as alice:after", toA);
    await settle();

    expect(rig.sender.bodies()).toEqual(["before", "after"]);
    expect(rig.ghosts.prepared).toHaveLength(2);
    expect(rig.joinedAsked).toBe(0);
  });

  it("is made ready once more and no further when the room forbids it to speak, and waits as the bot would", async () => {
    const rig = await startedRig();
    rig.sender.onTry = ({ sender }) => {
      if (sender === alice) throw homeserverAnswer(403, "M_FORBIDDEN");
    };
    await rig.receive("as alice:forbidden", toA);
    await rig.receive("behind", toA);
    await rig.clock.advance(30 * minuteMs);

    expect([rig.ghosts.prepared.length, rig.sender.tries]).toEqual([2, 2]);
    expect(rig.sender.bodies()).toEqual([]);
    await rig.clock.advance(8 * 24 * hourMs);

    expect(what(rig, "dead")).toMatchObject([{ reason: `${alice} was not allowed to speak for 7 days: answered 403` }]);
    expect(rig.sender.bodies()).toEqual(["behind"]);
  });

  it("that is banned keeps nobody waiting", async () => {
    const rig = await startedRig();
    rig.banned.add(`${alice} ${roomA}`);
    rig.ghosts.onPrepare = () => {
      throw homeserverAnswer(403, "M_FORBIDDEN");
    };

    for (const text of ["as alice:unwanted", "as alice:still unwanted", "behind"]) await rig.receive(text, toA);
    await settle(100);

    expect(rig.sender.bodies()).toEqual(["behind"]);
    const reason = `${alice} is not in the room; invite it again and replay the delivery`;
    expect(what(rig, "discarded")).toMatchObject([{ reason }, { reason }]);
  });

  it("speaks when the room says that something changed", async () => {
    const rig = await startedRig();
    rig.ghosts.onPrepare = () => {
      throw homeserverAnswer(403, "M_FORBIDDEN");
    };
    await rig.receive("as alice:patient", toA);
    await settle();

    rig.ghosts.onPrepare = () => undefined;
    rig.outbox.wake(roomA);
    await settle();

    expect(rig.sender.bodies()).toEqual(["patient"]);
  });

  it("says the rest of what it began, after a crash between two messages", async () => {
    const level = await openForgetfulLevel();
    const [connections, sender, ghosts] = [[testConnection(roomA, "a/A")], new RecordingSender(), new RecordedGhosts()];
    let isAlive = true;
    const first = await createRig(level, { connections, sender, ghosts, isAlive: () => isAlive });
    await first.start();
    sender.onTry = () => {
      if (sender.sent.length === 1) isAlive = false;
      if (!isAlive) throw homeserverAnswer(undefined);
    };
    await first.receive("as alice:one+two", toA);
    await settle();

    ghosts.forgetAll();
    sender.onTry = () => undefined;
    const second = await createRig(await level.crashed(), { connections, sender, ghosts });
    await second.start();
    await second.clock.advance(minuteMs);

    expect(sender.sent.map(({ sender: by, body }) => [by, body])).toEqual([
      [alice, "one"],
      [alice, "two"],
    ]);
  });
});

describe("making a ghost ready", () => {
  it.each([
    { answer: "no answer", error: homeserverAnswer(undefined, undefined, { outcomeUnknown: true }) },
    { answer: "502", error: homeserverAnswer(502) },
    { answer: "429", error: homeserverAnswer(429, "M_LIMIT_EXCEEDED", { retryAfterMs: 5_000 }) },
    { answer: "401", error: homeserverAnswer(401, "M_UNKNOWN_TOKEN") },
  ])("waits and is tried again after $answer, and the message is not looked for in the room", async ({ error }) => {
    const rig = await startedRig();
    rig.sender.repeatSafe = false;
    rig.ghosts.onPrepare = () => {
      throw error;
    };
    await rig.receive("as alice:patient", toA);
    await rig.clock.advance(hourMs);
    const before = rig.sender.tries;

    rig.ghosts.onPrepare = () => undefined;
    await rig.clock.advance(10 * minuteMs);

    expect(before).toBe(0);
    expect(rig.sender.bodies()).toEqual(["patient"]);
    expect(rig.sender.finds).toBe(0);
  });

  it("is a sign that the homeserver is away where it gives no answer, and a success is none that it is not", async () => {
    const rig = await startedRig();
    rig.ghosts.onPrepare = () => {
      throw homeserverAnswer(undefined);
    };

    await rig.receive("as alice:patient", toA);
    await settle();

    expect(what(rig, "away")).toHaveLength(1);
  });

  it.each([
    { answer: "403", error: homeserverAnswer(403, "M_FORBIDDEN") },
    { answer: "400", error: homeserverAnswer(400, "M_EXCLUSIVE") },
    { answer: "404", error: homeserverAnswer(404, "M_NOT_FOUND") },
  ])("that is refused with $answer keeps the room waiting for a week, and is a dead letter then", async ({ error }) => {
    const rig = await startedRig();
    rig.ghosts.onPrepare = () => {
      throw error;
    };
    await rig.receive("as alice:refused", toA);
    await rig.receive("elsewhere", toB);
    await rig.clock.advance(6 * 24 * hourMs);
    expect([what(rig, "dead").length, rig.joinedAsked, rig.sender.bodies().join()]).toEqual([0, 0, "elsewhere"]);

    await rig.clock.advance(2 * 24 * hourMs);

    expect(last(rig)).toMatchObject({ what: "dead" });
    expect(last(rig)?.reason).toContain(`${alice} could not be made ready to speak: answered`);
  });

  it("that fails in a way nobody expected counts as the room's affair", async () => {
    const rig = await startedRig();
    rig.ghosts.onPrepare = () => {
      throw new TypeError("not a function");
    };
    await rig.receive("as alice:said", toA);
    await settle();

    rig.ghosts.onPrepare = () => undefined;
    await rig.clock.advance(minuteMs);

    expect(what(rig, "away")).toEqual([]);
    expect(rig.sender.bodies()).toEqual(["said"]);
  });
});
