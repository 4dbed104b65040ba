import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  everybodyManages,
  ghost,
  mainBot,
  mallory,
  memberEvent,
  now,
  room,
  serviceBot,
  stateEvent,
  work,
  type BotRig,
  createSpeaker,
} from "../../test/support/bot-fakes.js";
import { RemoteError } from "../core/errors.js";
import type { StateEvent } from "../core/matrix-event.js";

const day = 24 * 60 * 60 * 1000;

async function handle(rig: BotRig, event: StateEvent, receivedAt = now): Promise<void> {
  await createSpeaker(rig.deps)(work(event, { receivedAt }));
}

describe("an invitation", () => {
  it.each<[string, StateEvent, string]>([
    ["of a ghost", memberEvent("invite", ghost), `leave ${room} ${ghost} Bridge does not support DMing ghosts.`],
    [
      "by somebody without the right to log in",
      memberEvent("invite", mainBot, { sender: mallory }),
      `leave ${room} ${mainBot} You do not have permission to invite this bot.`,
    ],
    [
      "by a namesake of our ghosts elsewhere",
      memberEvent("invite", mainBot, { sender: "@_hookshot_x:evil.example" }),
      `leave ${room} ${mainBot} You do not have permission to invite this bot.`,
    ],
    [
      "of a service bot to a direct chat",
      memberEvent("invite", serviceBot, { content: { is_direct: true } }),
      `leave ${room} ${serviceBot} This bot does not support admin rooms.`,
    ],
    ["of a service bot to a room", memberEvent("invite", serviceBot), `join ${room} ${serviceBot} example.org`],
    ["by a bot of ours", memberEvent("invite", serviceBot, { sender: mainBot }), `join ${room} ${serviceBot} example.org`],
  ])("%s is answered by one request", async (_what, event, request) => {
    const rig = botRig({ withServiceBot: true, rules: [{ actor: alice, services: [{ level: "login" }] }] });

    await handle(rig, event);

    expect(rig.ports.requests.map((made) => made.trim())).toEqual([request]);
  });

  it.each([
    ["by our own bot, of a ghost that is to speak", memberEvent("invite", ghost, { sender: mainBot })],
    ["by a ghost, of another one", memberEvent("invite", ghost, { sender: "@_hookshot_bob:example.org" })],
    ["by a ghost that opened the room, of our bot", memberEvent("invite", mainBot, { sender: ghost })],
    ["of a namesake of our ghosts elsewhere", memberEvent("invite", "@_hookshot_x:evil.example")],
    ["of a person", memberEvent("invite", mallory)],
  ])("%s is left alone", async (_what, event) => {
    const rig = botRig();

    await handle(rig, event);

    expect(rig.ports.requests).toEqual([]);
  });

  it.each([
    { outcome: "joined", isChat: true },
    { outcome: "refused", isChat: false },
  ])(
    "to a direct chat makes it one before the person can see the bot join, and no longer when that is $outcome: $isChat",
    async ({ isChat }) => {
      const rig = botRig();
      const whileJoining: boolean[] = [];
      const join = rig.ports.join.bind(rig.ports);
      rig.ports.join = async (...asked) => {
        whileJoining.push(rig.deps.adminRooms.has(room));
        if (!isChat) throw new RemoteError("no", { status: 403 });
        return join(...asked);
      };

      await handle(rig, memberEvent("invite", mainBot, { content: { is_direct: true } }));

      expect([...whileJoining, rig.deps.adminRooms.has(room)]).toEqual([true, isChat]);
    },
  );

  it("to a direct chat marks the room for the bot and in its record, keeping what else is noted", async () => {
    const rig = botRig();
    const type = "uk.half-shot.matrix-hookshot.github.room";
    rig.ports.accountData.set(`${room}/${type}`, { notifications: true });

    await handle(rig, memberEvent("invite", mainBot, { content: { is_direct: true } }));

    expect(rig.ports.accountData.get(`${room}/${type}`)).toEqual({ notifications: true, admin_user: alice });
    expect(rig.rooms.records.get(room)?.adminUser).toBe(alice);
    expect(rig.deps.adminRooms.has(room)).toBe(true);
  });

  it("waits while members of rooms that permissions name are not known", async () => {
    const loading = { has: () => false, isLoading: () => true, applyMember: () => undefined };
    const rig = botRig({ rules: [], overrides: { permissionRooms: loading } });

    await expect(handle(rig, memberEvent("invite", mainBot))).rejects.toMatchObject({ isTransient: true });
    expect(rig.ports.requests).toEqual([]);
  });

  it("waits for a homeserver that cannot be reached, however long", async () => {
    const rig = botRig();
    rig.ports.fail("join", new RemoteError("No answer"));

    await expect(handle(rig, memberEvent("invite", mainBot), now - 3 * day)).rejects.toThrow("No answer");
  });

  it.each([
    ["the homeserver refuses", 403, now],
    ["the room's server has failed for a day", 502, now - day - 1],
  ])("is given up and logged when %s", async (_when, status, receivedAt) => {
    const rig = botRig();
    rig.ports.fail("join", new RemoteError("No", { status }));

    await handle(rig, memberEvent("invite", mainBot, { content: { is_direct: true } }), receivedAt);

    expect(rig.log).toMatchObject([{ level: "warn", message: `${mainBot} could not join ${room}; invite it again` }]);
    expect(rig.rooms.records.get(room)?.adminUser).toBeUndefined();
  });
});

