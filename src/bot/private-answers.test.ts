import { beforeEach, describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  createSpeaker,
  FakeTracker,
  ghost,
  mainBot,
  mallory,
  memberEvent,
  messageEvent,
  room,
  spoken,
  stateEvent,
  work,
  type BotRig,
} from "../../test/support/bot-fakes.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { Reply } from "../core/ports/room-work.js";
import type { ConnectionTarget, ConnectResult, Resolution } from "../core/service.js";

const chat: RoomId = "!chat:example.org";
const opened: RoomId = "!opened1:example.org";
const secret = "https://hooks.example/planted-secret";
const connected = "Connected to Tracker project builds.";
const inChat = " More about it stands in our direct chat.";
const refusal = `It was done, but I cannot tell you privately what belongs to it. Start a direct chat with \`${mainBot}\`, leave encryption off there, and run the command again.`;

let rig: BotRig;
let told: ConnectResult[];

beforeEach(() => {
  const tracker = new FakeTracker();
  told = [];
  const target: ConnectionTarget = {
    kindId: "project",
    stateKey: "builds",
    state: { url: "https://tracker.example/builds" },
    name: "builds",
    privately(result) {
      told.push(result);
      return { body: `Your address:\n${secret}` };
    },
  };
  tracker.answer = { kind: "found", target };
  rig = botRig({ tracker });
  rig.ports.members = [alice, mainBot];
});

/** A direct chat of alice and the main bot. */
function openChat(roomId: RoomId, extra: Partial<RoomRecord> = {}, membership = "join"): void {
  const record = { ...rig.rooms.records.get(room)!, roomId, adminUser: alice, ...extra };
  rig.rooms.records.set(roomId, record);
  rig.deps.adminRooms.note(record);
  rig.ports.setState(roomId, "m.room.member", { membership }, alice);
}

function say(body = "!connect tracker builds", from: RoomId = room): Promise<readonly Reply[]> {
  return createSpeaker(rig.deps)(work(messageEvent(body, { room_id: from })));
}

