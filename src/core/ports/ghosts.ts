import type { Ghost } from "../ghost.js";
import type { RoomId, UserId } from "../ids.js";

/** Makes ghosts able to speak: registered, named, pictured, and joined to the room (invited by the bot where that is needed). */
export interface Ghosts {
  /**
   * Called before a ghost's first message of a process in a room, and again after `forget`. What is done is remembered.
   * A name or picture that cannot be had or set is left for another time: it must not keep the ghost from speaking.
   * @returns undefined when nothing is left to do, so that a ghost that spoke here before costs nothing
   * @throws RemoteError (as rejection) about the homeserver: a transient one counts like a send that failed so, any other like a sender
   * that may not speak
   */
  prepare(userId: UserId, ghost: Pick<Ghost, "displayName" | "avatarUrl">, roomId: RoomId): Promise<void> | undefined;
  /** The homeserver refused the ghost in the room: what was remembered of it there is not so any more. */
  forget(userId: UserId, roomId: RoomId): void;
}
