import type { RoomId, UserId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import { readKnownRooms } from "./joined-rooms.js";
import type { Pauses } from "./pauses.js";
import type { RoomReaderOptions } from "./room-reader-options.js";
import type { RoomVisits } from "./room-visits.js";

/** At most five rooms a second, so that a start costs the homeserver nothing it feels. */
const betweenRoomsMs = 200;

/**
 * Reads all rooms again, slowly, because something may have changed that we were not told. Rooms that are new to us go first.
 * @param since rooms read since then are left out; milliseconds since the epoch
 * @param onFailed told of a room that fails while the homeserver answers otherwise
 */
export async function verifyRooms(
  options: RoomReaderOptions,
  since: number,
  visits: RoomVisits,
  pauses: Pauses,
  onFailed: (roomId: RoomId) => void,
): Promise<void> {
  // In this order: a room joined between the two is not taken for one that was left.
  const known = await readKnownRooms(options);
  const joined = await visits.joinedRooms();
  if (joined === undefined) return;
  await visits.forgetLeft(known, joined);
  for (const [roomId, bots] of newFirst(joined.rooms, known)) {
    if (pauses.isStopped) return;
    const startedAt = options.clock.now();
    if ((await visits.visit(roomId, bots, since)) === "failed") onFailed(roomId);
    await pauses.wait(Math.max(0, startedAt + betweenRoomsMs - options.clock.now()));
  }
}

function newFirst(
  joined: ReadonlyMap<RoomId, readonly UserId[]>,
  known: ReadonlyMap<RoomId, RoomRecord["readAt"]>,
): readonly (readonly [RoomId, readonly UserId[]])[] {
  const isNew = ([roomId]: readonly [RoomId, unknown]): boolean => known.get(roomId) === undefined;
  const rooms = [...joined];
  return [...rooms.filter(isNew), ...rooms.filter((room) => !isNew(room))];
}
