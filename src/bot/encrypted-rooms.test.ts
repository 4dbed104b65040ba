import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  mainBot,
  mallory,
  memberEvent,
  now,
  room,
  serviceBot,
  spoken,
  stateEvent,
  work,
  type BotRig,
  type BotRigOptions,
  createSpeaker,
} from "../../test/support/bot-fakes.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { Reply, RoomWork } from "../core/ports/room-work.js";

const opened: RoomId = "!opened1:example.org";
const own: RoomId = "!own:example.org";
const algorithm = { algorithm: "m.megolm.v1.aes-sha2" };
const unreadable = "I cannot read encrypted rooms yet: what is typed here does not reach me.";
const openIt = `${unreadable} To type commands, open a direct chat with \`${mainBot}\` and leave encryption switched off there.`;
const linkTo = (roomId: RoomId): string => `[direct chat](https://matrix.to/#/${encodeURIComponent(roomId)}?via=example.org)`;
const invited = `${unreadable} ${alice}: I have invited you to a ${linkTo(opened)} that is not encrypted. Type \`help\` there.`;
const greeting = "Hello! This chat is not encrypted, so that I can read what you type here. For a list of commands, type `help`.";

interface Scene {
  readonly rig: BotRig;
  readonly handle: (work: RoomWork) => Promise<readonly Reply[]>;
  readonly creations: () => number;
}

/** Only alice may use the bot, which is in `room`. */
function scene(options: BotRigOptions = {}): Scene {
  const rig = botRig({ rules: [{ actor: alice, services: [{ level: "commands" }] }], ...options });
  const creations = (): number => rig.ports.requests.filter((request) => request.startsWith("createDirectRoom")).length;
  return { rig, handle: createSpeaker(rig.deps), creations };
}

function encryption(extra: Partial<StateEvent> = {}): StateEvent {
  return stateEvent("m.room.encryption", algorithm, extra);
}

function turnOn({ handle }: Scene, extra: Partial<StateEvent> = {}, how: Partial<RoomWork> = {}): Promise<readonly Reply[]> {
  return handle(work(encryption(extra), how));
}

/** The homeserver tells what happened when the bot opened its first direct chat with alice. */
async function tellOfOpened({ rig, handle }: Scene, isEncrypted = false): Promise<readonly Reply[]> {
  const facts = rig.operations.facts;
  rig.operations.facts = { bots: [mainBot], create: { sender: mainBot, content: {} }, ...(isEncrypted ? { encrypted: true } : {}) };
  const inChat = { room_id: opened, sender: mainBot };
  const replies = [
    ...(await handle(work(memberEvent("join", mainBot, { ...inChat, event_id: "$join" })))),
    ...(isEncrypted ? await handle(work(encryption({ ...inChat, event_id: "$encrypted" }))) : []),
    ...(await handle(work(memberEvent("invite", alice, { ...inChat, event_id: "$invite", content: { is_direct: true } })))),
  ];
  rig.operations.facts = facts;
  return replies;
}

describe("a room in which encryption is turned on", () => {
  it("is told that it cannot be read, and whoever did it gets a direct chat", async () => {
    const all = scene();

    const replies = await turnOn(all);
    const inChat = await tellOfOpened(all);

    expect(spoken(replies)).toEqual([invited]);
    expect(replies[0]).toMatchObject({ roomId: room, sender: mainBot, message: { content: { msgtype: "m.notice", "m.mentions": {} } } });
    expect(spoken(inChat)).toEqual([greeting]);
    expect(inChat[0]).toMatchObject({ roomId: opened, sender: mainBot });
    expect(all.rig.rooms.records.get(opened)?.adminUser).toBe(alice);
    expect(all.rig.ports.accountData.get(`${opened}/uk.half-shot.matrix-hookshot.github.room`)).toEqual({ admin_user: alice });
    expect(all.rig.deps.adminRooms.has(opened)).toBe(true);
  });

  it("is told once", async () => {
    const all = scene();

    await turnOn(all);

    expect(await turnOn(all, { event_id: "$again" })).toEqual([]);
    expect(all.creations()).toBe(1);
  });

  it("is told again by the same event, since what was said before a crash was not stored", async () => {
    const all = scene();

    await turnOn(all);
    await tellOfOpened(all);

    expect(spoken(await turnOn(all, {}, { begun: true }))).toEqual([invited]);
    expect(all.creations()).toBe(1);
  });

  it.each([
    ["joined", "join", `${unreadable} ${alice}: type to me in our ${linkTo(own)}, which is not encrypted.`],
    ["invited", "invite", `${unreadable} ${alice}: I have invited you to a ${linkTo(own)} that is not encrypted. Type \`help\` there.`],
  ])("is pointed to the direct chat that there is (%s)", async (_how, membership, text) => {
    const all = scene();
    const record = { roomId: own, bots: [mainBot], adminUser: alice };
    all.rig.rooms.records.set(own, record);
    all.rig.deps.adminRooms.note(record);
    all.rig.ports.setState(own, "m.room.member", { membership }, alice);

    expect(spoken(await turnOn(all))).toEqual([text]);
    expect(all.creations()).toBe(0);
  });

  it.each([
    ["the person has left", { roomId: own, bots: [mainBot], adminUser: alice }, "leave"],
    ["is encrypted too", { roomId: own, bots: [mainBot], adminUser: alice, encrypted: true }, "join"],
    ["we have left", { roomId: own, bots: [serviceBot], adminUser: alice }, "join"],
    ["is somebody else's", { roomId: own, bots: [mainBot], adminUser: mallory }, "join"],
  ] as const)("is not pointed to a direct chat that %s", async (_which, record, membership) => {
    const all = scene();
    all.rig.rooms.records.set(own, record);
    all.rig.ports.setState(own, "m.room.member", { membership }, alice);

    expect(spoken(await turnOn(all))).toEqual([invited]);
  });

  it("shares the chat with another room that needs it at the same time", async () => {
    const all = scene();
    all.rig.rooms.records.set(own, { roomId: own, bots: [mainBot], readAt: now });

    const replies = await Promise.all([turnOn(all), turnOn(all, { room_id: own, event_id: "$other" })]);

    expect(replies.flatMap(spoken)).toEqual([invited, invited]);
    expect(all.creations()).toBe(1);
  });

  it.each([
    ["somebody who may not use the bot", { sender: mallory }],
    ["a person of whom the homeserver would make no chat", {}],
  ])("by %s is told what to do", async (_who, extra) => {
    const all = scene();
    all.rig.ports.fail("createDirectRoom", new RemoteError("No", { status: 403 }));

    expect(spoken(await turnOn(all, extra))).toEqual([openIt]);
  });

  it("is not told where only a service bot is, or none", async () => {
    for (const bots of [[serviceBot], []] as const) {
      const all = scene({ withServiceBot: true });
      all.rig.rooms.records.set(room, { ...all.rig.rooms.records.get(room)!, bots });

      expect(await turnOn(all)).toEqual([]);
      expect(all.creations()).toBe(0);
    }
  });

  it("waits for a homeserver that is away, and does not ask twice for what it may have made already", async () => {
    const all = scene();
    all.rig.ports.onOpened = () => {
      throw new RemoteError("The answer was lost", { outcomeUnknown: true });
    };
    await expect(turnOn(all)).rejects.toThrow("The answer was lost");
    all.rig.ports.wholeStates.set(opened, [
      stateEvent("m.room.create", {}, { room_id: opened, sender: mainBot }),
      memberEvent("join", mainBot, { room_id: opened, sender: mainBot }),
      memberEvent("invite", alice, { room_id: opened, sender: mainBot }),
    ]);

    expect(spoken(await turnOn(all))).toEqual([invited]);
    expect(all.creations()).toBe(1);
  });

  it("asks a homeserver that fails no second time: it may have made a room without the person", async () => {
    const all = scene();
    all.rig.ports.fail("createDirectRoom", new RemoteError("Broken", { status: 502 }));

    expect(spoken(await turnOn(all))).toEqual([openIt]);
    expect(await turnOn(all, { event_id: "$again" })).toEqual([]);
    expect(all.creations()).toBe(1);
  });
});