describe("a bot that joins", () => {
  it("is noted before the room is read, and says nothing", async () => {
    const rig = botRig();
    rig.rooms.records.clear();

    const replies = await createSpeaker(rig.deps)(work(memberEvent("join", mainBot)));

    expect(replies).toEqual([]);
    expect(rig.operations.calls).toEqual([`readRoom ${room}`]);
    expect(rig.rooms.records.get(room)).toMatchObject({ bots: [mainBot], readAt: now });
  });

  it("may speak from then on: what was held back because it was not there is let go, also when it was known before", async () => {
    const rig = botRig();

    await handle(rig, memberEvent("join", mainBot));

    expect(rig.maySpeak).toEqual([room]);
  });

  it("reads the room again when the first reading failed", async () => {
    const rig = botRig();
    rig.rooms.records.clear();
    rig.operations.refusals.set("readRoom", new RemoteError("No answer"));
    await expect(handle(rig, memberEvent("join", mainBot))).rejects.toThrow("No answer");
    rig.operations.refusals.clear();

    await handle(rig, memberEvent("join", mainBot));

    expect(rig.operations.calls).toEqual([`readRoom ${room}`, `readRoom ${room}`]);
  });

  it.each([
    ["is in a room that was read", memberEvent("join", mainBot)],
    ["changes its name", memberEvent("join", serviceBot, { unsigned: { prev_content: { membership: "join" } } })],
  ])("does not read the room when it %s already", async (_what, event) => {
    const rig = botRig({ withServiceBot: true });

    await handle(rig, event);

    expect(rig.operations.calls).toEqual([]);
  });

  it("takes up a direct chat that account data marks", async () => {
    const rig = botRig();
    rig.rooms.records.clear();
    rig.operations.facts = { adminUser: alice };

    await handle(rig, memberEvent("join", mainBot));

    expect(rig.deps.adminRooms.has(room)).toBe(true);
  });
});

describe("a bot that leaves", () => {
  it.each(["leave", "ban"])("as the last one makes the room forgotten (%s)", async (membership) => {
    const rig = botRig();

    await handle(rig, memberEvent(membership, mainBot));

    expect(rig.operations.calls).toEqual([`forgetRoom ${room}`]);
    expect(rig.rooms.records.get(room)?.bots).toEqual([]);
  });

  it("leaves the connections to the bot that stays", async () => {
    const rig = botRig({ withServiceBot: true });

    await handle(rig, memberEvent("leave", serviceBot));

    expect(rig.operations.calls).toEqual([]);
    expect(rig.rooms.records.get(room)?.bots).toEqual([mainBot]);
  });

  it("and comes back reads the room again", async () => {
    const rig = botRig({ rules: everybodyManages });

    await handle(rig, memberEvent("leave", mainBot));
    await handle(rig, memberEvent("invite", mainBot));
    await handle(rig, memberEvent("join", mainBot));

    expect(rig.operations.calls).toEqual([`forgetRoom ${room}`, `readRoom ${room}`]);
    expect(rig.rooms.records.get(room)?.bots).toEqual([mainBot]);
  });

  it("from a room nobody knows changes nothing", async () => {
    const rig = botRig();

    await handle(rig, memberEvent("leave", mainBot, { room_id: "!other:example.org" }));

    expect(rig.rooms.records.has("!other:example.org")).toBe(false);
  });
});

it("notes encryption", async () => {
  const rig = botRig();

  await handle(rig, stateEvent("m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" }));

  expect(rig.rooms.records.get(room)?.encrypted).toBe(true);
});

it("tells members of rooms that permissions name", async () => {
  const seen: string[] = [];
  const permissionRooms = {
    has: () => true,
    isLoading: () => false,
    applyMember: (event: { state_key?: string }) => void seen.push(event.state_key ?? ""),
  };
  const rig = botRig({ overrides: { permissionRooms } });

  await handle(rig, memberEvent("join", mallory));

  expect(seen).toEqual([mallory]);
});

it.each([
  ["null content values", stateEvent("m.room.tombstone", { replacement_room: null })],
  ["a member that is no user id", memberEvent("invite", "@", {})],
  ["encryption without algorithm", stateEvent("m.room.encryption", {})],
])("lives through %s", async (_what, event) => {
  const rig = botRig();

  await handle(rig, event);

  expect(rig.log).toEqual([]);
  expect(rig.ports.requests).toEqual([]);
});

it("logs what it cannot do, and the events behind it are dealt with", async () => {
  const rig = botRig();
  rig.operations.refusals.set("forgetRoom", new TypeError("broken"));

  await handle(rig, memberEvent("leave", mainBot));

  expect(rig.log).toMatchObject([{ level: "error", message: "An event of a room could not be dealt with" }]);
});
