import { describe, expect, it } from "vitest";
import type { RoomId } from "../core/ids.js";
import type { WebhookOutcome } from "../core/webhook.js";
import { createRig, homeserverAnswer, sayTest, testConnection, touches, type Rig } from "../../test/support/delivery-rig.js";
import { openForgetfulLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";
const roomC: RoomId = "!c:example.org";
const minuteMs = 60_000;
const toAll = { keys: ["all/x"] };
const waitMs = 5_000;

async function startedRig({ findsAtOnce = true, rooms = [roomA, roomB, roomC] } = {}): Promise<Rig> {
  const rig = await createRig(await openForgetfulLevel(), {
    connections: rooms.map((roomId) => testConnection(roomId, "all/x")),
    findsAtOnce,
  });
  await rig.start();
  await rig.receive("to open the store", { keys: ["nobody"] });
  await settle();
  return rig;
}

/** Waits for the outcome, moving the clock by as much. */
async function outcomeOf(rig: Rig, text: string, how: { readonly id?: string; readonly keys?: readonly string[] } = toAll) {
  const { kind, outcome } = await rig.receiveAndWatch(text, how);
  const [came] = await Promise.all([outcome(waitMs), rig.clock.advance(waitMs)]);
  return { kind, came };
}

describe.each([
  { way: "stored in one batch with the event", findsAtOnce: true },
  { way: "stored after the event", findsAtOnce: false },
])("what an event comes to, where its deliveries are $way", ({ findsAtOnce }) => {
  it("is told as soon as all of it is over, in the order in which connections were asked", async () => {
    const rig = await startedRig({ findsAtOnce });
    rig.sender.onTry = async ({ roomId }) => {
      if (roomId === roomA) await settle(8);
      if (roomId === roomB) throw homeserverAnswer(400, "M_BAD_JSON");
    };

    const { came } = await outcomeOf(rig, "said");

    expect(came).toEqual({
      kind: "over",
      results: [{ kind: "sent" }, { kind: "dead", reason: "answered 400" }, { kind: "sent" }],
    });
  });

  it("includes what could not be rendered", async () => {
    const rig = await startedRig({ findsAtOnce, rooms: [roomA] });

    expect((await outcomeOf(rig, "poison")).came).toEqual({
      kind: "over",
      results: [{ kind: "dead", reason: "could not be rendered: cannot be rendered" }],
    });
  });

  it("is nothing where nothing listens", async () => {
    const rig = await startedRig({ findsAtOnce });

    expect((await outcomeOf(rig, "said", { keys: ["nobody"] })).came).toEqual({ kind: "over", results: [] });
  });

  it("is waited for no longer than asked, and may be asked for again", async () => {
    const rig = await startedRig({ findsAtOnce, rooms: [roomA] });
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    rig.sender.onTry = () => held;
    const { outcome } = await rig.receiveAndWatch("slow", toAll);

    const [early] = await Promise.all([outcome(waitMs), rig.clock.advance(waitMs)]);
    const late = outcome(waitMs);
    goOn();

    expect(early).toEqual({ kind: "waiting" });
    expect(await late).toEqual({ kind: "over", results: [{ kind: "sent" }] });
    expect(await outcome(0)).toEqual({ kind: "over", results: [{ kind: "sent" }] });
  });
});

describe("what an event comes to", () => {
  it("includes what late words would like to be answered, and where they were none", async () => {
    const rig = await startedRig({ rooms: [roomA, roomB] });
    const reply = { status: 201, body: { made: true } };
    rig.onWords = (text, { roomId }) =>
      roomId === roomA ? { ...sayTest(text), reply } : { kind: "ignored", reason: "the function said nothing", reply };

    expect((await outcomeOf(rig, "later:said")).came).toEqual({
      kind: "over",
      results: [
        { kind: "sent", reply },
        { kind: "ignored", reason: "the function said nothing", reply },
      ],
    });
  });

  it("is over at once, without results, for a repeat", async () => {
    const rig = await startedRig();
    await rig.receive("once", { ...toAll, id: "d1" });

    const { kind, came } = await outcomeOf(rig, "once", { ...toAll, id: "d1" });

    expect([kind, came]).toEqual(["repeat", { kind: "over", results: [] }]);
  });

  it("is told for a repeat that is a new chance for what was dead", async () => {
    const rig = await startedRig({ rooms: [roomA, roomB] });
    rig.sender.onTry = ({ roomId }) => {
      if (roomId === roomB) throw homeserverAnswer(400, "M_BAD_JSON");
    };
    await outcomeOf(rig, "again", { ...toAll, id: "d1" });
    rig.sender.onTry = () => undefined;

    expect(await outcomeOf(rig, "again", { ...toAll, id: "d1" })).toEqual({
      kind: "stored",
      came: { kind: "over", results: [{ kind: "sent" }] },
    });
  });

  it("is not known while the rooms are read for the first time: one that is not read yet may listen", async () => {
    const rig = await startedRig({ rooms: [] });
    rig.firstReading.begin();

    expect((await outcomeOf(rig, "said")).came).toEqual({ kind: "waiting" });
  });

  it("of one event is not mixed up with that of another", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    rig.sender.onTry = (event) => {
      if (event.message.content["body"] === "bad") throw homeserverAnswer(400, "M_BAD_JSON");
    };

    const watched = await Promise.all(["good", "bad", "fine"].map((text) => rig.receiveAndWatch(text, toAll)));
    const outcomes = Promise.all(watched.map(({ outcome }) => outcome(waitMs)));
    await rig.receive("nobody waits for this", toAll);
    await rig.clock.advance(waitMs);

    const kinds = (await outcomes).map((came: WebhookOutcome) => (came.kind === "over" ? came.results.map(({ kind }) => kind) : came.kind));
    expect(kinds).toEqual([["sent"], ["dead"], ["sent"]]);
  });
});

