import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryLevel } from "memory-level";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAppserviceRoutes } from "../../src/apis/appservice/routes.js";
import { createAliasRooms } from "../../src/app/alias-rooms.js";
import { Late } from "../../src/app/late.js";
import type { LateParts } from "../../src/app/late-parts.js";
import { createServiceRooms } from "../../src/app/service-rooms.js";
import { BotDirectory } from "../../src/core/bots.js";
import type { RoomId, UserId } from "../../src/core/ids.js";
import type { NewRoom, ServiceRooms } from "../../src/core/ports/service-rooms.js";
import type { Service } from "../../src/core/service.js";
import { createListener, type Listener } from "../../src/http/listener.js";
import { createMatrix, type Matrix } from "../../src/matrix/matrix.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { createMetrics } from "../../src/shared/metrics.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createRoomStore } from "../../src/storage/stores/room-store.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { createServiceContext } from "../support/service-context.js";
import { freePort } from "../support/free-ports.js";
import { Synapse } from "../support/synapse.js";

/*
 * Ghosts, the rooms that services open, files, and aliases that come to be when somebody joins them, on a real Synapse.
 */

const bot: UserId = "@hookshot:localhost";
const ghost: UserId = "@_code_alice:localhost";
const connectionType = "org.example.code";
const connection = { type: connectionType, stateKey: "a/b", content: { org: "a" } };
const newRoom: NewRoom = { name: "A room", isPublic: true, state: [connection] };

