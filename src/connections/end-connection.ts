import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { ConnectionContext } from "./dependencies.js";
import { grantDataType, grantOf, needsSameGrant, readGrant, storeGrant, type Grant } from "./grants.js";
import { interpret } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { openSecretIds } from "./room-secret-ids.js";
import { forgetSecretIds } from "./secret-ids.js";
import { complete, findStanding, reportUnusable } from "./standing-state.js";

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
  const { connection: replacement, changes } = await complete(context, known, next, connection, ids);
  await context.index.apply({ put: [replacement], also: changes });
  reportUnusable(context, replacement);
}

/**
 * Clears a connection's grant, unless another connection of the room needs the same. One whose state cannot be read may hold it still.
 * @param present what the room has, where that is newer than the index
 * @throws RemoteError
 */
export async function withdrawGrant(
  context: ConnectionContext,
  known: KnownKind,
  { id, roomId, state, status }: Connection,
  present?: readonly Connection[],
): Promise<void> {
  const grant = status.kind === "ungranted" ? undefined : grantOf(known, { state });
  if (grant === undefined) return;
  const others = (present ?? (await context.index.inRoom(roomId))).filter((other) => other.id !== id);
  if (isNeeded(context, grant, others)) return;
  if (status.kind === "active") await clearGrant(context, roomId, grant);
  else await clearGrantIfSet(context, roomId, grant);
}

/**
 * Clears the grant of what a connection was to until now, where it is to something else now. State that cannot be read and still names it
 * is a slip of the pen: who corrects it needs no new consent.
 * @param present what the room has, where that is newer than the index
 * @throws RemoteError
 */
export async function withdrawFormerGrant(
  context: ConnectionContext,
  known: KnownKind,
  before: Connection,
  now: Connection,
  present?: readonly Connection[],
): Promise<void> {
  const isStatic = before.isStatic === true || now.isStatic === true;
  if (!isStatic && !needsSameGrant(known, before, now)) await withdrawGrant(context, known, before, present);
}

/**
 * Clears a grant that no connection of the index needs; where it is not set, nothing is written.
 * @throws RemoteError
 */
export async function clearGrantUnlessNeeded(context: ConnectionContext, roomId: RoomId, grant: Grant): Promise<void> {
  if (!isNeeded(context, grant, await context.index.inRoom(roomId))) await clearGrantIfSet(context, roomId, grant);
}

/** Whether the index has a connection that nobody with rights at the remote approved, and that the grant would approve. @throws StorageError */
export async function wouldApprove(context: ConnectionContext, roomId: RoomId, grant: Grant): Promise<boolean> {
  const ungranted = (await context.index.inRoom(roomId)).filter(({ status }) => status.kind === "ungranted");
  return isNamed(context, grant, ungranted);
}

async function clearGrantIfSet(context: ConnectionContext, roomId: RoomId, grant: Grant): Promise<void> {
  if ((await readGrant(context, roomId, grant)) === true) await clearGrant(context, roomId, grant);
}

async function clearGrant(context: ConnectionContext, roomId: RoomId, grant: Grant): Promise<void> {
  try {
    await storeGrant(context, roomId, grant, false);
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    context.log.warn({ roomId, error }, "A grant could not be withdrawn: the homeserver refused");
  }
}

function isNeeded(context: ConnectionContext, grant: Grant, connections: readonly Connection[]): boolean {
  return isNamed(
    context,
    grant,
    connections.filter(({ status, isStatic }) => status.kind === "active" && isStatic !== true),
  );
}

function isNamed({ kinds }: ConnectionContext, wanted: Grant, connections: readonly Connection[]): boolean {
  return connections.some((connection) => {
    const known = kinds.forConnection(connection);
    const grant = known === undefined ? undefined : grantOf(known, connection);
    return grant !== undefined && grantDataType(grant) === grantDataType(wanted);
  });
}