describe("what a person is told privately once a room is connected", () => {
  it("is said in their direct chat by the main bot, before the room is answered, and is not among what is stored", async () => {
    openChat(chat);

    const replies = await say();

    expect(spoken(replies)).toEqual([`${connected}${inChat}`]);
    expect(JSON.stringify([...replies, ...rig.rooms.values, ...rig.log])).not.toContain("planted-secret");
    expect([...rig.sender.sent.values()]).toEqual([
      {
        roomId: chat,
        sender: mainBot,
        message: {
          type: "m.room.message",
          content: {
            msgtype: "m.notice",
            body: `Your address:\n${secret}`,
            format: "org.matrix.custom.html",
            formatted_body: expect.stringContaining("Your address:<br>"),
            "m.mentions": {},
          },
        },
        transactionId: expect.stringMatching(/^[\w-]{43}$/),
      },
    ]);
    expect(told).toEqual([{ kind: "created", connection: rig.operations.connections[0] }]);
  });

  it("is said as well when it comes of what was done at the remote afterwards", async () => {
    openChat(chat);
    const { target } = rig.tracker.answer as Extract<Resolution, { kind: "found" }>;
    const { privately: _usual, ...others } = target;
    const afterwards: ConnectionTarget["afterwards"] = async () => ({ said: "Nothing comes yet.", privately: { body: secret } });
    rig.tracker.answer = { kind: "found", target: { ...others, afterwards } };

    const replies = await say();

    expect(spoken(replies)).toEqual([`${connected} Nothing comes yet.${inChat}`]);
    expect([...rig.sender.sent.values()]).toMatchObject([{ roomId: chat, message: { content: { body: secret } } }]);
    expect(JSON.stringify([...replies, ...rig.rooms.values, ...rig.log])).not.toContain("planted-secret");
  });

  it("is said for a connection that was there as well, and once for one command however often it is run", async () => {
    openChat(chat);

    await say();
    await say();

    expect(told.map(({ kind }) => kind)).toEqual(["created", "exists"]);
    expect(rig.sender.requests).toEqual([`send ${chat}`, `send ${chat}`]);
    expect(rig.sender.said).toHaveLength(1);

    await createSpeaker(rig.deps)(work(messageEvent("!connect tracker builds", { event_id: "$another" })));
    expect(rig.sender.said).toHaveLength(2);
  });

  it("is looked for before it is said, where the homeserver may have forgotten that it was", async () => {
    openChat(chat);
    rig.sender.isSafe = false;

    await say();
    await say();

    expect(rig.sender.requests).toEqual([`find ${chat}`, `send ${chat}`, `find ${chat}`]);
  });

  it("is said where it was asked for, if that is a direct chat", async () => {
    openChat("!a:example.org");
    openChat(chat);

    await say("!connect tracker builds", chat);

    expect(rig.sender.said).toEqual([`${chat}: Your address:\n${secret}`]);
  });

  it.each<[string, () => void]>([
    ["there is none", () => undefined],
    ["they left it", () => openChat(chat, {}, "leave")],
    ["it is encrypted", () => openChat(chat, { encrypted: true })],
    [
      "somebody else reads along",
      () => {
        openChat(chat);
        rig.ports.members = [alice, mainBot, mallory];
      },
    ],
  ])("gets a direct chat opened where %s", async (_why, prepare) => {
    prepare();

    expect(spoken(await say())).toEqual([`${connected}${inChat}`]);

    expect(rig.sender.said).toEqual([`${opened}: Your address:\n${secret}`]);
  });

  it("is said where only our own users are besides the person", async () => {
    openChat(chat);
    rig.ports.members = [alice, mainBot, ghost];

    await say();

    expect(rig.sender.said).toEqual([`${chat}: Your address:\n${secret}`]);
  });

  it("looks at the person's own chats only, however many rooms there are", async () => {
    openChat(chat);
    rig.rooms.list = () => Promise.reject(new Error("all rooms were looked through"));

    expect((await say())[0]?.message.content["body"]).toBe(connected + inChat);
  });

  it("waits for a homeserver that is away", async () => {
    openChat(chat);
    rig.sender.failure = new RemoteError("away");

    await expect(say()).rejects.toThrow("away");

    rig.sender.failure = undefined;
    expect(spoken(await say())).toEqual([`This room is already connected to Tracker project builds. Nothing was changed.${inChat}`]);
    expect(rig.sender.said).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ["the homeserver refuses it", () => (rig.sender.failure = new RemoteError("no", { status: 403 }))],
    ["no chat can be opened", () => rig.ports.fail("createDirectRoom", new RemoteError("no", { status: 403 }))],
    [
      "the homeserver encrypts the chat",
      () => {
        rig.ports.onOpened = (roomId) => rig.ports.setState(roomId, "m.room.encryption", { algorithm: "m.megolm.v1.aes-sha2" });
      },
    ],
  ])("is not told where %s, and the room is told what to do", async (_why, prepare) => {
    prepare();

    expect(spoken(await say())).toEqual([refusal]);
    expect(JSON.stringify(rig.log)).not.toContain("planted-secret");
  });

  it("finds the chat again that was opened before a crash, and opens no second one", async () => {
    rig.sender.failure = new RemoteError("The process ended here");
    await expect(say()).rejects.toThrow();
    const { rooms, tracker } = rig;
    const restarted = botRig({ tracker, overrides: { rooms, unitOfWork: rooms } });
    // Another process: what is stored and what the homeserver has is the same, memory is empty.
    const state = [
      stateEvent("m.room.create", {}, { room_id: opened, sender: mainBot }),
      memberEvent("join", mainBot, { room_id: opened }),
      memberEvent("invite", alice, { room_id: opened }),
    ];
    for (const [key, value] of rooms.values) restarted.rooms.values.set(key, value);
    restarted.ports.wholeStates.set(opened, state);
    restarted.ports.joined.push(opened);
    rig = restarted;

    await say();

    expect(rig.sender.said).toEqual([`${opened}: Your address:\n${secret}`]);
    expect(rig.ports.requests.filter((request) => request.startsWith("createDirectRoom"))).toEqual([]);
  });

  it("leaves nothing noted once it is known whose chat was opened", async () => {
    await say();
    expect(rig.rooms.values.size).toBe(1);
    rig.operations.facts = { bots: [mainBot], create: { sender: mainBot, content: {} } };

    await createSpeaker(rig.deps)(work(memberEvent("invite", alice, { room_id: opened, sender: mainBot, content: { is_direct: true } })));

    expect(rig.rooms.values.size).toBe(0);
  });

  it("notes nothing of a chat that the homeserver refused to open", async () => {
    rig.ports.fail("createDirectRoom", new RemoteError("no", { status: 403 }));

    await say();

    expect(rig.rooms.values.size).toBe(0);
  });

  it("tells what the service failed at in the room, and waits for nothing", async () => {
    openChat(chat);
    // What the rig's tracker was given above.
    const { target } = rig.tracker.answer as Extract<Resolution, { kind: "found" }>;
    rig.tracker.answer = { kind: "found", target: { ...target, privately: () => Promise.reject(new RemoteError("The tracker is gone.")) } };

    expect(spoken(await say())).toEqual(["The tracker is gone. Try again later; if it goes on, tell the administrator."]);
  });
});

describe("what a set-up command says privately", () => {
  const setUp = "!hookshot tracker project https://tracker.example/builds";

  it("is the target's and the answer's own", async () => {
    openChat(chat);
    const [project] = rig.tracker.service.setupCommands!;
    const run = project!.run.bind(project);
    const service = {
      ...rig.tracker.service,
      setupCommands: [
        { ...project!, run: async (...call: Parameters<typeof run>) => ({ ...(await run(...call)), privately: { body: "And this." } }) },
      ],
    };
    const deps = { ...rig.deps, services: [{ ...rig.tracker.active, service }] };

    const replies = await createSpeaker(deps)(work(messageEvent(setUp)));

    expect(spoken(replies)).toEqual(["Room configured to bridge https://tracker.example/builds.", "✅"]);
    expect(rig.sender.said).toEqual([`${chat}: Your address:\n${secret}`, `${chat}: And this.`]);
  });

  it("waits for a homeserver that is away, and is refused with the remedy otherwise", async () => {
    openChat(chat);
    rig.sender.failure = new RemoteError("away");
    await expect(say(setUp)).rejects.toThrow("away");

    rig.sender.failure = new RemoteError("no", { status: 403 });
    expect(spoken(await say(setUp))).toEqual(["⛔", `Failed to handle command: ${refusal}`]);
  });
});
