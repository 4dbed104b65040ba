import { NotFoundError } from "../core/errors.js";
import type { Connection } from "../core/connection.js";
import type { ConnectResult } from "../core/service.js";
import { checkChange } from "./change-rules.js";
import { checkMayChange } from "./check-may-change.js";
import { requireFreePrefix } from "./command-prefix.js";
import { applyOptions } from "./connect-options.js";
import type { ConnectionContext } from "./dependencies.js";
import type { ConnectInput } from "./operations.js";
import { readRoom } from "./read-room.js";
import { findRivals, requireFreePlace } from "./rivals.js";
import { secretIdOf } from "./secret-id-of.js";
import { settleChanges } from "./settle-changes.js";
import { wantedConnection, writeConnection } from "./write-connection.js";

/**
 * Connects a room: checks, grant, secret id, state event, index, in that order. Called in the room's turn.
 * @throws PermissionError, ValidationError, RemoteError; SwitchboardError with HS_CONFLICTING_CONNECTION
 */
export async function connect(context: ConnectionContext, input: ConnectInput): Promise<ConnectResult> {
  const { roomId, actor, service, target, options = {}, changes = [] } = input;
  const known = context.kinds.get(service.service.id, target.kindId);
  if (known === undefined) throw new NotFoundError(`${service.service.title} offers no connections of this kind.`);
  const bot = await checkMayChange(context, roomId, actor, service, known.canonicalType);
  const content = applyOptions(known, target, options);
  await settleChanges(context, roomId);
  // A room that was not read yet may have the connection already.
  if ((await context.rooms.get(roomId))?.readAt === undefined) await readRoom(context, roomId);
  const place = { roomId, stateKey: target.stateKey, content, bot };
  const wanted = wantedConnection(known, place);
  const rivals = await findRivals(context, known, wanted);
  const standing = rivals.find(({ status }) => status.kind === "active");
  if (standing !== undefined) {
    // What was learnt holds for the connection that is there as well.
    if (changes.length > 0) await context.index.apply({ also: changes });
    return reportStanding(context, standing);
  }
  const inPlace = await context.index.get(wanted.id);
  requireFreePlace(known, inPlace);
  await requireFreePrefix(context, known, wanted);
  checkChange(known, wanted.state, inPlace);
  return { kind: "created", ...(await writeConnection(context, known, { ...place, rivals, changes })) };
}

async function reportStanding(context: ConnectionContext, connection: Connection): Promise<ConnectResult> {
  const secretId = await secretIdOf(context, connection);
  return { kind: "exists", connection, ...(secretId === undefined ? {} : { secretId }) };
}
