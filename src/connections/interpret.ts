import { connectionId, type Connection, type ConnectionState } from "../core/connection.js";
import type { StateEvent } from "../core/matrix-event.js";
import { describeProblems } from "../shared/validate.js";
import type { KnownKind } from "./kinds.js";

/** The part of a state event that a connection is made of. */
export type ConnectionEvent = Pick<StateEvent, "type" | "state_key" | "room_id" | "event_id" | "sender" | "content">;

/**
 * Reads a connection from its state event. The status says whether the state is usable: `active` here means that nothing but the remote's
 * consent is open.
 */
export function interpret(known: KnownKind, event: ConnectionEvent): Connection {
  const base = {
    id: connectionId(event.room_id, known.canonicalType, event.state_key),
    roomId: event.room_id,
    serviceId: known.active.service.id,
    kindId: known.kind.id,
    eventType: event.type,
    stateKey: event.state_key,
    eventId: event.event_id,
    sender: event.sender,
  };
  const read = readState(known, event.content, event.state_key);
  if (!read.ok) return { ...base, state: event.content, remoteKeys: [], status: { kind: "invalid", reason: read.reason }, priority: -1 };
  const { state, remoteKeys } = read;
  const { priority } = state;
  return { ...base, state, remoteKeys, status: { kind: "active" }, priority: typeof priority === "number" ? priority : -1 };
}

export type StateReading =
  | { readonly ok: true; readonly state: ConnectionState; readonly remoteKeys: readonly string[] }
  | { readonly ok: false; readonly reason: string };

/** Brings the body of a state event into today's form and checks it. Whatever stands in it, this does not throw. */
export function readState(known: KnownKind, content: Readonly<Record<string, unknown>>, stateKey: string): StateReading {
  try {
    const body = withoutNulls(content);
    // Cloned, because validating fills in defaults and the event is not ours to change.
    const validated = known.validate(structuredClone(known.kind.normalise?.(body, stateKey) ?? body));
    if (!validated.ok) return { ok: false, reason: `its settings do not fit: ${describeProblems(validated.problems)}` };
    return { ok: true, state: validated.value, remoteKeys: keysOf(known, validated.value, stateKey) };
  } catch (error) {
    // A schema cannot say everything: a URL that cannot be taken apart shows only in the kind's own functions.
    return { ok: false, reason: `its settings cannot be read: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** Asks the kind for everything that others ask later and rely on. */
function keysOf({ kind }: KnownKind, state: ConnectionState, stateKey: string): readonly string[] {
  kind.resourceKey(state, stateKey);
  kind.grant?.(state);
  return [...new Set(kind.remoteKeys(state, stateKey))];
}

/** Null counts as absent in every setting (Hookshot reference 2.16). */
export function withoutNulls(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== null));
}

/** What the connection is connected to; undefined when its state is too broken to tell. */
export function resourceOf({ kind }: KnownKind, { state, stateKey, status }: Connection): string | undefined {
  return status.kind === "invalid" ? undefined : kind.resourceKey(state, stateKey);
}

/** The connection, found under its secret ids as well. */
export function withSecretKeys({ kind: { secretIds } }: KnownKind, connection: Connection, ids: readonly string[]): Connection {
  if (secretIds === undefined || ids.length === 0) return connection;
  return { ...connection, remoteKeys: [...new Set([...connection.remoteKeys, ...ids.map((id) => secretIds.routingKey(id))])] };
}
