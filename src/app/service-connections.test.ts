import { MemoryLevel } from "memory-level";
import { describe, expect, it } from "vitest";
import { connectionId, type Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { ServiceConnections } from "../core/ports/service-connections.js";
import { GroupCommit } from "../storage/group-commit.js";
import { openConnectionIndex } from "../storage/stores/connection-index.js";
import { createRoomStore } from "../storage/stores/room-store.js";
import { createServiceConnections } from "./service-connections.js";

function connectionIn(roomId: RoomId, serviceId: string, key: string): Connection {
  return {
    ...{ id: connectionId(roomId, serviceId, key), roomId, serviceId, kindId: "thing", eventType: serviceId, stateKey: key, state: {} },
    ...{ eventId: "$event", sender: "@alice:example.org", remoteKeys: [key], status: { kind: "active" }, priority: -1 },
  };
}

async function setUp(connections: readonly Connection[], emptyRooms: readonly RoomId[] = []): Promise<ServiceConnections> {
  const database = new MemoryLevel<string, string>();
  const work = new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() });
  const rooms = createRoomStore(database);
  const index = await openConnectionIndex(database, work, []);
  const roomIds = new Set([...connections.map(({ roomId }) => roomId), ...emptyRooms]);
  await index.apply({ put: connections, also: [...roomIds].flatMap((roomId) => rooms.put({ roomId, bots: [] })) });
  return createServiceConnections("code", index, rooms);
}

async function listAll(connections: ServiceConnections): Promise<readonly Connection[]> {
  const all: Connection[] = [];
  for await (const connection of connections.all()) all.push(connection);
  return all;
}

describe("a service's connections", () => {
  it("are its own only", async () => {
    const own = connectionIn("!a:example.org", "code", "x");
    const foreign = connectionIn("!a:example.org", "chat", "x");
    const connections = await setUp([own, foreign]);

    expect([await connections.get(own.id), await connections.get(foreign.id)]).toEqual([own, undefined]);
    expect(await connections.byRemoteKey("x")).toEqual([own]);
    expect(await connections.inRoom("!a:example.org")).toEqual([own]);
    expect(await listAll(connections)).toEqual([own]);
  });

  it("are all found, however many rooms lie between them", async () => {
    const roomIds = Array.from({ length: 450 }, (_, number): RoomId => `!${String(number).padStart(3, "0")}:example.org`);
    const own = roomIds
      .filter((_, number) => number % 150 === 149)
      .flatMap((roomId) => ["x", "y"].map((key) => connectionIn(roomId, "code", key)));
    const connections = await setUp(own, roomIds);

    const all = await listAll(connections);

    expect(all).toHaveLength(6);
    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(own.map(({ id }) => id)));
  });

  it("are none where there are no rooms", async () => {
    expect(await listAll(await setUp([]))).toEqual([]);
  });
});
