import type { RoomId, UserId } from "../core/ids.js";

/** A direct chat in which the person can be read. */
export interface DirectChat {
  readonly roomId: RoomId;
  /** False while the person is only invited. */
  readonly isJoined: boolean;
}

export interface ChatWish {
  /** The chat to take where there are several. */
  readonly preferred?: RoomId;
  /** Something secret is to be said: a chat in which somebody else is joined does not count. */
  readonly isForSecret?: true;
}

/** The direct chats that people have with the main bot. */
export interface ChatFinder {
  /**
   * The person's direct chat that is not encrypted; it is opened if there is none, once for each person: where the one that we opened is
   * encrypted too, by the homeserver or the person, another one would be no better. Undefined when there is none and none can be opened.
   * @throws RemoteError when the homeserver has to be waited for; StorageError
   */
  findOrOpen(person: UserId, wish?: ChatWish): Promise<DirectChat | undefined>;
  /** A chat's record says now whose it is. Called in its room's turn. */
  noteOpened(person: UserId): Promise<void>;
}
