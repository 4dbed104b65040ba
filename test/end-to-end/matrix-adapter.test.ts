import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutgoingEvent } from "../../src/core/ports/message-sender.js";
import type { EventId, RoomId, UserId } from "../../src/core/ids.js";
import { createMatrix, type Matrix } from "../../src/matrix/matrix.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { MatrixPerson } from "../support/matrix-client.js";
import { freePort } from "../support/free-ports.js";
import { Synapse } from "../support/synapse.js";

/*
 * src/matrix on a real Synapse, with two appservices: one whose devices are made by PUT (io.element.msc4190), one without that flag.
 */

const bot: UserId = "@hookshot:localhost";
const plainBot: UserId = "@plain:localhost";
const connectionType = "uk.half-shot.matrix-hookshot.jira.project";

let folder: string;
let synapse: Synapse;
let alice: MatrixPerson;
let roomId: RoomId;
let appservice: Server;
const pings: string[] = [];
const matrices: Matrix[] = [];

interface Registration {
  readonly id: string;
  readonly as_token: string;
  readonly file: string;
}

async function writeRegistration(id: string, sender: string, url: string | null, more: object): Promise<Registration> {
  const file = join(folder, `${id}.json`);
  const registration = {
    id,
    url,
    as_token: randomBytes(16).toString("hex"),
    hs_token: randomBytes(16).toString("hex"),
    sender_localpart: sender,
  };
  const namespaces = { users: [{ regex: `@_${id}_.*:localhost`, exclusive: true }], aliases: [], rooms: [] };
  await writeFile(file, JSON.stringify({ ...registration, rate_limited: false, namespaces, ...more }));
  return { id, as_token: registration.as_token, file };
}

function connect({ id, as_token }: Registration, msc4190: boolean, stored = new Map<string, string>()): Matrix {
  const matrix = createMatrix({
    homeserverUrl: synapse.url,
    asToken: new Secret(as_token),
    registrationId: id,
    msc4190,
    store: {
      get: (key) => stored.get(key),
      put: (key, value) => ({ type: "put", key, value }),
      remove: (key) => ({ type: "del", key }),
    },
    unitOfWork: {
      commit: async (changes) => {
        for (const change of changes) if (change.type === "put") stored.set(change.key, change.value.toString());
      },
    },
    clock: systemClock,
    random: systemRandom,
    log: silentLog(),
    pictures: { request: () => Promise.reject(new TypeError("no pictures are fetched here")) },
    botsIn: () => Promise.resolve([]),
    onCall: () => undefined,
  });
  matrices.push(matrix);
  return matrix;
}

function message(transactionId: string, body: string, sender = bot): OutgoingEvent {
  return { roomId, sender, transactionId, message: { type: "m.room.message", content: { msgtype: "m.notice", body } } };
}

async function countOf(body: string): Promise<number> {
  return (await alice.readTimeline(roomId)).filter((event) => event.content["body"] === body).length;
}

let modern: Registration;
let matrix: Matrix;
let plain: Matrix;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "switchboard-adapter-"));
  const port = await freePort();
  appservice = createServer((request, response) => {
    pings.push(`${request.method ?? ""} ${request.url ?? ""}`);
    request.resume();
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => appservice.listen(port, "127.0.0.1", resolve));
  modern = await writeRegistration("modern", "hookshot", `http://127.0.0.1:${port}`, { "io.element.msc4190": true });
  const older = await writeRegistration("older", "plain", null, {});
  synapse = await Synapse.start({ registrations: [modern.file, older.file], progress: (line) => console.log(line) });
  matrix = connect(modern, true);
  plain = connect(older, false);
  alice = await synapse.person("alice");
  // The homeserver made it: a room id.
  roomId = (await alice.createRoom({ invite: [bot, plainBot], power_level_content_override: { state_default: 0, redact: 0 } })) as RoomId;
});

afterAll(async () => {
  await Promise.all(matrices.map((one) => one.close()));
  await alice.stop();
  await synapse.stop();
  appservice.closeAllConnections();
  appservice.close();
  await rm(folder, { recursive: true });
});

