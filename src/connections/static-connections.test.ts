import { describe, expect, it } from "vitest";
import {
  alice,
  canonicalType,
  connectionsRig,
  emptyRig,
  mainBot,
  mallory,
  room,
  trackerBot,
  type Rig,
} from "../../test/support/connections-rig.js";
import { hookIdsType, hookKey, hookTarget, hookType, oldHookType } from "../../test/support/hook-kind.js";
import { FakeRoomServer } from "../../test/support/room-fakes.js";
import { isEndedState } from "../core/connection.js";
import type { ConfigError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import { createStaticConnections, type ConfiguredConnection } from "./static-connections.js";

const otherRoom: RoomId = "!other:example.org";
const entry: ConfiguredConnection = { roomId: room, connectionType: hookType, stateKey: "id-1", state: { name: "builds", unknown: 1 } };

async function found(rig: Rig, secretId = "id-1"): Promise<readonly string[]> {
  return (await rig.index.byRemoteKey("hooks", hookKey(secretId))).map(({ roomId }) => roomId);
}

describe("a connection of the configuration", () => {
  it("is known in its room, under its key as the id, without a grant or anything at the homeserver", async () => {
    const rig = await connectionsRig([entry]);

    const [connection] = await rig.connections();

    expect(connection).toMatchObject({ stateKey: "id-1", state: { name: "builds" }, isStatic: true, status: { kind: "active" } });
    expect(connection?.remoteKeys).toEqual(["every hook", hookKey("id-1")]);
    expect(await rig.operations.secretIdOf(connection!)).toBe("id-1");
    expect(rig.server.requests.filter((request) => request.startsWith("set") || request.includes(hookIdsType))).toEqual([]);
  });

  it("may have the same key in several rooms: all of them are found", async () => {
    const rig = await connectionsRig([entry, { ...entry, roomId: otherRoom, connectionType: oldHookType }]);
    rig.server.createRoom(otherRoom, alice, [mainBot]);

    await rig.operations.readRoom(otherRoom);

    expect([...(await found(rig))].sort()).toEqual([otherRoom, room]);
  });

  it("waits for a bot to join its room, and goes when the last one leaves", async () => {
    const server = new FakeRoomServer();
    server.createRoom(room, alice, []);
    const rig = await emptyRig(server, [entry]);
    expect(await found(rig)).toEqual([]);
    server.send(room, "m.room.member", mainBot, { membership: "join" }, mainBot);

    await rig.operations.readRoom(room);
    expect(await found(rig)).toEqual([room]);
    server.leave(room, mainBot);
    await rig.operations.readRoom(room);

    expect(await found(rig)).toEqual([]);
  });

  it("is kept as the room is read again, forgotten with the room, and follows the bots that serve it", async () => {
    const rig = await connectionsRig([entry]);
    rig.server.send(room, "m.room.member", trackerBot, { membership: "join" }, trackerBot);
    await rig.operations.readRoom(room);
    rig.server.leave(room, mainBot);

    await rig.operations.readRoom(room);
    expect(await found(rig)).toEqual([room]);
    await rig.operations.forgetRoom(room);

    expect(await found(rig)).toEqual([]);
  });

  it("is there again at once when we start, without a request", async () => {
    const rig = await connectionsRig([entry]);
    rig.server.takeRequests();

    const restarted = await rig.restarted([
      { ...entry, state: { name: "renamed" } },
      { ...entry, stateKey: "id-2" },
    ]);

    expect(rig.server.takeRequests()).toEqual([]);
    expect((await restarted.connections()).map(({ stateKey, state }) => [stateKey, state["name"]]).sort()).toEqual([
      ["id-1", "renamed"],
      ["id-2", "builds"],
    ]);
  });

  it("is gone when it has left the configuration", async () => {
    const rig = await connectionsRig([entry, { ...entry, stateKey: "id-2" }]);

    const second = await rig.restarted([{ ...entry, stateKey: "id-2" }]);
    expect([await found(second, "id-1"), await found(second, "id-2")]).toEqual([[], [room]]);
    const third = await second.restarted([]);

    expect(await third.connections()).toEqual([]);
    expect(await third.index.byRemoteKey("hooks", "every hook")).toEqual([]);
  });

  it("does not stay in a room that was replaced, and whoever runs us is told", async () => {
    const rig = await connectionsRig([entry]);
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: otherRoom }, alice);
    rig.log.splice(0);

    await rig.operations.readRoom(room);

    expect(await found(rig)).toEqual([]);
    expect(rig.log).toEqual([expect.stringContaining("a room that was replaced")]);
    expect(await found(await rig.restarted([entry]))).toEqual([]);
  });
});

