import type { RoomRecord, RoomStore } from "../../core/ports/room-store.js";
import type { Database } from "../database.js";

export function createRoomStore(database: Database): RoomStore {
  const level = database.sublevel("rooms");
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  return {
    async get(roomId) {
      const stored = await level.get(roomId);
      return stored === undefined ? undefined : parseRecord(stored);
    },
    put: (record) => [{ type: "put", key: absolute(record.roomId), value: JSON.stringify(record) }],
    remove: (roomId) => [{ type: "del", key: absolute(roomId) }],
    async list(after, limit) {
      const stored = await level.values({ ...(after === undefined ? {} : { gt: after }), limit }).all();
      return stored.map(parseRecord);
    },
  };
}

function parseRecord(stored: string): RoomRecord {
  // Only `put` writes there.
  return JSON.parse(stored) as RoomRecord;
}
