import type { Connection, ConnectionState } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";

/*
 * A kind may have rules that only a change is held to (`checkChange`): a date that had to lie ahead when it was set may be past now. So a
 * state event is judged once, when it is news. The verdict stays with the event for as long as the index remembers it.
 */

/**
 * Judges a state event that is news. What our bots write was judged before.
 * @param before what the index has under the same id
 */
export function judgeChange(
  { bots }: Pick<ConnectionContext, "bots">,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Connection {
  if (connection.status.kind !== "active" || bots.get(connection.sender) !== undefined) return connection;
  try {
    checkChange(known, connection.state, before);
    return connection;
  } catch (error) {
    // As in reading a state: whatever stands in it, a room can be read.
    const reason = `its settings do not fit: ${error instanceof Error ? error.message : String(error)}`;
    return { ...connection, status: { kind: "invalid", reason, breaksRule: true }, remoteKeys: [] };
  }
}

/** Judges a state event that is found as a room is read: it is news only where the index has an older one. */
export function judgeFound(
  context: Pick<ConnectionContext, "bots">,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Connection {
  if (before === undefined || connection.status.kind !== "active") return connection;
  if (before.eventId !== connection.eventId) return judgeChange(context, known, connection, before);
  const { status } = before;
  return status.kind === "invalid" && status.breaksRule === true ? { ...connection, status, remoteKeys: [] } : connection;
}

/** @throws ValidationError */
export function checkChange({ kind, active }: KnownKind, state: ConnectionState, before: Connection | undefined): void {
  kind.checkChange?.(state, before === undefined || before.status.kind === "invalid" ? undefined : before.state, active.context);
}