describe("nothing in the room changes a static connection:", () => {
  it.each([
    ["state of a person", { name: "by hand" }, alice],
    ["an end by a person", {}, alice],
    ["state of somebody without the right", { name: "hijacked" }, mallory],
    ["state of a bot", { name: "by a bot" }, mainBot],
  ])("not %s", async (_name, content, sender) => {
    const rig = await connectionsRig([entry]);
    const before = await rig.connections();

    const result = await rig.operations.applyStateEvent(rig.server.send(room, hookType, "id-1", { ...content }, sender));
    expect([result.accepted, await rig.connections()]).toEqual([false, before]);
    await rig.operations.readRoom(room);

    expect(await rig.connections()).toEqual(before);
    expect(rig.server.accountDataOf(room, hookIdsType)).toBeUndefined();
    if (sender === mallory) expect(isEndedState(rig.server.contentOf(room, hookType, "id-1")!)).toBe(true);
  });

  it("not a redaction that names what stands for its event", async () => {
    const rig = await connectionsRig([entry]);
    const [connection] = await rig.connections();

    await rig.operations.applyRedaction(room, connection!.eventId);

    expect(await rig.connections()).toEqual([connection]);
  });

  it.each([undefined, true] as const)("not a command (as administrator: %s)", async (asAdministrator) => {
    const rig = await connectionsRig([entry]);
    const [connection] = await rig.connections();
    const input = { roomId: room, actor: alice, connection: connection!, write: "empty" } as const;

    await expect(rig.operations.disconnect(asAdministrator ? { ...input, asAdministrator } : input)).rejects.toMatchObject({
      code: "HS_UNSUPPORTED_OPERATION",
      message: "Connection is static and cannot be changed at runtime",
    });

    expect(await rig.connections()).toEqual([connection]);
  });

  it("not connecting what it is already", async () => {
    const rig = await connectionsRig([entry]);

    const result = await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget("id-1") });

    expect(result).toMatchObject({ kind: "exists", secretId: "id-1", connection: { isStatic: true } });
    expect(rig.server.contentOf(room, hookType, "id-1")).toBeUndefined();
  });

  it("not an upgrade of the room: it is not carried over, nor what stands behind it", async () => {
    const rig = await connectionsRig([entry]);
    rig.server.send(room, hookType, "id-1", { name: "by hand" }, alice);
    await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget("builds") });
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: otherRoom }, alice);
    rig.server.createRoom(otherRoom, alice, [mainBot], { predecessor: { room_id: room } });
    await rig.unitOfWork.commit(rig.rooms.put({ roomId: otherRoom, bots: [mainBot], carryOverFrom: room }));

    const pairs = await rig.operations.carryOver(room, otherRoom);

    expect(pairs.map(({ to }) => to.stateKey)).toEqual(["builds"]);
    expect(rig.server.contentOf(room, hookType, "id-1")).toEqual({ name: "by hand" });
    expect(await found(rig)).toEqual([]);
  });

  it("not what is carried over into its place", async () => {
    const rig = await connectionsRig([{ ...entry, roomId: otherRoom, stateKey: "builds" }]);
    await rig.operations.connect({ roomId: room, actor: alice, service: rig.hooks, target: hookTarget("builds") });
    rig.server.send(room, "m.room.tombstone", "", { replacement_room: otherRoom }, alice);
    rig.server.createRoom(otherRoom, alice, [mainBot], { predecessor: { room_id: room } });
    await rig.operations.readRoom(otherRoom);

    const pairs = await rig.operations.carryOver(room, otherRoom);

    expect(pairs.map(({ to }) => to.isStatic)).toEqual([true]);
    expect(await rig.connections(otherRoom)).toMatchObject([{ isStatic: true }]);
    expect(await rig.connections()).toEqual([]);
  });
});

describe("the configuration's connections", () => {
  async function read(rig: Rig, ...configured: readonly ConfiguredConnection[]): Promise<unknown> {
    const { hooks, tracker, bots, logger } = rig;
    const paint = { configKey: "paint", kinds: [{ ...hooks.service.kinds[0]!, stateTypes: ["org.example.paint"] as const }] };
    try {
      return createStaticConnections({ configured, services: [hooks, tracker], disabledServices: [paint], bots, log: logger });
    } catch (error) {
      return error;
    }
  }

  it.each<[string, Partial<ConfiguredConnection>, string]>([
    ["an unknown type", { connectionType: "org.example.unknown" }, "connections.1.connectionType: is not a known connection type."],
    [
      "a kind that cannot be static",
      { connectionType: canonicalType },
      "connections.1.connectionType: does not support static configuration.",
    ],
    [
      "a service that is off",
      { connectionType: "org.example.paint" },
      "connections.1.connectionType: Service 'paint' is not enabled in the config.",
    ],
    ["state that does not fit", { state: { name: "x" } }, "connections.1.state: connection state did not validate:"],
    ["no state at all", { state: {} }, "connections.1.state: connection state did not validate:"],
  ])("are refused by name for %s", async (_name, mistake, message) => {
    const refusal = (await read(await connectionsRig(), entry, { ...entry, ...mistake })) as ConfigError;

    expect(refusal).toMatchObject({ code: "SB_CONFIG", path: message.split(":")[0] });
    expect(refusal.message.startsWith(message)).toBe(true);
  });

  it("are refused with all mistakes at once", async () => {
    const refusal = await read(await connectionsRig(), { ...entry, connectionType: "a" }, entry, { ...entry, state: {} });

    expect((refusal as ConfigError).message.split("\n")).toHaveLength(2);
  });

  it.each<[string, Partial<ConfiguredConnection>]>([
    ["no room id", { roomId: "#builds:example.org" }],
    ["there twice", { state: { name: "second" } }],
  ])("that have no effect are named: %s", async (reason, doubt) => {
    const rig = await connectionsRig([entry, { ...entry, ...doubt }]);

    expect(rig.log).toEqual([expect.stringContaining(reason)]);
    expect(await rig.connections()).toMatchObject([{ state: { name: "builds" } }]);
  });
});
