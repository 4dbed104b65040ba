import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  grantType,
  legacyType,
  mainBot,
  mallory,
  room,
  url,
  type Rig,
} from "../../test/support/connections-rig.js";
import { away, forbidden } from "../../test/support/room-fakes.js";
import type { RoomId } from "../core/ids.js";

const newRoom: RoomId = "!new:example.org";
const workUrl = "https://tracker.example/projects/WORK";

/** A room with two connections, upgraded to a room that the bot is in. */
async function upgraded(create: object = { room_version: "12", predecessor: { room_id: room } }): Promise<Rig> {
  const rig = await connectionsRig();
  const { server, operations } = rig;
  await operations.applyStateEvent(server.send(room, canonicalType, url, { url, unknown: "kept" }, alice));
  await operations.applyStateEvent(server.send(room, legacyType, workUrl, { url: workUrl }, alice));
  server.send(room, "m.room.tombstone", "", { replacement_room: newRoom }, alice);
  server.createRoom(newRoom, alice, [mainBot], { ...create });
  await rig.unitOfWork.commit(rig.rooms.put({ roomId: newRoom, bots: [mainBot], carryOverFrom: room }));
  server.takeRequests();
  return rig;
}

describe("carrying connections over to a room's replacement", () => {
  it("grants and writes them there, and ends them here", async () => {
    const rig = await upgraded();

    const pairs = await rig.operations.carryOver(room, newRoom);

    expect(pairs.map(({ from, to }) => [from.roomId, to.roomId, from.stateKey === to.stateKey])).toEqual([
      [room, newRoom, true],
      [room, newRoom, true],
    ]);
    expect(rig.server.contentOf(newRoom, canonicalType, url)).toEqual({ url, unknown: "kept" });
    expect(rig.server.contentOf(newRoom, canonicalType, workUrl)).toEqual({ url: workUrl });
    expect(rig.server.accountDataByRoom.get(`${newRoom} ${grantType}`)).toEqual({ granted: true });
    expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ disabled: true });
    expect(rig.server.contentOf(room, legacyType, workUrl)).toEqual({ disabled: true });
    expect(rig.server.accountDataByRoom.get(`${room} ${grantType}`)).toEqual({ granted: false });
    expect(await rig.connections()).toEqual([]);
    expect(await rig.connections(newRoom)).toHaveLength(2);
    expect(await rig.index.byRemoteKey("tracker", "tracker.example/projects/WORK")).toMatchObject([{ roomId: newRoom }]);
  });

  it("tells what moved while it still stands in the old room", async () => {
    const rig = await upgraded();
    const seen: number[] = [];
    rig.onMoved = async (pairs) => {
      seen.push(pairs.length, (await rig.connections()).length, (await rig.connections(newRoom)).length);
    };

    await rig.operations.carryOver(room, newRoom);

    expect(seen).toEqual([2, 2, 2]);
  });

  it("changes nothing where the bot lacks power", async () => {
    const rig = await upgraded();
    rig.server.send(newRoom, "m.room.power_levels", "", { users: { [mainBot]: 49 } }, alice);

    await expect(rig.operations.carryOver(room, newRoom)).rejects.toMatchObject({ code: "HS_FORBIDDEN_BOT" });

    expect(rig.server.takeRequests().filter((request) => request.startsWith("set"))).toEqual([]);
    expect(await rig.connections()).toHaveLength(2);
  });

  it.each([
    ["the new room names another predecessor", { predecessor: { room_id: "!other:example.org" } }, newRoom],
    ["the new room names none", { predecessor: null }, newRoom],
    ["the old room names another replacement", { predecessor: { room_id: room } }, "!other:example.org"],
  ])("does nothing when %s", async (_name, create, replacement) => {
    const rig = await upgraded(create);
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: replacement }, mallory);

    expect(await rig.operations.carryOver(room, newRoom)).toEqual([]);

    expect(await rig.connections()).toHaveLength(2);
    expect(await rig.connections(newRoom)).toEqual([]);
  });

  it.each(["setAccountData !new", "set !new", "set !room", "setAccountData !room", "moved"])(
    "can be run again after %s failed, and tells the same pairs until the last step",
    async (failing) => {
      const rig = await upgraded();
      rig.server.failing = (request) => (request.startsWith(failing) ? away : undefined);
      if (failing === "moved") rig.onMoved = () => Promise.reject(away);
      await expect(rig.operations.carryOver(room, newRoom)).rejects.toBe(away);
      rig.server.failing = () => undefined;
      const moved: string[] = [];
      rig.onMoved = async (pairs) => void moved.push(...pairs.map(({ to }) => to.stateKey));

      await rig.operations.carryOver(room, newRoom);

      expect(moved).toContain(workUrl);
      expect((await rig.connections(newRoom)).map(({ status, stateKey }) => [status.kind, stateKey]).sort()).toEqual([
        ["active", url],
        ["active", workUrl],
      ]);
      expect(rig.server.contentOf(room, canonicalType, url)).toEqual({ disabled: true });
      expect(await rig.operations.carryOver(room, newRoom)).toEqual([]);
    },
  );

  it("keeps newer settings that somebody made in the new room", async () => {
    const rig = await upgraded();
    rig.server.send(newRoom, canonicalType, url, { url, quiet: true }, alice);

    const pairs = await rig.operations.carryOver(room, newRoom);

    expect(pairs).toHaveLength(2);
    expect(rig.server.contentOf(newRoom, canonicalType, url)).toEqual({ url, quiet: true });
  });

  it("leaves behind what is not in use", async () => {
    const rig = await upgraded();
    rig.server.setAccountData(room, grantType, { granted: false });

    const pairs = await rig.operations.carryOver(room, newRoom);

    expect(pairs.map(({ to }) => to.stateKey)).toEqual([workUrl]);
  });

  it("works long after the upgrade, with nothing in the index", async () => {
    const before = await upgraded();
    const rig = await before.rebuilt();
    await rig.unitOfWork.commit([
      ...rig.rooms.put({ roomId: newRoom, bots: [mainBot] }),
      ...rig.rooms.put({ roomId: room, bots: [mainBot] }),
    ]);

    expect(await rig.operations.carryOver(room, newRoom)).toHaveLength(2);
  });

  it("is done although the old room refuses the bot", async () => {
    const rig = await upgraded();
    rig.server.failing = (request) => (request.startsWith(`set ${room}`) ? forbidden : undefined);

    expect(await rig.operations.carryOver(room, newRoom)).toHaveLength(2);

    expect(await rig.connections()).toEqual([]);
  });
});
