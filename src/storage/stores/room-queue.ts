import type { AbstractSublevel } from "abstract-level";
import type { RoomId } from "../../core/ids.js";
import type { QueuePlace } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";

export type Queue = AbstractSublevel<Database, string | Buffer | Uint8Array, string, string>;

/** Room ids hold no control characters, so the separator cannot stand in one. */
const separator = "\u0000";
const afterSeparator = "\u0001";

/** @param roomId or what else names a queue, without control characters */
export function queueKey(roomId: string, place: QueuePlace): string {
  return `${roomId}${separator}${place}`;
}

/** Jumps from room to room: one seek for each room that has something waiting, however much waits in it. */
export async function roomsWithEntries<Key extends string = RoomId>(queue: Queue, after: Key | undefined, limit: number): Promise<Key[]> {
  const rooms: Key[] = [];
  const keys = queue.keys(after === undefined ? {} : { gte: `${after}${afterSeparator}` });
  try {
    for (let key = await keys.next(); key !== undefined && rooms.length < limit; key = await keys.next()) {
      // Keys are made by `queueKey`.
      const roomId = key.slice(0, key.indexOf(separator)) as Key;
      rooms.push(roomId);
      keys.seek(`${roomId}${afterSeparator}`);
    }
  } finally {
    await keys.close();
  }
  return rooms;
}

/** Places and values of a room's entries behind a place, first in, first out. */
export async function readEntries(
  queue: Queue,
  roomId: string,
  after: QueuePlace | undefined,
  limit: number,
): Promise<{ place: QueuePlace; value: string }[]> {
  const range = { gt: queueKey(roomId, after ?? ""), lt: `${roomId}${afterSeparator}`, limit };
  const entries = await queue.iterator(range).all();
  return entries.map(([key, value]) => ({ place: key.slice(roomId.length + 1), value }));
}
