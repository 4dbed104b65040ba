import { beforeEach, describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  ghost,
  mainBot,
  messageEvent,
  now,
  room,
  serviceBot,
  spoken,
  stateEvent,
  work,
  type BotRig,
  type BotRigOptions,
} from "../../test/support/bot-fakes.js";
import { RemoteError, StorageError, ValidationError } from "../core/errors.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import { notice, reaction } from "../core/message.js";
import type { RoomEventCall } from "../core/room-listener.js";
import type { RoomWork, RoomWorkResult } from "../core/ports/room-work.js";
import { createRoomEventHandler } from "./handle-room-event.js";

const thumbs: MatrixEvent = { ...messageEvent(""), type: "m.reaction", event_id: "$reaction", content: reaction("$card", "👍").content };
const deletion: MatrixEvent = { ...messageEvent(""), type: "m.room.redaction", event_id: "$deletion", content: { redacts: "$card" } };
const said = notice("Issue #5: broken");
const stored = { type: "put", key: "k", value: "v" } as const;

let rig: BotRig;

function setUp(options: BotRigOptions = {}): void {
  rig = botRig({ rules: [{ actor: "*", services: [{ level: "commands" }] }], ...options });
  rig.tracker.hears = () => true;
  rig.tracker.onEvent = async () => ({ isHandled: true, messages: [said] });
  rig.operations.connections = [connection("PLAY")];
}

beforeEach(() => {
  setUp();
});

async function happen(event: MatrixEvent, how: Partial<RoomWork> = {}): Promise<RoomWorkResult> {
  return createRoomEventHandler(rig.deps)(work(event, how));
}

/** The connections that were asked to act, in order. */
const asked = (): readonly string[] => rig.tracker.heard.map(({ connection: { stateKey } }) => stateKey.split("/").at(-1) ?? "");

