import { isDeepStrictEqual } from "node:util";
import { isRoomId, type RoomId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import { isReplaced } from "./replaced-rooms.js";
import type { StaticConnections } from "./static-connections.js";

export interface ApplyStaticConnectionsOptions {
  readonly statics: StaticConnections;
  readonly index: ConnectionIndex;
  readonly rooms: RoomStore;
  /** A small store of its own. */
  readonly marks: KeyValueStore;
}

const key = "rooms";

/**
 * Makes the index's static connections equal to the configuration's in all rooms that are known. Called at the start, before anything else
 * works on rooms; asks the homeserver nothing. Rooms that a bot joins later, or that are read for the first time, get theirs as they are read.
 * @throws StorageError
 */
export async function applyStaticConnections({ statics, index, rooms, marks }: ApplyStaticConnectionsOptions): Promise<void> {
  const earlier = await loadRooms(marks);
  const all = [...new Set([...earlier, ...statics.rooms])];
  // Before the index: what a crash leaves there is found by the next start.
  if (all.length > earlier.length) await storeRooms(all);
  for (const roomId of all) await applyIn(roomId);
  if (all.length > statics.rooms.length) await storeRooms(statics.rooms);

  async function storeRooms(roomIds: readonly RoomId[]): Promise<void> {
    await index.apply({ also: [marks.put(key, JSON.stringify(roomIds))] });
  }

  async function applyIn(roomId: RoomId): Promise<void> {
    const wanted = (await isReplaced(rooms, roomId)) ? [] : statics.inRoom(roomId, (await rooms.get(roomId))?.bots ?? []);
    const indexed = await index.inRoom(roomId);
    const put = wanted.filter((connection) => !indexed.some((known) => isDeepStrictEqual(known, connection)));
    const gone = indexed.filter(({ id, isStatic }) => isStatic === true && !wanted.some((connection) => connection.id === id));
    if (put.length + gone.length > 0) await index.apply({ put, remove: gone.map(({ id }) => id) });
  }
}

/** Rooms that have, or had, connections of the configuration. */
async function loadRooms(marks: KeyValueStore): Promise<readonly RoomId[]> {
  const stored: unknown = JSON.parse((await marks.get(key)) ?? "[]");
  return Array.isArray(stored) ? stored.filter(isRoomId) : [];
}