describe("an encrypted room that the bot joins", () => {
  async function join(all: Scene, isDirect: boolean): Promise<readonly Reply[]> {
    all.rig.rooms.records.delete(room);
    await all.handle(work(memberEvent("invite", mainBot, { event_id: "$invited", content: { is_direct: isDirect } })));
    all.rig.operations.facts = { bots: [mainBot], encrypted: true, create: { sender: alice, content: {} } };
    return all.handle(work(memberEvent("join", mainBot, { sender: mainBot, event_id: "$joined" })));
  }

  const mayInvite: BotRigOptions = { rules: [{ actor: alice, services: [{ level: "login" }] }] };

  it("is told so, and who invited it gets a direct chat", async () => {
    expect(spoken(await join(scene(mayInvite), false))).toEqual([invited]);
  });

  it("as a direct chat is none in which commands are expected, and names the new one", async () => {
    const all = scene(mayInvite);

    expect(spoken(await join(all, true))).toEqual([invited]);
    expect(all.rig.deps.adminRooms.has(room)).toBe(false);
  });

  it("says nothing when the bot changes its name there", async () => {
    const all = scene();
    all.rig.rooms.records.set(room, { ...all.rig.rooms.records.get(room)!, encrypted: true });
    const event = memberEvent("join", mainBot, { unsigned: { prev_content: { membership: "join" } } });

    expect(await all.handle(work(event))).toEqual([]);
  });
});

describe("a homeserver that encrypts every room", () => {
  it("gets one chat opened for each person, and no more", async () => {
    const all = scene();
    all.rig.ports.onOpened = (roomId) => all.rig.ports.setState(roomId, "m.room.encryption", algorithm);

    const first = await turnOn(all);
    const inChat = await tellOfOpened(all, true);
    all.rig.rooms.records.set(own, { roomId: own, bots: [mainBot], readAt: now });
    const second = await createSpeaker(all.rig.deps)(work(encryption({ room_id: own })));

    expect([spoken(first), spoken(second)]).toEqual([[openIt], [openIt]]);
    expect(spoken(inChat)).toEqual([
      expect.stringMatching(/^The homeserver encrypted this chat, .*`encryption_enabled_by_default_for_room_type`/),
    ]);
    expect(all.creations()).toBe(1);
    expect(all.rig.deps.adminRooms.has(opened)).toBe(false);
  });

  it("is the same as a person who turns encryption on in the chat that we opened", async () => {
    const all = scene();
    await turnOn(all);
    await tellOfOpened(all);

    expect(spoken(await turnOn(all, { room_id: opened, event_id: "$inChat" }))).toEqual([openIt]);
    expect(all.creations()).toBe(1);
  });
});

it.each([
  ["no direct chat", { is_direct: false }, mainBot],
  ["not ours", { is_direct: true }, mallory],
])("an invitation of a person that is %s makes nobody's chat", async (_what, content, sender) => {
  const { rig, handle } = scene();

  expect(await handle(work(memberEvent("invite", alice, { sender, content })))).toEqual([]);
  expect(rig.rooms.records.get(room)?.adminUser).toBeUndefined();
});