describe("src/matrix on Synapse", () => {
  it("knows whose token it has", async () => {
    expect(await matrix.botAccount.whoami()).toBe(bot);
    expect(await matrix.botAccount.versions()).toContain("v1.11");
  });

  it("registers bots once and for all", async () => {
    await matrix.botAccount.registerBot({ userId: bot });
    await matrix.botAccount.registerBot({ userId: bot });
    await plain.botAccount.registerBot({ userId: plainBot });

    await expect(matrix.botAccount.registerBot({ userId: "@somebody:localhost" })).rejects.toMatchObject({ remoteCode: "M_EXCLUSIVE" });
  });

  it("sets display name and avatar", async () => {
    const avatar = join(folder, "face.png");
    await writeFile(avatar, "not really a picture");

    await matrix.botAccount.syncProfile({ userId: bot, prefix: "!hookshot", displayName: "Switchboard", avatar });

    const profile = await alice.call("GET", `/_matrix/client/v3/profile/${encodeURIComponent(bot)}`);
    expect(profile).toMatchObject({ displayname: "Switchboard", avatar_url: expect.stringMatching(/^mxc:\/\/localhost\//) });
    await matrix.botAccount.syncProfile({ userId: bot, prefix: "!hookshot", displayName: "Switchboard" });
    expect(await alice.call("GET", `/_matrix/client/v3/profile/${encodeURIComponent(bot)}`)).not.toHaveProperty("avatar_url");
  });

  it("sees an invitation before it is accepted, and nothing of rooms that are not its own", async () => {
    // The homeserver makes them: room ids.
    const privateRoom = (await alice.createRoom({ preset: "private_chat" })) as RoomId;
    const version12 = (await alice.createRoom({ preset: "private_chat", room_version: "12", invite: [bot] })) as RoomId;
    const { accounts } = matrix;

    expect(await accounts.membership(roomId, bot)).toBe("invite");
    expect(await accounts.membership(version12, bot, ["localhost"])).toBe("invite");
    expect(await accounts.membership(privateRoom, bot)).toBeUndefined();
    expect(await accounts.membership("!nothing:localhost", bot, ["localhost"])).toBeUndefined();
    expect(await accounts.membership("!nothing", bot)).toBeUndefined();
    await alice.kick(version12, bot);
    expect(await accounts.membership(version12, bot)).toBeUndefined();
    expect(await accounts.joinedRooms(bot)).toEqual([]);
  });

  it("joins, and lists its rooms and their members", async () => {
    expect(await matrix.accounts.join(roomId, bot)).toBe(roomId);
    await plain.accounts.join(roomId, plainBot);

    expect(await matrix.accounts.joinedRooms(bot)).toEqual([roomId]);
    expect([...(await matrix.roomState.joinedMembers(roomId, bot))].sort()).toEqual([alice.userId, bot, plainBot].sort());
  });

  it("is pinged", async () => {
    await matrix.botAccount.ping("ping-1");

    expect(pings).toContain("POST /_matrix/app/v1/ping");
  });

  it("sends as a device, and a transaction id survives a restart of the homeserver", async () => {
    const first = await matrix.sender.send(message("txn-restart", "once only"));
    expect(matrix.sender.isRepeatSafe(bot)).toBe(true);
    await synapse.restart();

    const second = await matrix.sender.send(message("txn-restart", "once only"));

    expect(second).toBe(first);
    expect(await countOf("once only")).toBe(1);
  });

  it("gets its device without the flag too", async () => {
    const first = await plain.sender.send(message("txn-plain", "plain once", plainBot));
    expect(plain.sender.isRepeatSafe(plainBot)).toBe(true);
    await synapse.restart();

    expect(await plain.sender.send(message("txn-plain", "plain once", plainBot))).toBe(first);
    expect(await countOf("plain once")).toBe(1);
  });

  it("finds what an earlier try stored, by its transaction id", async () => {
    const since = Date.now();
    const sent = await matrix.sender.send(message("txn-find", "same words"));
    const other = await matrix.sender.send(message("txn-other", "same words"));

    expect(await matrix.sender.find(message("txn-find", "same words"), since)).toBe(sent);
    expect(await matrix.sender.find(message("txn-other", "same words"), since)).toBe(other);
    expect(await matrix.sender.find(message("txn-never", "same words"), since)).toBeUndefined();
  });

  it("makes a new device when the homeserver lost it", async () => {
    const before = await matrix.sender.send(message("txn-before", "before the loss"));
    const devices = await callAs(bot, "GET", "/_matrix/client/v3/devices");
    for (const { device_id } of (devices as { devices: { device_id: string }[] }).devices) {
      await callAs(bot, "DELETE", `/_matrix/client/v3/devices/${device_id}`);
    }

    await expect(matrix.sender.send(message("txn-after", "after the loss"))).rejects.toMatchObject({
      outcomeUnknown: true,
      isTransient: true,
    });

    const since = Date.now() - 60_000;
    expect(await matrix.sender.find(message("txn-before", "before the loss"), since)).toBe(before);
    expect(await matrix.sender.find(message("txn-after", "after the loss"), since)).toBeUndefined();
    await matrix.sender.send(message("txn-after", "after the loss"));
    expect(await countOf("after the loss")).toBe(1);
    expect(matrix.sender.isRepeatSafe(bot)).toBe(false);
  });

  it("reads and sets state", async () => {
    const stateKey = "https://jira.test/projects/PLAY";
    const eventId = await matrix.roomState.set(roomId, connectionType, stateKey, { url: stateKey }, bot);

    expect(await matrix.roomState.read(roomId, connectionType, stateKey, bot)).toEqual({ url: stateKey });
    expect(await matrix.roomState.read(roomId, connectionType, "none", bot)).toBeUndefined();
    const state = await matrix.roomState.readAll(roomId, bot);
    expect(state.find((event) => event.type === connectionType)).toMatchObject({ event_id: eventId, room_id: roomId, sender: bot });
  });

  it("reads one event, and redacts", async () => {
    // The homeserver made it: an event id.
    const said = (await alice.sendText(roomId, "to be redacted")) as EventId;
    expect(await matrix.roomState.readEvent(roomId, said, bot)).toMatchObject({ event_id: said, sender: alice.userId });

    await matrix.roomState.redact(roomId, said, "a reason", bot);

    expect((await matrix.roomState.readEvent(roomId, said, bot))?.content).toEqual({});
    expect(await matrix.roomState.readEvent(roomId, "$c29tZXRoaW5nIHRoYXQgaXMgbm90IHRoZXJlIGF0IGFsbA", bot)).toBeUndefined();
  });

  it("keeps account data in a room", async () => {
    expect(await matrix.accountData.get(roomId, "uk.half-shot.matrix-hookshot.github.room", bot)).toBeUndefined();

    await matrix.accountData.set(roomId, "uk.half-shot.matrix-hookshot.github.room", { admin_user: alice.userId }, bot);

    expect(await matrix.accountData.get(roomId, "uk.half-shot.matrix-hookshot.github.room", bot)).toEqual({ admin_user: alice.userId });
  });

  it("opens a direct chat without encryption, and leaves with a reason", async () => {
    const direct = await matrix.accounts.createDirectRoom(alice.userId as UserId, bot);

    expect(await alice.waitForInvite(bot)).toBe(direct);
    expect(await matrix.roomState.read(direct, "m.room.encryption", "", bot)).toBeUndefined();
    await alice.join(direct);
    await matrix.accounts.leave(direct, bot, "Done here.");
    expect(await alice.getStateContent(direct, "m.room.member", bot)).toMatchObject({ membership: "leave", reason: "Done here." });
  });

  it("joins a room of version 12, whose id names no server", async () => {
    const newest = await alice.createRoom({ room_version: "12", invite: [bot] });

    expect(await matrix.accounts.join(newest, bot, ["localhost"])).toBe(newest);
  });

  it("is refused in rooms it is not in", async () => {
    const foreign = (await alice.createRoom()) as RoomId;

    await expect(matrix.sender.send({ ...message("txn-foreign", "x"), roomId: foreign })).rejects.toMatchObject({ status: 403 });
    await expect(matrix.roomState.readAll(foreign, bot)).rejects.toMatchObject({ status: 403 });
  });

  it("waits for a homeserver that is away", async () => {
    await synapse.pause();

    await expect(matrix.sender.send(message("txn-away", "patience"))).rejects.toMatchObject({ isTransient: true });

    await synapse.resume();
    await matrix.sender.send(message("txn-away", "patience"));
    expect(await countOf("patience")).toBe(1);
  });
});

/** A call as one of our users, past src/matrix. */
async function callAs(user: UserId, method: "GET" | "DELETE", path: string): Promise<unknown> {
  const person = new MatrixPerson(synapse.url, user, modern.as_token);
  try {
    return await person.call(method, `${path}?user_id=${encodeURIComponent(user)}`);
  } finally {
    await person.stop();
  }
}
