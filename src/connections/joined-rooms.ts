import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { RoomReaderOptions } from "./room-reader-options.js";

const pageSize = 500;

export interface JoinedRooms {
  /** Our joined bots by room, in the order of the directory. */
  readonly rooms: ReadonlyMap<RoomId, readonly UserId[]>;
  /** False when the homeserver refused to tell for one of the bots: a room that is missing may be joined all the same. */
  readonly isComplete: boolean;
}

/** @throws RemoteError when the homeserver cannot be asked just now */
export async function readJoinedRooms({ bots, accounts, log }: Pick<RoomReaderOptions, "bots" | "accounts" | "log">): Promise<JoinedRooms> {
  const rooms = new Map<RoomId, UserId[]>();
  let isComplete = true;
  for (const { userId } of bots.all) {
    try {
      for (const roomId of await accounts.joinedRooms(userId)) rooms.set(roomId, [...(rooms.get(roomId) ?? []), userId]);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.isTransient) throw error;
      isComplete = false;
      log.error({ user: userId, error }, `The homeserver does not say which rooms ${userId} is in`);
    }
  }
  return { rooms, isComplete };
}

/** When each room in our store was last read. */
export async function readKnownRooms({ rooms }: Pick<RoomReaderOptions, "rooms">): Promise<ReadonlyMap<RoomId, RoomRecord["readAt"]>> {
  const known = new Map<RoomId, RoomRecord["readAt"]>();
  let page: readonly RoomRecord[] = [];
  do {
    page = await rooms.list(page.at(-1)?.roomId, pageSize);
    for (const { roomId, readAt } of page) known.set(roomId, readAt);
  } while (page.length === pageSize);
  return known;
}
