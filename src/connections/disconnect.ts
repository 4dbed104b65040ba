import type { Bot } from "../core/bots.js";
import { isEndedState, type Connection } from "../core/connection.js";
import { NotFoundError, SwitchboardError } from "../core/errors.js";
import type { EventId } from "../core/ids.js";
import { checkBotMayChange, checkMayChange } from "./check-may-change.js";
import type { ConnectionContext } from "./dependencies.js";
import { withdrawGrant } from "./end-connection.js";
import type { KnownKind } from "./kinds.js";
import type { DisconnectInput } from "./operations.js";
import { forgetSecretIds } from "./secret-ids.js";
import { writeState } from "./state-writing.js";

/**
 * Ends a connection: checks, state events, grant, secret ids, index, in that order. Run again after a crash at any point it comes to the
 * same. Called in the room's turn.
 * @throws PermissionError, RemoteError; SwitchboardError with HS_UNSUPPORTED_OPERATION for a static connection
 */
export async function disconnect(context: ConnectionContext, input: DisconnectInput): Promise<void> {
  const { connection, write } = input;
  const known = context.kinds.forConnection(connection);
  if (known === undefined) throw new NotFoundError("The connection's service is not enabled.");
  if (connection.isStatic === true)
    throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", "Connection is static and cannot be changed at runtime");
  const bot = await checkRights(context, known, input);
  const written = await endState(context, known, connection, write === "empty" ? {} : { disabled: true }, bot);
  await withdrawGrant(context, known, connection);
  await forgetSecretIds(context, known, connection);
  await context.index.apply({ remove: [connection.id] });
  for (const eventId of written) context.recentEvents.add(eventId);
}

function checkRights(
  context: ConnectionContext,
  { active }: KnownKind,
  { roomId, actor, connection: { eventType }, asAdministrator }: DisconnectInput,
): Promise<Bot> {
  return asAdministrator === true
    ? checkBotMayChange(context, roomId, active, eventType)
    : checkMayChange(context, roomId, actor, active, eventType);
}

/**
 * Writes the end of a connection under the canonical type, under the one where it was found, and under others that would count then. The
 * event that counts now goes last, so that until all is written the connection stands.
 * @returns ids of the events
 * @throws PermissionError, RemoteError
 */
export async function endState(
  context: Pick<ConnectionContext, "roomState">,
  known: KnownKind,
  connection: Connection,
  content: Readonly<Record<string, unknown>>,
  bot: Bot,
): Promise<readonly EventId[]> {
  const { roomId, stateKey, eventType } = connection;
  const written: EventId[] = [];
  const types = [...known.kind.stateTypes.filter((type) => type !== eventType), eventType];
  for (const type of types) {
    const isWritten = type === eventType || type === known.canonicalType || (await isStanding(context, connection, type, bot));
    if (isWritten) written.push((await writeState(context.roomState, { roomId, type, stateKey }, content, bot)).event_id);
  }
  return written;
}

async function isStanding(
  { roomState }: Pick<ConnectionContext, "roomState">,
  { roomId, stateKey }: Connection,
  type: string,
  bot: Bot,
): Promise<boolean> {
  const content = await roomState.read(roomId, type, stateKey, bot.userId);
  return content !== undefined && !isEndedState(content);
}
