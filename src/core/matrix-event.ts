import type { EventId, RoomId, UserId } from "./ids.js";

/** A room event as the homeserver hands it over, reduced to what the product reads. Content is never trusted. */
export interface MatrixEvent {
  readonly type: string;
  readonly event_id: EventId;
  readonly room_id: RoomId;
  readonly sender: UserId;
  /** Milliseconds since the epoch, as the sender's server claims. */
  readonly origin_server_ts: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly state_key?: string;
  /** Up to room version 10 the redacted event's id stands here, from 11 on in the content. */
  readonly redacts?: unknown;
  readonly unsigned?: Readonly<Record<string, unknown>>;
}

export interface StateEvent extends MatrixEvent {
  readonly state_key: string;
}

export function isStateEvent(event: MatrixEvent): event is StateEvent {
  return typeof event.state_key === "string";
}
