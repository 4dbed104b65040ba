import type { Ghost } from "./ghost.js";
import type { ConnectionId, DeliveryId, EventId, InboxId, RoomId, UserId } from "./ids.js";
import type { RoomMessage } from "./message.js";

/** One accepted request of a remote, kept as it came (credentials removed) until its deliveries are finished and old. */
export interface InboxEvent {
  readonly id: InboxId;
  readonly serviceId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Only the headers the service asked to keep, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** No request brought it, the service itself did (`ServiceContext.emit`): the body is a RemoteEvent. Nothing a sender writes comes here. */
  readonly isOwn?: true;
  /** Only for these connections: the event was accepted before, and what it came to there is dead. */
  readonly onlyFor?: readonly ConnectionId[];
}

/** What a delivery comes from. */
export type DeliverySource =
  /** `position`: among the events that the request came to. */
  | { readonly kind: "remote-event"; readonly inboxId: InboxId; readonly eventName: string; readonly position?: number }
  /** The answer to a command typed in a room. */
  | { readonly kind: "command"; readonly eventId: EventId }
  /** Said by the bot of its own accord, for example that a delivery is dead. */
  | { readonly kind: "notice"; readonly about: string }
  | { readonly kind: "replay"; readonly of: DeliveryId };

/** One remote event (or answer) on its way to one room, through one connection; its messages are numbered by position. */
export interface Delivery {
  readonly id: DeliveryId;
  readonly roomId: RoomId;
  /** Absent for what does not depend on a connection, such as an answer. */
  readonly connectionId?: ConnectionId | undefined;
  readonly serviceId?: string | undefined;
  readonly sender: UserId;
  /** Present where the sender is a ghost: what it is called, and its picture. */
  readonly ghost?: Pick<Ghost, "displayName" | "avatarUrl"> | undefined;
  readonly source: DeliverySource;
  /** Empty while `isWordless`. */
  readonly messages: readonly RoomMessage[];
  /** Its words are asked for when its turn comes. */
  readonly isWordless?: true | undefined;
  /** When the remote event was accepted; milliseconds since the epoch. */
  readonly acceptedAt: number;
  readonly createdAt: number;
  /** Its place in the room's queue; sorts by the order in which deliveries were put there. */
  readonly place: string;
}

/** What the delivery's tries came to so far; stored only after a try that failed, or between two messages of one delivery. */
export interface DeliveryProgress {
  readonly attempts: number;
  /** Messages the homeserver has already, by position. */
  readonly sentEventIds: readonly EventId[];
  /** Since when it fails although others work; milliseconds since the epoch. */
  readonly firstFailedAt?: number;
  /** The last time that counted among those; milliseconds since the epoch. */
  readonly lastFailedAt?: number;
  /** How often asking for its words took too long. */
  readonly slowWords?: number;
  /** Since when a try with unknown outcome may have stored the next message; milliseconds since the epoch. */
  readonly unknownSince?: number;
  readonly lastError?: string;
}

/** How a delivery ended. */
export type DeliveryOutcome =
  | { readonly kind: "sent"; readonly at: number; readonly eventIds: readonly EventId[] }
  | { readonly kind: "dead"; readonly at: number; readonly reason: string; readonly eventIds: readonly EventId[] }
  | { readonly kind: "discarded"; readonly at: number; readonly reason: string };

export type DeliveryStateName = "waiting" | DeliveryOutcome["kind"];