describe("watching an event", () => {
  it("leaves no timer and nothing in memory when it is over", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    const before = rig.clock.pendingTimers;
    const { outcome } = await rig.receiveAndWatch("said", toAll);
    await outcome(waitMs);
    await settle();

    expect(rig.clock.pendingTimers).toBe(before);
    const stored = await rig.inboxStore.ages(undefined, 10);
    expect(stored.filter(({ id }) => rig.outcomes.isWatched(id))).toEqual([]);
  });

  it("ends after a while although nobody asked and nothing is over, and nobody is kept waiting by that", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    rig.waitingRooms.add(roomA);
    const { outcome } = await rig.receiveAndWatch("held", toAll);
    const [stored] = (await rig.inboxStore.ages(undefined, 10)).slice(-1);
    const isWatched = (): boolean => stored !== undefined && rig.outcomes.isWatched(stored.id);
    const before = isWatched();

    await rig.clock.advance(61_000);

    expect([before, isWatched()]).toEqual([true, false]);
    const [late] = await Promise.all([outcome(waitMs), rig.clock.advance(waitMs)]);
    expect(late).toEqual({ kind: "waiting" });
  });

  it("leaves nothing behind once nobody will ask, although nothing is over", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    rig.waitingRooms.add(roomA);
    const before = rig.clock.pendingTimers;
    const { end } = await rig.receiveAndWatch("held", toAll);
    const [stored] = (await rig.inboxStore.ages(undefined, 10)).slice(-1);
    const timers = rig.clock.pendingTimers - before;

    end();

    expect(stored !== undefined && rig.outcomes.isWatched(stored.id)).toBe(false);
    expect(rig.clock.pendingTimers - before).toBe(timers - 1);
  });

  it("goes on for as long as somebody asked for", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    rig.waitingRooms.add(roomA);
    const { outcome } = await rig.receiveAndWatch("held", toAll);
    const asked = outcome(20 * minuteMs);
    await rig.clock.advance(8 * minuteMs);

    rig.waitingRooms.clear();
    await rig.clock.advance(10 * minuteMs);

    expect(await asked).toEqual({ kind: "over", results: [{ kind: "sent" }] });
  });

  it("ends where the event could not be stored", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    const before = rig.clock.pendingTimers;
    rig.disk.onCommit = (changes) => (touches(changes, "inbox") ? "refused" : "taken");

    await expect(rig.receiveAndWatch("refused", toAll)).rejects.toMatchObject({ code: "HS_UNAVAILABLE" });

    expect(rig.clock.pendingTimers).toBe(before);
  });
});

describe("a stop", () => {
  it("keeps nobody waiting for what cannot come, whenever they began", async () => {
    const rig = await startedRig({ rooms: [roomA] });
    rig.sender.onTry = () => new Promise(() => undefined);
    const first = await rig.receiveAndWatch("said", toAll);
    const early = first.outcome(waitMs);
    const second = await rig.receiveAndWatch("said then", toAll);

    rig.outcomes.stop();

    expect([await early, await second.outcome(waitMs)]).toEqual([{ kind: "waiting" }, { kind: "waiting" }]);
  });
});
