import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { BotDeps } from "./deps.js";

type RoomDraft = { -readonly [Key in keyof RoomRecord]: RoomRecord[Key] };

/** Changes what we remember of a room, synced. Called in the room's turn, so that no change is lost to another one. */
export async function changeRoom(
  deps: Pick<BotDeps, "rooms" | "unitOfWork" | "adminRooms">,
  roomId: RoomId,
  change: (draft: RoomDraft) => void,
): Promise<RoomRecord> {
  const draft: RoomDraft = { ...((await deps.rooms.get(roomId)) ?? { roomId, bots: [] }) };
  change(draft);
  await deps.unitOfWork.commit(deps.rooms.put(draft));
  deps.adminRooms.note(draft);
  return draft;
}

/**
 * Reads the room: its connections, and in its record our bots, what it says about upgrades and encryption, and whose direct chat it is.
 * @throws RemoteError
 */
export async function readRoom(
  { operations, rooms, adminRooms }: Pick<BotDeps, "operations" | "rooms" | "adminRooms">,
  roomId: RoomId,
): Promise<RoomRecord> {
  await operations.readRoom(roomId);
  const record = (await rooms.get(roomId)) ?? { roomId, bots: [] };
  adminRooms.note(record);
  return record;
}

/**
 * The room's record. A room that somebody speaks in before it was read (the index is new or was deleted) is read now, so that commands
 * answer from the room and not from an empty index.
 * @throws RemoteError when the homeserver has to be waited for
 */
export async function knownRoom(deps: Pick<BotDeps, "operations" | "rooms" | "adminRooms">, roomId: RoomId): Promise<RoomRecord> {
  const record = await deps.rooms.get(roomId);
  if (record !== undefined && record.bots.length > 0 && record.readAt !== undefined) return record;
  return (await readRoom(deps, roomId).catch(undefinedIfRefused)) ?? { roomId, bots: [] };
}

/** For a homeserver request whose refusal is an answer; what may succeed later is thrown on. */
export function undefinedIfRefused(error: unknown): undefined {
  if (error instanceof RemoteError && !error.isTransient) return undefined;
  throw error;
}
