import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  emptyRig,
  grantType,
  legacyType,
  mainBot,
  mallory,
  room,
  trackerBot,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, broken, FakeRoomServer, forbidden } from "../../test/support/room-fakes.js";
import type { RoomId } from "../core/ids.js";
import { findConnections } from "./find-by-remote-key.js";

const newRoom: RoomId = "!new:example.org";
const oldAdminType = "uk.half-shot.matrix-github.room";
const adminType = "uk.half-shot.matrix-hookshot.github.room";

async function withConnection(): Promise<Rig> {
  const rig = await connectionsRig();
  await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, url, { url }, alice));
  return rig;
}

describe("reading a room", () => {
  it("adds what the index lacks, changes what differs and removes what is gone", async () => {
    const rig = await withConnection();
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "PLAY", { url }, alice));
    rig.server.send(room, canonicalType, url, { disabled: true }, alice);
    rig.server.send(room, canonicalType, "PLAY", { url, quiet: true }, alice);
    rig.server.send(room, legacyType, "older", { url }, alice);

    await rig.operations.readRoom(room);

    const found = (await rig.connections()).map(({ stateKey, eventType, state }) => [stateKey, eventType, state["quiet"]]);
    expect(found.sort()).toEqual([
      ["PLAY", canonicalType, true],
      ["older", legacyType, undefined],
    ]);
  });

  it("keeps many connections of one room that hear the same remote thing apart", async () => {
    const rig = await connectionsRig();
    const stateKeys = Array.from({ length: 200 }, (_, number) => `view ${number}`);
    for (const [priority, stateKey] of stateKeys.entries()) rig.server.send(room, canonicalType, stateKey, { url, priority }, alice);
    await rig.operations.readRoom(room);
    rig.server.send(room, canonicalType, "view 7", {}, alice);

    await rig.operations.readRoom(room);

    const found = await findConnections(rig.index, "tracker", ["tracker.example/projects/PLAY"]);
    expect(found.map(({ stateKey }) => stateKey)).toEqual(stateKeys.filter((stateKey) => stateKey !== "view 7").reverse());
  });

  it.each([
    ["fails", away],
    ["is answered with an error", broken],
    ["is refused", forbidden],
  ])("removes nothing when the read %s", async (_name, error) => {
    const rig = await withConnection();
    const before = await rig.rooms.get(room);
    rig.server.failing = (request) => (request.startsWith("readAll") ? error : undefined);

    await expect(rig.operations.readRoom(room)).rejects.toBe(error);

    expect(await rig.connections()).toHaveLength(1);
    expect(await rig.rooms.get(room)).toEqual(before);
  });

  it("changes nothing when one grant of several cannot be read", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, canonicalType, url, { url }, alice);
    rig.server.send(room, canonicalType, "other", { url: "https://tracker.example/projects/WORK" }, alice);
    rig.server.failing = (request) => (request === `getAccountData ${room} ${grantType}` ? away : undefined);

    await expect(rig.operations.readRoom(room)).rejects.toBe(away);

    expect(await rig.connections()).toEqual([]);
  });

  it("notes what else is to know of the room", async () => {
    const rig = await connectionsRig();
    rig.server.send(room, "m.room.encryption", "", { algorithm: "m.megolm.v1.aes-sha2" }, alice);
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);

    await rig.operations.readRoom(room);

    expect(await rig.rooms.get(room)).toEqual({
      roomId: room,
      bots: [mainBot, trackerBot],
      encrypted: true,
      readAt: rig.clock.now(),
      create: { sender: alice, content: { room_version: "11" } },
    });
  });

  it.each([
    ["the mark", { [adminType]: alice }, alice],
    ["the older mark", { [oldAdminType]: alice }, alice],
    ["the newer of two marks", { [oldAdminType]: mallory, [adminType]: alice }, alice],
    ["garbage", { [adminType]: 7 }, undefined],
  ])("finds whose direct chat it is by %s, once", async (_name, marks, person) => {
    const server = new FakeRoomServer();
    server.createRoom(room, alice, [mainBot]);
    for (const [type, user] of Object.entries(marks)) server.setAccountData(room, type, { admin_user: user });
    const rig = await emptyRig(server);

    await rig.operations.readRoom(room);
    server.takeRequests();
    await rig.operations.readRoom(room);

    expect((await rig.rooms.get(room))?.adminUser).toBe(person);
    expect(server.takeRequests()).toEqual([`readAll ${room} ${mainBot}`]);
  });

  it("does not believe the view of a bot that has left, but asks another one", async () => {
    const rig = await withConnection();
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);
    await rig.operations.readRoom(room);
    rig.server.leave(room, mainBot);

    await rig.operations.readRoom(room);

    expect((await rig.rooms.get(room))?.bots).toEqual([trackerBot]);
    expect(await rig.connections()).toHaveLength(1);
  });

  it("ends the connections of a room that no bot is in any more", async () => {
    const rig = await withConnection();
    rig.server.leave(room, mainBot);

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toEqual([]);
    expect((await rig.rooms.get(room))?.bots).toEqual([]);
  });

  it("ends the connections of a room that was replaced, and takes no new ones there", async () => {
    const rig = await withConnection();
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: newRoom }, alice);

    await rig.operations.readRoom(room);
    await rig.operations.applyStateEvent(rig.server.send(room, canonicalType, "late", { url }, alice));

    expect(await rig.connections()).toEqual([]);
    expect((await rig.rooms.get(room))?.replacedBy).toBe(newRoom);
  });

  it("keeps the connections of a replaced room until they were carried over", async () => {
    const rig = await withConnection();
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: newRoom }, alice);
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: newRoom, bots: [mainBot], carryOverFrom: room }));

    await rig.operations.readRoom(room);

    expect(await rig.connections()).toHaveLength(1);
  });

  it("into an empty index gives the same as following the events did", async () => {
    const rig = await connectionsRig();
    const { server, operations } = rig;
    rig.consent = ({ state }) => (String(state["url"]).endsWith("PLAY") ? { granted: true } : { granted: false, reason: "no rights" });
    const steps: readonly [string, string, object, typeof alice][] = [
      [legacyType, url, { url, priority: 1 }, alice],
      [canonicalType, url, { url, priority: 2 }, alice],
      [canonicalType, url, { url: "https://tracker.example/stolen" }, mallory],
      [canonicalType, "refused", { url: "https://tracker.example/projects/WORK" }, alice],
      [canonicalType, "broken", { url: null }, alice],
      [canonicalType, "ended", { url }, alice],
      [canonicalType, "ended", {}, alice],
      [legacyType, "older", { url }, alice],
      [canonicalType, "older", { url, quiet: true }, alice],
      [canonicalType, "older", { disabled: true }, alice],
      [canonicalType, "stranger", { url }, mallory],
    ];
    for (const [type, stateKey, content, sender] of steps) {
      await operations.applyStateEvent(server.send(room, type, stateKey, { ...content }, sender));
    }

    const rebuilt = await rig.rebuilt();
    rebuilt.consent = rig.consent;
    await rebuilt.operations.readRoom(room);

    expect(await rebuilt.connections()).toEqual(await rig.connections());
    expect((await rig.connections()).map(({ status }) => status.kind).sort()).toEqual(["active", "active", "invalid", "ungranted"]);
    expect(await rebuilt.index.count()).toEqual(await rig.index.count());
  });

  it("forgets on demand and leaves the room's state as it is", async () => {
    const rig = await withConnection();
    rig.server.takeRequests();

    await rig.operations.forgetRoom(room);

    expect(await rig.connections()).toEqual([]);
    expect(rig.server.takeRequests()).toEqual([]);
  });

  it("in the room's turn never wins over a newer event", async () => {
    const rig = await withConnection();
    const reading = rig.queue.run(room, () => rig.operations.readRoom(room));
    const changed = rig.server.send(room, canonicalType, url, { url, quiet: true }, alice);
    const applying = rig.queue.run(room, () => rig.operations.applyStateEvent(changed));
    const ended = rig.server.send(room, canonicalType, url, {}, alice);
    const readingAgain = rig.queue.run(room, () => rig.operations.readRoom(room));
    const ending = rig.queue.run(room, () => rig.operations.applyStateEvent(ended));

    await Promise.all([reading, applying, readingAgain, ending]);

    expect(await rig.connections()).toEqual([]);
  });
});
