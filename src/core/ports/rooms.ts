import type { EventId, RoomId, UserId } from "../ids.js";
import type { MatrixEvent, StateEvent } from "../matrix-event.js";

/** Room state at the homeserver. Every method throws RemoteError when the homeserver refuses or cannot be reached. */
export interface RoomState {
  /** The whole state, as `as` sees it. */
  readAll(roomId: RoomId, as: UserId): Promise<readonly StateEvent[]>;
  /** The content of one state event; undefined when there is none. */
  read(roomId: RoomId, type: string, stateKey: string, as: UserId): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Sets a state event and gives its event id. */
  set(roomId: RoomId, type: string, stateKey: string, content: Readonly<Record<string, unknown>>, as: UserId): Promise<EventId>;
  /** One event of the room; undefined when the homeserver does not have it. */
  readEvent(roomId: RoomId, eventId: EventId, as: UserId): Promise<MatrixEvent | undefined>;
  redact(roomId: RoomId, eventId: EventId, reason: string, as: UserId): Promise<void>;
  /** User ids of the joined members. */
  joinedMembers(roomId: RoomId, as: UserId): Promise<readonly UserId[]>;
}

/** Account data of a bot in a room, where Hookshot keeps grants and admin-room marks. Throws RemoteError. */
export interface RoomAccountData {
  get(roomId: RoomId, type: string, as: UserId): Promise<Readonly<Record<string, unknown>> | undefined>;
  set(roomId: RoomId, type: string, content: Readonly<Record<string, unknown>>, as: UserId): Promise<void>;
}

/** What the bots do with their own account and membership. Throws RemoteError. */
export interface BotAccounts {
  /** @param via servers that may let us in, besides the one in the id: ids of rooms from version 12 on name none */
  join(roomIdOrAlias: string, as: UserId, via?: readonly string[]): Promise<RoomId>;
  leave(roomId: RoomId, as: UserId, reason?: string): Promise<void>;
  /**
   * The user's own membership, asked from outside the room as it were: an invitation is seen before it is accepted.
   * @param via as for `join`
   * @returns undefined where the homeserver does not tell: there is no such room, or it is none of their business
   */
  membership(roomId: RoomId, as: UserId, via?: readonly string[]): Promise<string | undefined>;
  joinedRooms(as: UserId): Promise<readonly RoomId[]>;
  sendReadReceipt(roomId: RoomId, eventId: EventId, as: UserId): Promise<void>;
  /** Opens an unencrypted direct chat with the person. */
  createDirectRoom(person: UserId, as: UserId): Promise<RoomId>;
}
