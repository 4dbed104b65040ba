import { MemoryLevel } from "memory-level";
import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";
import { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { HttpClient } from "../core/ports/http-client.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { Reply } from "../core/ports/room-work.js";
import type { NewRoom, ServiceRooms } from "../core/ports/service-rooms.js";
import { silentLog } from "../shared/log.js";
import { GroupCommit } from "../storage/group-commit.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { createServiceRooms } from "./service-rooms.js";

const bot = "@hookshot:fake.test";
const codeBot = "@code:fake.test";
const ghost = { userId: "@_code_alice:fake.test", displayName: "alice" } as const;
const connectionType = "org.example.code";
const connection = { type: connectionType, stateKey: "a/b", content: { org: "a" } };
const newRoom: NewRoom = { name: "A room", isPublic: true, state: [] };

interface Setup {
  readonly at: MatrixOnFake;
  readonly rooms: ServiceRooms;
  readonly said: { readonly about: string; readonly reply: Reply }[];
  /** Rooms that were read anew, and whether that happened in their turn. */
  readonly read: (readonly [RoomId, boolean])[];
  readonly note: (record: RoomRecord) => Promise<void>;
}

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

interface Options extends Partial<FakeHomeserverOptions> {
  readonly pictures?: HttpClient;
  readonly chats?: Readonly<Record<UserId, RoomId>>;
}

async function setUp({ pictures, chats = {}, ...options }: Options = {}): Promise<Setup> {
  fixture = await startMatrixOnFake(options, pictures === undefined ? {} : { pictures });
  const database = new MemoryLevel<string, string>();
  const work = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const store = createRoomStore(database);
  const note = (record: RoomRecord): Promise<void> => work.commit(store.put(record));
  const said: Setup["said"] = [];
  const read: (readonly [RoomId, boolean])[] = [];
  let turn: RoomId | undefined;
  const late = new Late<LateParts>("parts");
  late.fill({
    announcer: { announce: async (about, reply) => void said.push({ about, reply }) },
    queue: {
      async run(roomId, task) {
        turn = roomId;
        return task().finally(() => (turn = undefined));
      },
    },
    isFirstReading: () => false,
    async readRoom(roomId) {
      read.push([roomId, turn === roomId]);
      await note({ roomId, bots: [bot], readAt: 1 });
    },
    directChatOf: async (person) => chats[person],
    emit: () => Promise.resolve(),
  });
  const rooms = createServiceRooms({
    ...{ serviceId: "code", permissionName: "code", rooms: store, matrix: fixture.matrix, late, log: silentLog() },
    bots: new BotDirectory({ userId: bot, prefix: "!hookshot" }, [{ userId: codeBot, prefix: "!code", service: "code" }], [/@_code_.*/]),
    isConnectionType: (type) => type === connectionType,
  });
  return { at: fixture, rooms, said, read, note };
}

function stateOf({ at }: Setup, roomId: RoomId, type: string, stateKey = ""): unknown {
  const event = at.homeserver.memory.rooms.get(roomId)?.stateEvent(type, stateKey);
  return event === undefined ? undefined : [event.sender, event.content];
}

describe("a room that a service opens as the bot", () => {
  it("has what it was asked for, connections included, and is read in its turn", async () => {
    const setup = await setUp();

    const roomId = await setup.rooms.create({ ...newRoom, topic: "About it", state: [connection], invite: ["@bob:fake.test"] });

    expect(stateOf(setup, roomId, "m.room.name")).toEqual([bot, { name: "A room" }]);
    expect(stateOf(setup, roomId, "m.room.topic")).toEqual([bot, { topic: "About it" }]);
    expect(stateOf(setup, roomId, connectionType, "a/b")).toEqual([bot, { org: "a" }]);
    expect(stateOf(setup, roomId, "m.room.member", "@bob:fake.test")).toEqual([bot, { membership: "invite" }]);
    expect(setup.read).toEqual([[roomId, true]]);
  });

  it("is found again by its alias: nothing is made twice", async () => {
    const setup = await setUp();
    const roomId = await setup.rooms.create({ ...newRoom, alias: "code_a_b" });
    setup.at.homeserver.resetCounters();

    expect(await setup.rooms.create({ ...newRoom, alias: "code_a_b" })).toBe(roomId);
    expect(await setup.rooms.findByAlias("code_a_b")).toBe(roomId);

    expect(setup.at.homeserver.counters).toEqual({ create_room: 1, alias: 2 });
    expect(setup.at.homeserver.memory.rooms.size).toBe(1);
    expect(setup.read).toHaveLength(1);
  });

  it("is taken up where an earlier try ended after the room was made", async () => {
    const setup = await setUp();
    const roomId = await setup.at.matrix.roomMaker.create({ room_alias_name: "code_a_b" }, bot);

    expect(await setup.rooms.create({ ...newRoom, alias: "code_a_b" })).toBe(roomId);
    expect(setup.read).toEqual([[roomId, true]]);
  });

  it("is made without asking for its alias, about which the homeserver would ask us", async () => {
    const setup = await setUp();

    await setup.rooms.create({ ...newRoom, alias: "code_a_b" });

    expect(setup.at.homeserver.counters).not.toHaveProperty("alias");
  });

  it("has a picture from the web, and does without where there is none", async () => {
    const pictures: HttpClient = {
      async request({ url }) {
        if (url.endsWith("none")) throw new RemoteError("no answer came");
        return { status: 200, headers: { "content-type": "image/png" }, body: "", bytes: Buffer.from("picture") };
      },
    };
    const setup = await setUp({ pictures });

    const pictured = await setup.rooms.create({ ...newRoom, avatarUrl: "https://web.test/a.png" });
    const plain = await setup.rooms.create({ ...newRoom, avatarUrl: "https://web.test/none" });

    expect(stateOf(setup, pictured, "m.room.avatar")).toEqual([bot, { url: "mxc://fake.test/media0" }]);
    expect(stateOf(setup, plain, "m.room.avatar")).toBeUndefined();
  });

  it("is read once it is complete, although it was read while it was being made", async () => {
    const early: RoomId[] = [];
    const pictures: HttpClient = {
      async request() {
        for (const roomId of setup.at.homeserver.memory.rooms.keys()) {
          // The fake's keys are ids of rooms.
          early.push(roomId as RoomId);
          await setup.note({ roomId: roomId as RoomId, bots: [bot], readAt: 1 });
        }
        throw new RemoteError("no answer came");
      },
    };
    const setup = await setUp({ pictures });

    const roomId = await setup.rooms.create({ ...newRoom, avatarUrl: "https://web.test/none" });

    expect(early).toEqual([roomId]);
    expect(setup.read).toEqual([[roomId, true]]);
  });

  it("fails with the homeserver's reason", async () => {
    const setup = await setUp();
    setup.at.homeserver.setFaults({ refusals: [{ kind: "create_room", status: 403, errcode: "M_FORBIDDEN" }] });

    await expect(setup.rooms.create(newRoom)).rejects.toMatchObject({ status: 403 });
  });
});

describe("a room that a ghost opens", () => {
  const opened: NewRoom = {
    ...newRoom,
    alias: "code_a_b",
    as: ghost,
    state: [connection, { type: "org.example.other", stateKey: "", content: { a: 1 } }],
  };

  it.each([true, false])("is the ghost's; the bot joins, has power and sets the connections (public: %s)", async (isPublic) => {
    const setup = await setUp();

    const roomId = await setup.rooms.create({ ...opened, isPublic });

    expect(stateOf(setup, roomId, "m.room.create")).toMatchObject([ghost.userId, {}]);
    expect(stateOf(setup, roomId, "m.room.member", bot)).toEqual([bot, { membership: "join" }]);
    expect(stateOf(setup, roomId, "m.room.power_levels")).toEqual([ghost.userId, { users: { [ghost.userId]: 100, [bot]: 100 } }]);
    expect(stateOf(setup, roomId, "org.example.other")).toEqual([ghost.userId, { a: 1 }]);
    expect(stateOf(setup, roomId, connectionType, "a/b")).toEqual([bot, { org: "a" }]);
    expect(setup.at.homeserver.memory.profiles.get(ghost.userId)).toEqual({ displayname: "alice" });
    expect(setup.read).toEqual([[roomId, true]]);
  });

  it.each(["join", "state", "set_state"])("is finished by the next call where the first one ended before %s", async (kind) => {
    const setup = await setUp();
    setup.at.homeserver.setFaults({ refusals: [{ kind, status: 500, errcode: "M_UNKNOWN", times: 1 }] });
    await expect(setup.rooms.create(opened)).rejects.toMatchObject({ isTransient: true });

    const roomId = await setup.rooms.create(opened);

    expect(setup.at.homeserver.memory.rooms.size).toBe(1);
    expect(stateOf(setup, roomId, connectionType, "a/b")).toEqual([bot, { org: "a" }]);
    expect(stateOf(setup, roomId, "m.room.power_levels")).toEqual([ghost.userId, { users: { [ghost.userId]: 100, [bot]: 100 } }]);
    expect(setup.read).toEqual([[roomId, true]]);
  });

  it("keeps a connection that was changed since", async () => {
    const setup = await setUp();
    const roomId = await setup.rooms.create(opened);
    await setup.rooms.setState(roomId, connectionType, "a/b", { org: "changed" });

    await setup.rooms.create(opened);

    expect(await setup.rooms.readState(roomId, connectionType, "a/b")).toEqual({ org: "changed" });
    expect(setup.read).toHaveLength(1);
  });
});

describe("what a service does in a room", () => {
  const roomId = "!room:fake.test";
  const presets = [{ roomId, creator: "@owner:fake.test", members: [bot, codeBot] }];

  it.each([
    { joined: [bot, codeBot], as: codeBot },
    { joined: [bot], as: bot },
  ])("is done by the bot that serves it there: $as", async ({ joined, as }) => {
    const setup = await setUp({ rooms: presets });
    await setup.note({ roomId, bots: joined as UserId[] });

    await setup.rooms.setState(roomId, "org.example.other", "key", { a: 1 });
    await setup.rooms.say("greeting", roomId, notice("Hello"));

    expect(stateOf(setup, roomId, "org.example.other", "key")).toEqual([as, { a: 1 }]);
    expect(await setup.rooms.readState(roomId, "org.example.other", "key")).toEqual({ a: 1 });
    expect(await setup.rooms.readState(roomId, "org.example.other", "none")).toBeUndefined();
    expect(setup.said).toEqual([{ about: "code|greeting", reply: { roomId, sender: as, message: notice("Hello") } }]);
  });

  it("may be said by a ghost, with name and picture", async () => {
    const setup = await setUp();

    await setup.rooms.say("comment 1", roomId, notice("Hello"), { ...ghost, avatarUrl: "https://web.test/a.png" });
    await setup.rooms.say("comment 2", roomId, notice("Hello"), ghost);

    expect(setup.said.map(({ reply }) => [reply.sender, reply.ghost])).toEqual([
      [ghost.userId, { displayName: "alice", avatarUrl: "https://web.test/a.png" }],
      [ghost.userId, { displayName: "alice" }],
    ]);
  });

  it("reads one event, and knows when it is not there", async () => {
    const setup = await setUp({ rooms: presets });
    const said = setup.at.homeserver.sendAs("@owner:fake.test", roomId, { type: "m.room.message", content: { body: "hi" } });

    expect(await setup.rooms.readEvent(roomId, said.event_id as `$${string}`)).toMatchObject({ content: { body: "hi" } });
    expect(await setup.rooms.readEvent(roomId, "$none")).toBeUndefined();
  });

  it("tells a person in their direct chat, as the main bot", async () => {
    const setup = await setUp({ chats: { "@alice:fake.test": "!chat:fake.test" } });

    await setup.rooms.tellPerson("due", "@alice:fake.test", notice("It is due."));

    expect(setup.said).toEqual([{ about: "code|due", reply: { roomId: "!chat:fake.test", sender: bot, message: notice("It is due.") } }]);
  });

  it("fails where a person cannot be told", async () => {
    const setup = await setUp();

    await expect(setup.rooms.tellPerson("due", "@bob:fake.test", notice("It is due."))).rejects.toMatchObject({
      code: "HS_REMOTE_ERROR",
      isTransient: false,
    });
    expect(setup.said).toEqual([]);
  });
});
