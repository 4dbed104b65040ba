import type { Bot } from "../core/bots.js";
import { isEndedState, type Connection } from "../core/connection.js";
import { NotFoundError } from "../core/errors.js";
import type { EventId } from "../core/ids.js";
import type { Intention } from "../core/ports/intention-store.js";
import { carryOut } from "./carry-out.js";
import { checkBotMayChange, checkMayChange } from "./check-may-change.js";
import type { ConnectionContext } from "./dependencies.js";
import { withdrawGrant } from "./end-connection.js";
import { grantOf } from "./grants.js";
import type { KnownKind } from "./kinds.js";
import type { DisconnectInput } from "./operations.js";
import { requireLevel } from "./rights.js";
import { forgetSecretIds } from "./secret-ids.js";
import { settleChanges } from "./settle-changes.js";
import { writeChange } from "./state-writing.js";
import { requireNotStatic } from "./static-connections.js";

/**
 * Ends a connection: checks, state events, grant, secret ids, index, in that order. Called in the room's turn.
 * @throws PermissionError, RemoteError; SwitchboardError with HS_UNSUPPORTED_OPERATION for a static connection
 */
export async function disconnect(context: ConnectionContext, input: DisconnectInput): Promise<void> {
  const { write } = input;
  const known = context.kinds.forConnection(input.connection);
  if (known === undefined) throw new NotFoundError("The connection's service is not enabled.");
  requireNotStatic(input.connection);
  const bot = await checkRights(context, known, input);
  await settleChanges(context, input.connection.roomId);
  // Settling may have moved it to another resource, whose grant then goes with it; or have ended it.
  const connection = await context.index.get(input.connection.id);
  if (connection === undefined) return;
  await carryOut(context, intentionOf(known, connection), async (end) => {
    const written = await endState(context, known, connection, write === "empty" ? {} : { disabled: true }, bot);
    await withdrawGrant(context, known, connection);
    await forgetSecretIds(context, known, connection);
    await context.index.apply({ remove: [connection.id], also: [end] });
    for (const eventId of written) context.recentEvents.add(eventId);
  });
}

function intentionOf(known: KnownKind, connection: Connection): Intention {
  const { roomId, serviceId, kindId, stateKey } = connection;
  const grant = grantOf(known, connection);
  return { roomId, serviceId, kindId, stateKey, grants: grant === undefined ? [] : [grant] };
}

async function checkRights(context: ConnectionContext, { active }: KnownKind, input: DisconnectInput): Promise<Bot> {
  const { roomId, actor, connection, asAdministrator, access } = input;
  if (access !== undefined) {
    requireLevel(context, actor, active);
    return access.bot;
  }
  return asAdministrator === true
    ? checkBotMayChange(context, roomId, active, connection.eventType)
    : checkMayChange(context, roomId, actor, active, connection.eventType);
}

/**
 * Writes the end of a connection under the canonical type, under the one where it was found, and under others that would count then. The
 * event that counts now goes last, so that until all is written the connection stands.
 * @returns ids of the events
 * @throws PermissionError, RemoteError
 */
export async function endState(
  context: Pick<ConnectionContext, "roomState" | "accounts">,
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
    if (isWritten) written.push((await writeChange(context, { roomId, type, stateKey }, content, bot)).event_id);
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
