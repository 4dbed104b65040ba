import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  ghost,
  mainBot,
  mallory,
  memberEvent,
  messageEvent,
  room,
  serviceBot,
  stateEvent,
} from "../../test/support/bot-fakes.js";
import type { Connection } from "../core/connection.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import { createInterest } from "./interest.js";

const adminRoom = "!admin:example.org";
const permissionRoom = "!team:example.org";

function interestedIn(event: MatrixEvent): boolean {
  const { deps } = botRig({ withServiceBot: true });
  return createInterest({
    bots: deps.bots,
    services: deps.services,
    permissionRooms: { has: (roomId) => roomId === permissionRoom },
    index: { isCommandPrefix: (word) => word === "!mine", listening: () => [] },
    isAdminRoom: (roomId) => roomId === adminRoom,
  })(event);
}

describe("messages", () => {
  it.each([
    "!hookshot help",
    "!track help",
    "!connect jira PLAY",
    "!connect",
    "!Connect x",
    "!disconnect\tx y",
    "!connections",
    "!switchboard help",
    "!tracker create Bug",
    "!mine create Bug",
  ])("takes %j as a command", (body) => {
    expect(interestedIn(messageEvent(body))).toBe(true);
  });

  it.each([
    "hello",
    "",
    " !connect x",
    "!connected",
    "say !connect",
    "!",
    `!${"x".repeat(100_000)}`,
    "> <@a:b> !connect",
    "toString",
    "__proto__",
  ])("takes %.40j as chat", (body) => {
    expect(interestedIn(messageEvent(body))).toBe(false);
  });

  it.each<[string, Partial<MatrixEvent>]>([
    ["tracker token main s3cret-1", {}],
    [" tracker token main s3cret-1", {}],
    ["!tracker token main x", {}],
    ["@hookshot:example.org: tracker token main s3cret-1", {}],
    ["Hookshot, tracker token main s3cret-1", {}],
    ["!mine token main x", {}],
    ["tracker token main s3cret-1", { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } }],
    ["> <@a:b> what?\n\ntracker token main s3cret-1", { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } }],
    [
      "* look",
      {
        content: { "m.relates_to": { rel_type: "m.replace", event_id: "$old" }, "m.new_content": { body: "tracker token main s3cret-1" } },
      },
    ],
  ])("takes %j as a secret in the wrong place", (body, extra) => {
    expect(interestedIn(messageEvent(body, extra))).toBe(true);
  });

  it.each<[string, Partial<MatrixEvent>]>([
    ["tracker is slow today", {}],
    ["tracker token is broken", {}],
    ["hookshot: tracker token is broken", {}],
    ["hookshot: hello", {}],
    ["tracker tokens main s3cret-1", {}],
    ["tracker token main s3cret-1", { sender: mainBot }],
    [
      "> <@a:b> tracker token main s3cret-1\n\nplease delete that",
      { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } },
    ],
  ])("takes %j as chat, though it speaks of secrets", (body, extra) => {
    expect(interestedIn(messageEvent(body, extra))).toBe(false);
  });

  it.each<[string, Partial<MatrixEvent>]>([
    ["an edit", { content: { "m.relates_to": { rel_type: "m.replace", event_id: "$old" } } }],
    ["a reply", { content: { "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } } }],
    ["a notice", { content: { msgtype: "m.notice" } }],
    ["a body that is no text", { content: { body: { length: 3 } } }],
    ["a message of our bot", { sender: mainBot }],
    ["a message of a ghost", { sender: ghost }],
    ["an encrypted message", { type: "m.room.encrypted" }],
    ["a state event of the type", { state_key: "" }],
  ])("does not take %s as a command", (_what, extra) => {
    expect(interestedIn(messageEvent("!connect tracker PLAY", extra))).toBe(false);
  });

  it("takes a command in a thread, whose reply is only for clients without threads", () => {
    const relation = { rel_type: "m.thread", event_id: "$root", is_falling_back: true, "m.in_reply_to": { event_id: "$old" } };

    expect(interestedIn(messageEvent("!connections", { content: { "m.relates_to": relation } }))).toBe(true);
  });

  it("takes every message of a direct chat, but not the bot's own", () => {
    expect(interestedIn(messageEvent("hello", { room_id: adminRoom }))).toBe(true);
    expect(interestedIn(messageEvent("hello", { room_id: adminRoom, sender: mainBot }))).toBe(false);
  });
});

describe("state and redactions", () => {
  it.each<[string, MatrixEvent]>([
    ["a bot's invitation", memberEvent("invite", mainBot)],
    ["a service bot's departure", memberEvent("leave", serviceBot)],
    ["a ghost's invitation", memberEvent("invite", ghost)],
    ["an invitation that we sent", memberEvent("invite", alice, { sender: mainBot })],
    ["a member of a room that permissions name", memberEvent("leave", mallory, { room_id: permissionRoom })],
    ["connection state", stateEvent("org.example.tracker.project", {}, { state_key: "x" })],
    ["connection state of an older type", stateEvent("org.example.old.tracker", {}, { state_key: "x" })],
    ["power levels", stateEvent("m.room.power_levels", {})],
    ["a tombstone", stateEvent("m.room.tombstone", {})],
    ["encryption", stateEvent("m.room.encryption", {})],
    ["a redaction", { ...messageEvent(""), type: "m.room.redaction" }],
  ])("takes %s", (_what, event) => {
    expect(interestedIn(event)).toBe(true);
  });

  it.each<[string, MatrixEvent]>([
    ["another member", memberEvent("join", alice)],
    ["another invitation", memberEvent("invite", alice, { sender: mallory })],
    ["a ghost that joins", memberEvent("join", ghost)],
    ["state of no enabled service", stateEvent("org.example.other", {})],
    ["a message under a type of state", { ...messageEvent("x"), type: "org.example.tracker.project" }],
    ["power levels under another key", stateEvent("m.room.power_levels", {}, { state_key: "x" })],
    ["a reaction", { ...messageEvent("x"), type: "m.reaction", room_id: room }],
  ])("leaves %s alone", (_what, event) => {
    expect(interestedIn(event)).toBe(false);
  });
});

describe("what connections of a room hear", () => {
  const heardRoom = "!heard:example.org";
  const reaction: MatrixEvent = { ...messageEvent(""), type: "m.reaction", room_id: heardRoom, content: { key: "👍" } };

  function hearing(
    event: MatrixEvent,
    listening: () => readonly Connection[] | Promise<readonly Connection[]>,
    hears: (event: MatrixEvent) => boolean = () => true,
  ): boolean {
    const { deps, tracker } = botRig();
    tracker.hears = hears;
    const index = { isCommandPrefix: () => false, listening: (roomId: string) => (roomId === heardRoom ? listening() : []) };
    const { bots, services, permissionRooms } = deps;
    return createInterest({ bots, services, permissionRooms, index, isAdminRoom: () => false })(event);
  }

  const project = connection("PLAY", { roomId: heardRoom });
  const outlet = connection("out", { roomId: heardRoom, kindId: "outlet" });

  it.each([
    ["a reaction", reaction],
    ["talk", messageEvent("see #5", { room_id: heardRoom })],
    ["a picture", messageEvent("x", { room_id: heardRoom, content: { msgtype: "m.image" } })],
    ["an event of whatever type", { ...reaction, type: "org.example.poll" }],
  ])("is stored if it is %s", (_what, event) => {
    expect(hearing(event, () => [project])).toBe(true);
    expect(
      hearing(
        event,
        () => [project, outlet],
        () => false,
      ),
    ).toBe(true);
    expect(
      hearing(
        event,
        () => [project],
        () => false,
      ),
    ).toBe(false);
    expect(hearing({ ...event, room_id: room }, () => [project])).toBe(false);
  });

  it.each([
    ["encrypted", { ...reaction, type: "m.room.encrypted" }],
    ["state", { ...reaction, state_key: "" }],
    ["sent by a bot", { ...reaction, sender: mainBot }],
    ["sent by a ghost", { ...reaction, sender: ghost }],
  ])("is not stored if it is %s", (_what, event) => {
    expect(hearing(event, () => [outlet])).toBe(false);
  });

  it("is asked of connections of enabled services alone", () => {
    expect(hearing(reaction, () => [connection("x", { serviceId: "forge", kindId: "project" })])).toBe(false);
  });

  it("is stored to be looked at again where that cannot be told at once", async () => {
    expect(hearing(reaction, () => Promise.resolve([]))).toBe(true);
    expect(hearing(reaction, () => Promise.reject(new Error("The disk failed")))).toBe(true);
    expect(
      hearing(
        reaction,
        () => [project],
        () => {
          throw new TypeError("not a string");
        },
      ),
    ).toBe(true);
  });
});
