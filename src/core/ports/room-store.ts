import type { EventId, RoomId, UserId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/** What we remember of a room that one of our bots is in or was in. */
export interface RoomRecord {
  readonly roomId: RoomId;
  /** Our bots that are joined. */
  readonly bots: readonly UserId[];
  /** When its state was last read in full; milliseconds since the epoch. Absent: never. */
  readonly readAt?: number;
  /** The person whose direct chat with the bot this is. */
  readonly adminUser?: UserId;
  readonly encrypted?: boolean;
  /** Who invited the main bot last. */
  readonly invitedBy?: UserId;
  /** The event in answer to which the room was told that we cannot read what is typed there; it is told once. */
  readonly encryptionToldBy?: EventId;
  /** The room this one was upgraded to, as its tombstone says. */
  readonly replacedBy?: RoomId;
  /** An upgrade whose connections could not be carried over yet: the room they come from. */
  readonly carryOverFrom?: RoomId;
  /** Sender and content of `m.room.create`, which never change; needed to tell who has power (core/power-levels.ts). */
  readonly create?: { readonly sender: UserId; readonly content: Readonly<Record<string, unknown>> };
}

/** Rooms known to us; a cache of what the homeserver knows, rebuilt by reading. */
export interface RoomStore {
  get(roomId: RoomId): Promise<RoomRecord | undefined>;
  put(record: RoomRecord): StoreChange[];
  remove(roomId: RoomId): StoreChange[];
  /** All records in pages, in key order. */
  list(after: RoomId | undefined, limit: number): Promise<readonly RoomRecord[]>;
}
