import { isEndedState, type Connection } from "../core/connection.js";
import { judgeChange } from "./change-rules.js";
import type { ConnectionContext } from "./dependencies.js";
import { endConnection, withdrawFormerGrant } from "./end-connection.js";
import { isSameConsent } from "./grants.js";
import { interpret, type ConnectionEvent } from "./interpret.js";
import { rankOf, type KnownKind } from "./kinds.js";
import { isOvertaken } from "./overtaken-events.js";
import { isReplaced } from "./replaced-rooms.js";
import { openSecretIds } from "./room-secret-ids.js";
import { withSecretIds } from "./secret-ids.js";
import { reportUnusable, withConsent, type Consented } from "./standing-state.js";

/**
 * Makes the index follow a state event of somebody who may write it.
 * @param before what the index has under the same id
 * @returns whether the room's connections are now as the event says
 * @throws RemoteError; nothing is changed then
 */
export async function takeState(
  context: ConnectionContext,
  known: KnownKind,
  event: ConnectionEvent,
  before: Connection | undefined,
): Promise<boolean> {
  // The configuration goes before the room (Hookshot reference 1.18).
  if (before?.isStatic === true) return false;
  // A newer type of the same connection counts before this one.
  if (before !== undefined && rankOf(known, before.eventType) < rankOf(known, event.type)) return false;
  if (await isOvertaken(context, known, event, before)) return false;
  if (isEndedState(event.content)) return takeEnd(context, known, event, before);
  if (await isReplaced(context.rooms, event.room_id)) return false;
  const judged = judgeChange(context, known, interpret(known, event), before);
  const { connection: approved, changes } = await consented(context, known, judged, before);
  if (before !== undefined) await withdrawFormerGrant(context, known, before, approved);
  const ids = await openSecretIds(context, event.room_id);
  const connection = await withSecretIds(context, known, approved, before, ids);
  await context.index.apply({ put: [connection], also: changes });
  reportUnusable(context, connection);
  if (connection.status.kind !== "active") return false;
  await tellKind(context, known, connection, before);
  return true;
}

/** The state counts already, whatever the kind makes of it. */
async function tellKind(
  { bots, log }: ConnectionContext,
  { kind, active }: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Promise<void> {
  if (kind.changed === undefined || bots.get(connection.sender) !== undefined) return;
  try {
    await kind.changed(connection, before?.status.kind === "active" ? before.state : undefined, active.context);
  } catch (error) {
    log.error({ roomId: connection.roomId, connection: connection.id, error }, "A service could not follow a change of its connection");
  }
}

async function takeEnd(
  context: ConnectionContext,
  known: KnownKind,
  event: ConnectionEvent,
  before: Connection | undefined,
): Promise<boolean> {
  // What stands under an older type does not end with a newer one that never counted.
  if (before?.eventType !== event.type) return false;
  await endConnection(context, known, before, true);
  return true;
}

/** Consent is for a resource: changing anything else does not ask for it again. */
async function consented(
  context: ConnectionContext,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Promise<Consented> {
  if (connection.status.kind === "active" && isSameConsent(known, connection, before)) return { connection, changes: [] };
  return withConsent(context, known, connection, before);
}
