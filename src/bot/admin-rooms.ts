import type { RoomId } from "../core/ids.js";
import type { RoomRecord, RoomStore } from "../core/ports/room-store.js";

const pageSize = 500;

/** Which rooms are direct chats with the bot, in memory: every message of a transaction is asked about. */
export class AdminRooms {
  readonly #rooms = new Set<RoomId>();

  has(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /**
   * Takes over what a room's record says, from the invitation on: the person may speak before our joining is through. An encrypted one is
   * none: what is typed there cannot be read.
   */
  note(record: RoomRecord): void {
    if (record.adminUser !== undefined && record.encrypted !== true) this.#rooms.add(record.roomId);
    else this.#rooms.delete(record.roomId);
  }

  /** Reads all records once, before the first transaction is taken. */
  async load(rooms: Pick<RoomStore, "list">): Promise<void> {
    let last: RoomId | undefined;
    let page: readonly RoomRecord[];
    do {
      page = await rooms.list(last, pageSize);
      for (const record of page) this.note(record);
      last = page.at(-1)?.roomId;
    } while (page.length === pageSize);
  }
}