let folder: string;
let synapse: Synapse;
let alice: MatrixPerson;
let matrix: Matrix;
let rooms: ServiceRooms;
let listener: Listener;
const readRooms: RoomId[] = [];
const askedFor: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-ghosts-"));
  const [port, asToken, hsToken] = [await freePort(), randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  const registration = {
    ...{
      id: "code",
      url: `http://127.0.0.1:${port}`,
      as_token: asToken,
      hs_token: hsToken,
      sender_localpart: "hookshot",
      rate_limited: false,
    },
    namespaces: {
      users: [{ regex: "@_code_.*:localhost", exclusive: true }],
      aliases: [{ regex: "#code_.+:localhost", exclusive: true }],
      rooms: [],
    },
  };
  const file = join(folder, "code.json");
  await writeFile(file, JSON.stringify(registration));
  synapse = await Synapse.start({ registrations: [file], progress: (line) => console.log(line) });
  const stored = new Map<string, string>();
  matrix = createMatrix({
    ...{ homeserverUrl: synapse.url, asToken: new Secret(asToken), registrationId: "code", msc4190: false },
    store: { get: (key) => stored.get(key), put: (key, value) => ({ type: "put", key, value }), remove: (key) => ({ type: "del", key }) },
    unitOfWork: {
      async commit(changes) {
        for (const change of changes) if (change.type === "put") stored.set(change.key, change.value.toString());
      },
    },
    ...{ clock: systemClock, random: systemRandom, log: silentLog(), onCall: () => undefined },
    pictures: {
      async request() {
        const bytes = Buffer.from("not really a picture");
        return { status: 200, headers: { "content-type": "image/png" }, body: bytes.toString(), bytes };
      },
    },
    botsIn: () => Promise.resolve([bot]),
  });
  await matrix.botAccount.registerBot({ userId: bot });
  rooms = createRooms();
  listener = createListener({
    ...{ bindAddress: "127.0.0.1", port, clock: systemClock, random: systemRandom, log: silentLog() },
    routes: createAppserviceRoutes({
      hsToken: new Secret(hsToken),
      intake: { take: () => Promise.resolve() },
      isOurUser: (userId) => userId === bot,
      openRoom: createAliasRooms({
        services: [{ service: aliasService(), context: createServiceContext({}) }],
        ...{ domain: "localhost", namespaces: [/#code_.+:localhost/], clock: systemClock, log: silentLog() },
        isAsking: (alias) => matrix.roomMaker.isAsking(alias),
      }),
      metrics: createMetrics(),
      log: silentLog(),
    }),
  });
  await listener.start();
  alice = await synapse.person("alice");
});

afterAll(async () => {
  await matrix.close();
  await alice.stop();
  await listener.stop();
  await synapse.stop();
  await rm(folder, { recursive: true });
});

/** A service with a room for each alias that begins with `code_known`. */
function aliasService(): Service<unknown> {
  return {
    ...{ id: "code", title: "Code", configKey: "code", permissionName: "code", configSchema: {}, kinds: [] },
    aliases: {
      owns: (localpart) => localpart.startsWith("code_"),
      async create(localpart) {
        askedFor.push(localpart);
        if (!localpart.startsWith("code_known") || (await rooms.findByAlias(localpart)) !== undefined) return false;
        await rooms.create({ ...newRoom, alias: localpart });
        return true;
      },
    },
  };
}

function createRooms(): ServiceRooms {
  const database = new MemoryLevel<string, string>();
  const work = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const store = createRoomStore(database);
  const late = new Late<LateParts>("parts");
  late.fill({
    announcer: { announce: () => Promise.resolve() },
    queue: { run: (_roomId, task) => task() },
    isFirstReading: () => false,
    async readRoom(roomId) {
      readRooms.push(roomId);
      await work.commit(store.put({ roomId, bots: [bot], readAt: 1 }));
    },
    directChatOf: () => Promise.resolve(undefined),
    emit: () => Promise.resolve(),
  });
  return createServiceRooms({
    ...{ serviceId: "code", permissionName: "code", rooms: store, matrix, late, log: silentLog() },
    bots: new BotDirectory({ userId: bot, prefix: "!hookshot" }, [], [/@_code_.*:localhost/]),
    isConnectionType: (type) => type === connectionType,
  });
}

function sendAs(sender: UserId, roomId: RoomId, body: string): Promise<unknown> {
  return matrix.sender.send({
    roomId,
    sender,
    transactionId: body,
    message: { type: "m.room.message", content: { msgtype: "m.text", body } },
  });
}

describe("a ghost on Synapse", () => {
  it("speaks in a room that needs an invitation, with name and picture", async () => {
    // The homeserver made it: a room id.
    const roomId = (await alice.createRoom({ preset: "private_chat", invite: [bot] })) as RoomId;
    await matrix.accounts.join(roomId, bot);

    await matrix.ghosts.prepare(ghost, { displayName: "alice", avatarUrl: "https://web.test/alice.png" }, roomId);
    await sendAs(ghost, roomId, "said by a ghost");

    const said = (await alice.readTimeline(roomId)).find((event) => event.content["body"] === "said by a ghost");
    expect(said).toMatchObject({ sender: ghost });
    expect(matrix.sender.isRepeatSafe(ghost)).toBe(true);
    const profile = await alice.call("GET", `/_matrix/client/v3/profile/${encodeURIComponent(ghost)}`);
    expect(profile).toMatchObject({ displayname: "alice", avatar_url: expect.stringMatching(/^mxc:\/\/localhost\//) });
  });

  it("is made ready anew after it was thrown out", async () => {
    const roomId = (await alice.createRoom({ preset: "public_chat", invite: [bot] })) as RoomId;
    await matrix.ghosts.prepare(ghost, { displayName: "alice" }, roomId);
    await alice.call("POST", `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/kick`, { user_id: ghost });
    await expect(sendAs(ghost, roomId, "refused")).rejects.toMatchObject({ status: 403 });

    matrix.ghosts.forget(ghost, roomId);
    await matrix.ghosts.prepare(ghost, { displayName: "alice" }, roomId);
    await sendAs(ghost, roomId, "back again");

    expect((await alice.readTimeline(roomId)).map((event) => event.content["body"])).toContain("back again");
  });

  it("has an id that Synapse takes, whatever the login", async () => {
    const userId = rooms.ghostId("_code_Renovate[bot] ä");

    expect(userId).toBe("@_code_renovate=5bbot=5d=20=c3=a4:localhost");
    await expect(matrix.ghosts.introduce({ userId: userId ?? ghost, displayName: "Renovate" })).resolves.toBeUndefined();
  });
});

describe("a room that a service opens on Synapse", () => {
  it.each([
    { what: "public", isPublic: true },
    { what: "private", isPublic: false },
  ])("as a ghost is $what, has the bot with power in it, and connections that the bot set", async ({ what, isPublic }) => {
    const wanted: NewRoom = { ...newRoom, isPublic, alias: `code_by_ghost_${what}`, as: { userId: ghost, displayName: "alice" } };

    const roomId = await rooms.create(wanted);

    expect(await rooms.create(wanted)).toBe(roomId);
    const state = await matrix.roomState.readAll(roomId, bot);
    expect(state.find(({ type }) => type === "m.room.create")?.sender).toBe(ghost);
    expect(state.find(({ type }) => type === connectionType)).toMatchObject({ sender: bot, content: { org: "a" } });
    expect(state.find(({ type }) => type === "m.room.power_levels")?.content["users"]).toMatchObject({ [bot]: 100 });
    expect(readRooms.filter((read) => read === roomId)).toHaveLength(1);
  });

  it("as the bot has what it was asked for, a space with its own power levels included", async () => {
    const powerLevels = {
      ban: 100,
      kick: 100,
      redact: 100,
      state_default: 100,
      events_default: 50,
      invite: 50,
      notifications: { room: 100 },
    };

    const roomId = await rooms.create({ ...newRoom, type: "m.space", topic: "About it", avatarUrl: "https://web.test/a.png", powerLevels });

    const state = await matrix.roomState.readAll(roomId, bot);
    const contentOf = (type: string): unknown => state.find((event) => event.type === type)?.content;
    expect(contentOf("m.room.create")).toMatchObject({ type: "m.space" });
    expect(contentOf("m.room.power_levels")).toMatchObject(powerLevels);
    expect(contentOf("m.room.topic")).toMatchObject({ topic: "About it" });
    expect(contentOf("m.room.avatar")).toMatchObject({ url: expect.stringMatching(/^mxc:/) });
    expect(contentOf(connectionType)).toEqual({ org: "a" });
  });

  it("comes to be when somebody joins its alias; other aliases lead nowhere", async () => {
    const joined = await alice.call("POST", `/_matrix/client/v3/join/${encodeURIComponent("#code_known_1:localhost")}`, {});

    expect(joined).toEqual({ room_id: await rooms.findByAlias("code_known_1") });
    await expect(alice.call("POST", `/_matrix/client/v3/join/${encodeURIComponent("#code_other:localhost")}`, {})).rejects.toThrow();
    expect(askedFor).toEqual(["code_known_1", "code_other"]);
  });

  it("is not made by looking for it", async () => {
    expect(await rooms.findByAlias("code_known_2")).toBeUndefined();
    expect(askedFor).not.toContain("code_known_2");
  });
});

describe("a file on Synapse", () => {
  it("is read as it was written", async () => {
    const bytes = randomBytes(10_000);

    const address = await matrix.media.upload(bytes, "image/png", "a picture.png");

    expect(await matrix.media.download(address)).toEqual({ bytes, contentType: "image/png" });
    await expect(matrix.media.download("mxc://localhost/nothing")).rejects.toMatchObject({ status: 404 });
  });
});
