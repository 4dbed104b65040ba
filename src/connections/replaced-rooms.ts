import type { RoomId } from "../core/ids.js";
import type { RoomRecord, RoomStore } from "../core/ports/room-store.js";

/**
 * True for a room that another one replaced, whose connections have ended (Hookshot reference 8.1); but until they were carried over they
 * go on where they are.
 * @param known the room's record, where it is newer than the stored one
 */
export async function isReplaced(rooms: Pick<RoomStore, "get">, roomId: RoomId, known?: RoomRecord): Promise<boolean> {
  const replacedBy = (known ?? (await rooms.get(roomId)))?.replacedBy;
  return replacedBy !== undefined && (await rooms.get(replacedBy))?.carryOverFrom !== roomId;
}
