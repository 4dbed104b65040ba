import type { RoomId } from "../core/ids.js";
import type { RoomRecord, RoomStore } from "../core/ports/room-store.js";
import type { Log } from "../shared/log.js";

const pageSize = 500;
const namedAtMost = 50;

/** Names the encrypted rooms at start, where the configuration asks for encryption: what is for them waits. */
export async function nameEncryptedRooms(rooms: RoomStore, log: Log): Promise<void> {
  const encrypted: RoomId[] = [];
  let after: RoomId | undefined;
  let page: readonly RoomRecord[];
  do {
    page = await rooms.list(after, pageSize);
    encrypted.push(...page.filter((record) => record.encrypted === true).map(({ roomId }) => roomId));
    after = page.at(-1)?.roomId;
  } while (page.length === pageSize);
  if (encrypted.length === 0) return;
  log.warn(
    { rooms: encrypted.slice(0, namedAtMost), count: encrypted.length },
    "What is for these encrypted rooms waits, because nothing is said in plain there while `encryption` is configured and it is not built yet; removing the section releases it",
  );
}
