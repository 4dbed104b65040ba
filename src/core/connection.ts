import { createHash } from "node:crypto";
import type { ConnectionId, EventId, RoomId, UserId } from "./ids.js";

/** The validated body of a connection's state event. */
export type ConnectionState = Readonly<Record<string, unknown>>;

/** Whether events reach the room through a connection, and if not, why. Shown by `!connections`. */
export type ConnectionStatus =
  | { readonly kind: "active" }
  /** The state is not usable; reported, never loaded. `breaksRule`: it fits the schema, but was not to be changed like this. */
  | { readonly kind: "invalid"; readonly reason: string; readonly breaksRule?: true }
  /** Nobody with rights at the remote approved it (grants, reference section 7). */
  | { readonly kind: "ungranted"; readonly reason: string };

/** "This room hears that resource": one room state event, as our index keeps it. */
export interface Connection {
  readonly id: ConnectionId;
  readonly roomId: RoomId;
  readonly serviceId: string;
  readonly kindId: string;
  /** The type under which the state event was found: the canonical one or an older one. */
  readonly eventType: string;
  readonly stateKey: string;
  readonly state: ConnectionState;
  /** The event that set the state, and who sent it. */
  readonly eventId: EventId;
  readonly sender: UserId;
  /** Keys under which remote events find it; empty unless active. */
  readonly remoteKeys: readonly string[];
  readonly status: ConnectionStatus;
  /** Higher goes first; -1 unless the state says otherwise. */
  readonly priority: number;
  /** It stands in the configuration and not in the room, and cannot be changed while we run (reference 1.18). */
  readonly isStatic?: true;
  /** Where `isStatic`: its place in the configuration, from 0. */
  readonly position?: number;
}

/** The connection id that Hookshot's clients know: MD5 names it, it protects nothing. */
export function connectionId(roomId: RoomId, canonicalType: string, stateKey: string): ConnectionId {
  // The cast gives the plain string its id type; this is the one place that makes them.
  return createHash("md5").update(`${roomId}/${canonicalType}/${stateKey}`).digest("hex") as ConnectionId;
}

/** Content `{}` or `disabled: true` means "no connection" (reference 2.1); so does a redacted event, whose content is empty. */
export function isEndedState(content: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(content).length === 0 || content["disabled"] === true;
}
