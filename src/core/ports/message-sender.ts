import type { EventId, RoomId, UserId } from "../ids.js";
import type { RoomMessage } from "../message.js";

export interface OutgoingEvent {
  readonly roomId: RoomId;
  readonly sender: UserId;
  readonly message: RoomMessage;
  /** The homeserver takes one event per id, path and sender; see delivery.md section 4. */
  readonly transactionId: string;
}

/** Sends room events. Every failure is a RemoteError that says what the homeserver answered. */
export interface MessageSender {
  /** Makes one try. @throws RemoteError */
  send(event: OutgoingEvent): Promise<EventId>;

  /** True when sends of this user go through a device of its own, so that a repeated transaction id survives a homeserver restart. */
  isRepeatSafe(sender: UserId): boolean;

  /**
   * Looks for an event that an earlier try may have stored, in the room's messages since `sinceMs`.
   * @returns its event id, or undefined when it is not there
   * @throws RemoteError
   */
  find(event: OutgoingEvent, sinceMs: number): Promise<EventId | undefined>;
}
