import type { RoomId, UserId } from "../core/ids.js";
import type { RoomRecord, RoomStore } from "../core/ports/room-store.js";

const pageSize = 500;

/** Which rooms are direct chats with the bot, and whose, in memory: every message of a transaction is asked about. */
export class AdminRooms {
  readonly #rooms = new Set<RoomId>();
  /** Encrypted ones included. */
  readonly #personOf = new Map<RoomId, UserId>();
  readonly #roomsOf = new Map<UserId, Set<RoomId>>();

  has(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /** The rooms that were noted as the person's chats, encrypted ones included, in the order of their ids. */
  ofPerson(person: UserId): readonly RoomId[] {
    return [...(this.#roomsOf.get(person) ?? [])].sort();
  }

  /**
   * Takes over what a room's record says, from the invitation on: the person may speak before our joining is through. An encrypted one is
   * none: what is typed there cannot be read.
   */
  note(record: RoomRecord): void {
    if (record.adminUser !== undefined && record.encrypted !== true) this.#rooms.add(record.roomId);
    else this.#rooms.delete(record.roomId);
    this.#notePerson(record);
  }

  #notePerson({ roomId, adminUser }: RoomRecord): void {
    const before = this.#personOf.get(roomId);
    if (before === adminUser) return;
    if (before !== undefined) {
      const rooms = this.#roomsOf.get(before);
      rooms?.delete(roomId);
      if (rooms?.size === 0) this.#roomsOf.delete(before);
      this.#personOf.delete(roomId);
    }
    if (adminUser === undefined) return;
    this.#personOf.set(roomId, adminUser);
    this.#roomsOf.set(adminUser, (this.#roomsOf.get(adminUser) ?? new Set()).add(roomId));
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
