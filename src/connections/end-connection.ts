import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { ConnectionContext } from "./dependencies.js";
import { grantDataType, grantOf, needsSameGrant, storeGrant } from "./grants.js";
import { interpret } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { openSecretIds } from "./room-secret-ids.js";
import { forgetSecretIds } from "./secret-ids.js";
import { findStanding, reportUnusable, settle } from "./standing-state.js";

/**
 * Takes a connection whose state event no longer counts out of the index, or puts there what stands behind it under another of its types.
 * @param withdraw whether its grant and its secret ids end with it, so that nobody can bring it back by writing room state
 * @throws RemoteError
 */
export async function endConnection(
  context: ConnectionContext,
  known: KnownKind,
  connection: Connection,
  withdraw: boolean,
): Promise<void> {
  // It rests on nothing in the room.
  if (connection.isStatic === true) return;
  const standing = await findStanding(context, known, connection.roomId, connection.id);
  const next = standing === undefined ? undefined : interpret(known, standing.event);
  if (withdraw && (next === undefined || !needsSameGrant(known, connection, next))) await withdrawGrant(context, known, connection);
  if (withdraw && next === undefined) await forgetSecretIds(context, known, connection);
  if (next === undefined) return context.index.apply({ remove: [connection.id] });
  const ids = await openSecretIds(context, connection.roomId);
  const { connection: replacement, changes } = await settle(context, known, next, connection, ids);
  await context.index.apply({ put: [replacement], also: changes });
  reportUnusable(context, replacement);
}

/**
 * Clears a connection's grant, unless another connection of the room needs the same.
 * @throws RemoteError
 */
export async function withdrawGrant(context: ConnectionContext, known: KnownKind, connection: Connection): Promise<void> {
  const grant = connection.status.kind === "active" ? grantOf(known, connection) : undefined;
  if (grant === undefined || (await isNeededByAnother(context, connection, grantDataType(grant)))) return;
  try {
    await storeGrant(context, connection.roomId, grant, false);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    context.log.warn({ roomId: connection.roomId, error }, "A grant could not be withdrawn: the homeserver refused");
  }
}

async function isNeededByAnother({ index, kinds }: ConnectionContext, { id, roomId }: Connection, dataType: string): Promise<boolean> {
  const others = (await index.inRoom(roomId)).filter(
    (other) => other.id !== id && other.status.kind === "active" && other.isStatic !== true,
  );
  return others.some((other) => {
    const known = kinds.forConnection(other);
    const grant = known === undefined ? undefined : grantOf(known, other);
    return grant !== undefined && grantDataType(grant) === dataType;
  });
}
