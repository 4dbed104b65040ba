import { isDeepStrictEqual } from "node:util";
import type { Bot } from "../core/bots.js";
import { isEndedState, type Connection, type ConnectionState } from "../core/connection.js";
import { NotFoundError } from "../core/errors.js";
import { requireFreePrefix } from "./command-prefix.js";
import type { ConnectionContext } from "./dependencies.js";
import { readState, withoutNulls } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import type { ProvisionResult, UpdateInput } from "./operations.js";
import { askKind, fitConfig, requireProvisionable } from "./provisioned-config.js";
import { readRoom } from "./read-room.js";
import { replaceConfig } from "./replace-config.js";
import { requireLevel } from "./rights.js";
import { settleChanges } from "./settle-changes.js";
import { requireNotStatic } from "./static-connections.js";

/** A connection together with its configuration as it stands in the room: without the defaults. */
interface Stored {
  readonly connection: Connection;
  readonly config: ConnectionState;
}

/**
 * Changes the configuration of a connection. Called in the room's turn, after `checkAccess`.
 * @throws NotFoundError, PermissionError, ValidationError, RemoteError; SwitchboardError HS_UNSUPPORTED_OPERATION, HS_CONFLICTING_CONNECTION
 */
export async function update(context: ConnectionContext, input: UpdateInput): Promise<ProvisionResult> {
  const { roomId, actor, access, deadline, patch } = input;
  await settleChanges(context, roomId);
  const { known } = await requireChangeable(context, input);
  const { connection: current, config } = await loadStored(context, known, input, access.bot);
  const sent = withoutNulls({ ...config, ...patch });
  if (Object.hasOwn(patch, "commandPrefix")) await requireFreePrefix(context, known, { roomId, state: sent });
  requireLevel(context, actor, known.active);
  const { target, changes = [], warning } = await askKind(context, known, { roomId, sent, actor, current, deadline });
  const content = fitConfig(known, target.state, current.stateKey);
  const { connection, secretId } = await replaceConfig(context, known, current, { content, bot: access.bot, changes });
  return { connection, ...(secretId === undefined ? {} : { secretId }), ...(warning === undefined ? {} : { warning }) };
}

interface Changeable {
  readonly connection: Connection;
  readonly known: KnownKind;
}

async function requireChangeable(context: ConnectionContext, { roomId, connection: id }: UpdateInput): Promise<Changeable> {
  const connection = await context.index.get(id);
  const known = connection === undefined ? undefined : context.kinds.forConnection(connection);
  if (connection?.roomId !== roomId || connection.status.kind !== "active" || known === undefined) {
    throw new NotFoundError("Connection does not exist");
  }
  requireProvisionable(known, "Connection type does not support updates");
  requireNotStatic(connection);
  return { connection, known };
}

/**
 * What the room has may be newer than the index, as somebody else may have changed it a moment ago; then the room is read first, which
 * judges who that was.
 */
async function loadStored(context: ConnectionContext, known: KnownKind, input: UpdateInput, bot: Bot): Promise<Stored> {
  const first = await readStored(context, known, (await requireChangeable(context, input)).connection, bot);
  if (first !== undefined) return first;
  await readRoom(context, input.roomId);
  const { connection } = await requireChangeable(context, input);
  return (await readStored(context, known, connection, bot)) ?? { connection, config: connection.state };
}

/** @returns undefined where the room has something else than the index */
async function readStored(context: ConnectionContext, known: KnownKind, connection: Connection, bot: Bot): Promise<Stored | undefined> {
  const { roomId, eventType, stateKey, state } = connection;
  const content = await context.roomState.read(roomId, eventType, stateKey, bot.userId);
  if (content === undefined || isEndedState(content)) return undefined;
  const read = readState(known, content, stateKey);
  if (!read.ok || !isDeepStrictEqual(read.state, state)) return undefined;
  return { connection, config: known.kind.normalise?.(withoutNulls(content), stateKey) ?? withoutNulls(content) };
}