describe("an event that a connection hears", () => {
  it.each([
    ["a message", messageEvent("see #5")],
    ["a picture", messageEvent("cat.png", { content: { msgtype: "m.image" } })],
    ["a reply", messageEvent("✅ fine", { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$card" } } } })],
    ["a reaction", thumbs],
    ["a redaction", deletion],
    ["an event of whatever type", { ...thumbs, type: "org.example.poll" }],
  ])("is acted on if it is %s, and the service's bot answers", async (_what, event) => {
    setUp({ withServiceBot: true });

    const result = await happen(event);

    expect(result.replies).toEqual([{ roomId: room, sender: serviceBot, message: said }]);
    expect(rig.tracker.heard).toEqual([expect.objectContaining({ event, actor: alice, connection: rig.operations.connections[0] })]);
  });

  it("is offered by priority until one has handled it", async () => {
    rig.operations.connections = [
      connection("LOW", { priority: -5 }),
      connection("B", { priority: 1 }),
      connection("A", { priority: 1 }),
      connection("DEAF", { priority: 9 }),
      connection("OFF", { priority: 9, status: { kind: "ungranted", reason: "nobody approved it" } }),
    ];
    rig.tracker.hears = (_event, at) => !at.stateKey.endsWith("/DEAF");
    rig.tracker.onEvent = async (call) => ({ isHandled: call.connection.stateKey.endsWith("/B"), messages: [said] });

    const { replies } = await happen(thumbs);

    expect(asked()).toEqual(["A", "B"]);
    expect(replies).toHaveLength(1);
  });

  it("comes to what the connection wants stored", async () => {
    rig.tracker.onEvent = async () => ({ isHandled: true, changes: [stored] });

    expect(await happen(thumbs)).toMatchObject({ replies: [], changes: [stored] });
  });

  it.each([
    ["a command", messageEvent("!tracker types")],
    ["a command that is refused", messageEvent("!hookshot forge repo x")],
    ["sent by a ghost", { ...thumbs, sender: ghost }],
    ["sent by a bot", { ...thumbs, sender: mainBot }],
    ["state", stateEvent("m.room.topic", { topic: "#5" })],
    ["encrypted", { ...thumbs, type: "m.room.encrypted" }],
    ["older than five minutes", { ...thumbs, origin_server_ts: now - 300_001 }],
  ])("is not acted on if it is %s", async (_what, event) => {
    setUp({ rules: [{ actor: "*", services: [{ level: "manageConnections" }] }] });

    await happen(event);

    expect(asked()).toEqual([]);
  });

  it("is not acted on, and nothing is said, for somebody without the level `commands` on the service", async () => {
    setUp({ rules: [{ actor: "*", services: [{ service: "forge", level: "admin" }] }] });

    expect(await happen(thumbs)).toEqual({ replies: [], forwards: [] });
    expect(asked()).toEqual([]);
  });

  it("waits while it is not known who may", async () => {
    setUp({ rules: [], overrides: { permissionRooms: { has: () => false, isLoading: () => true, applyMember: () => undefined } } });

    await expect(happen(thumbs)).rejects.toThrow(RemoteError);
  });

  it("is nobody's where no bot of the service is in the room", async () => {
    rig.rooms.records.set(room, { ...rig.rooms.records.get(room)!, bots: [ghost] });

    expect((await happen(thumbs)).replies).toEqual([]);
    expect(asked()).toEqual([]);
  });

  it("is still heard by the others when one cannot even look at it", async () => {
    rig.operations.connections = [connection("BROKEN", { priority: 9 }), connection("PLAY")];
    rig.tracker.hears = (_event, at) => {
      if (at.stateKey.endsWith("/BROKEN")) throw new TypeError("not a string");
      return true;
    };

    expect((await happen(thumbs)).replies).toHaveLength(1);
    expect(rig.log.map(({ message }) => message)).toContain("A connection could not look at an event");
  });
});

describe("the event that one answers or reacts to", () => {
  const card = messageEvent("PLAY-1", { event_id: "$card", sender: mainBot });

  it.each([
    ["a reaction", { rel_type: "m.annotation", event_id: "$card", key: "👍" }],
    ["a reply", { "m.in_reply_to": { event_id: "$card" } }],
    ["a reply in a thread", { rel_type: "m.thread", event_id: "$root", is_falling_back: false, "m.in_reply_to": { event_id: "$card" } }],
    ["a message in its thread", { rel_type: "m.thread", event_id: "$card", is_falling_back: true, "m.in_reply_to": { event_id: "$x" } }],
  ])("is read once for %s, whoever asks", async (_what, relation) => {
    rig.ports.events.set("$card", card);
    rig.operations.connections = [connection("ONE", { priority: 2 }), connection("TWO")];
    const found: unknown[] = [];
    rig.tracker.onEvent = async ({ related }) => {
      found.push(await related(), await related());
      return { isHandled: false };
    };

    await happen({ ...thumbs, content: { "m.relates_to": relation } });

    expect(found).toEqual([card, card, card, card]);
    expect(rig.ports.requests).toEqual([`readEvent ${room} $card`]);
  });

  it.each<[string, unknown]>([
    ["nothing stands there", undefined],
    ["it is no object", "text"],
    ["the id is none", { rel_type: "m.annotation", event_id: 5 }],
    ["the reply names none", { "m.in_reply_to": null }],
  ])("is none where %s, and nothing is asked", async (_what, relation) => {
    let found: unknown = "not asked";
    rig.tracker.onEvent = async ({ related }) => {
      found = await related();
      return { isHandled: false };
    };

    await happen({ ...thumbs, content: { "m.relates_to": relation } });

    expect(found).toBeUndefined();
    expect(rig.ports.requests).toEqual([]);
  });

  it("is none where the homeserver does not show it, and waited for where it does not answer", async () => {
    const found: unknown[] = [];
    rig.tracker.onEvent = async ({ related }) => {
      found.push(await related());
      return { isHandled: true };
    };
    rig.ports.fail("readEvent", new RemoteError("forbidden", { status: 403 }));
    await happen(thumbs);
    expect(found).toEqual([undefined]);

    rig.ports.fail("readEvent", new RemoteError("away"));
    await expect(happen(thumbs)).rejects.toThrow("away");
  });

  it("is waited for also by a connection that makes something else of the failure", async () => {
    rig.ports.fail("readEvent", new RemoteError("away"));
    rig.tracker.onEvent = async ({ related }) => {
      await related().catch(() => {
        throw new ValidationError("Could not look.");
      });
      return { isHandled: true };
    };

    await expect(happen(thumbs, { receivedAt: now - 3_600_000 })).rejects.toThrow("away");
  });
});

describe("a connection that fails at an event", () => {
  const remoteFailure = new RemoteError("The tracker does not answer. Try again later.");

  it("says why, with a reaction, and no other one is asked", async () => {
    rig.operations.connections = [connection("ONE", { priority: 2 }), connection("TWO")];
    rig.tracker.onEvent = () => Promise.reject(new ValidationError("There is no issue #5. Look at the list."));

    const { replies } = await happen(messageEvent("see #5", { event_id: "$talk" }));

    expect(spoken(replies)).toEqual(["⛔", "There is no issue #5. Look at the list."]);
    expect(replies[1]!.message.content).toMatchObject({ msgtype: "m.notice", "m.mentions": {} });
    expect(asked()).toEqual(["ONE"]);
  });

  it("waits for a remote that may answer soon, for five minutes at most", async () => {
    rig.tracker.onEvent = () => Promise.reject(remoteFailure);

    await expect(happen(thumbs, { receivedAt: now - 299_000 })).rejects.toBe(remoteFailure);
    const late = { ...thumbs, origin_server_ts: now - 300_000 };
    expect(spoken((await happen(late, { receivedAt: now - 300_000 })).replies)).toEqual(["⛔", remoteFailure.message]);
  });

  it("does not try again once it has begun", async () => {
    let marks = 0;
    rig.tracker.onEvent = async ({ begin }) => {
      await begin();
      throw remoteFailure;
    };

    const { replies } = await happen(thumbs, { markBegun: async () => void (marks += 1) });

    expect(marks).toBe(1);
    expect(spoken(replies)).toEqual(["⛔", remoteFailure.message]);
  });

  it.each<[string, (call: RoomEventCall) => Promise<void>]>([
    ["that it begins could not be noted", ({ begin }) => begin()],
    ["what it wanted stored was not stored", () => Promise.reject(new StorageError("The disk is full."))],
  ])("waits for the disk when %s", async (_what, act) => {
    rig.tracker.onEvent = async (call) => {
      await act(call);
      return { isHandled: true };
    };

    await expect(happen(thumbs, { markBegun: () => Promise.reject(new StorageError("The disk is full.")) })).rejects.toThrow(StorageError);
  });

  it("asks to look at the remote after a crash, and does nothing a second time", async () => {
    const { replies } = await happen(thumbs, { begun: true });

    expect(spoken(replies)).toEqual([
      "Acting on this was interrupted, and whether it changed anything is not known. Look whether it did before you try again.",
    ]);
    expect(asked()).toEqual([]);
  });

  it("leaves the insides of what it did not expect in the log", async () => {
    rig.tracker.onEvent = () => Promise.reject(new TypeError("x is not a function"));

    const { replies } = await happen(thumbs);

    expect(spoken(replies)).toEqual(["⛔", expect.stringMatching(/^Something unexpected went wrong\..*`\$reaction`/)]);
    expect(rig.log).toEqual([expect.objectContaining({ level: "error", message: "A connection failed at an event" })]);
  });
});

describe("a connection that hands events on", () => {
  const outlets = ["one", "two"].map((name) => connection(name, { kindId: "outlet" }));
  const forwardsOf = async (event: MatrixEvent): Promise<RoomWorkResult["forwards"]> => (await happen(event)).forwards;

  beforeEach(() => {
    setUp({ rules: [{ actor: alice, services: [{ level: "manageConnections" }] }] });
    rig.operations.connections = [
      connection("PLAY"),
      ...outlets,
      connection("off", { kindId: "outlet", status: { kind: "invalid", reason: "" } }),
    ];
  });

  it.each([
    ["talk", messageEvent("hello")],
    ["commands", messageEvent("!connections")],
    ["reactions", thumbs],
    ["redactions", deletion],
    ["what somebody without any right sends", { ...thumbs, sender: "@stranger:example.org" as const }],
    ["what came late", { ...thumbs, origin_server_ts: now - 86_400_000 }],
  ])("gets %s, each of them", async (_what, event) => {
    expect(await forwardsOf(event)).toEqual(outlets.map(({ id }) => ({ connectionId: id, event })));
  });

  it("gets the command that ends it", async () => {
    const forwards = await forwardsOf(messageEvent("!disconnect tracker one"));

    expect(rig.operations.disconnected).toHaveLength(1);
    expect(forwards).toHaveLength(2);
  });

  it("gets what nobody could act on because of a failure that nobody expected", async () => {
    rig.operations.connections = [...outlets, connection("PLAY", { eventId: "$card" })];
    rig.ports.read = () => Promise.reject(new TypeError("nobody expected this"));

    expect(await forwardsOf(deletion)).toEqual(outlets.map(({ id }) => ({ connectionId: id, event: deletion })));
  });

  it.each([
    ["a secret", messageEvent("!tracker token main s3cret-1")],
    ["a secret that was cut off before", messageEvent("tracker token", { content: { "matrix-switchboard.secret_removed": true } })],
  ])("gets no message in which %s was typed", async (_what, event) => {
    expect(await forwardsOf(event)).toBeUndefined();
  });

  it.each([
    ["state", stateEvent("m.room.topic", { topic: "x" })],
    ["what our users send", { ...thumbs, sender: ghost }],
    ["what is encrypted", { ...thumbs, type: "m.room.encrypted" }],
  ])("gets nothing of %s", async (_what, event) => {
    expect((await forwardsOf(event)) ?? []).toEqual([]);
  });
});
