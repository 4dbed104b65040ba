import type { Bot } from "../core/bots.js";
import { isEndedState, type Connection } from "../core/connection.js";
import { NotFoundError, SwitchboardError } from "../core/errors.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionTarget, ConnectResult } from "../core/service.js";
import { checkChange } from "./change-rules.js";
import { checkMayChange } from "./check-may-change.js";
import { requireFreePrefix } from "./command-prefix.js";
import { applyOptions } from "./connect-options.js";
import type { ConnectionContext } from "./dependencies.js";
import { storeGrant } from "./grants.js";
import { interpret, resourceOf, withSecretKeys } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import type { ConnectInput } from "./operations.js";
import { readRoom } from "./read-room.js";
import { openSecretIds } from "./room-secret-ids.js";
import { secretIdOf } from "./secret-id-of.js";
import { writeState } from "./state-writing.js";

/**
 * Connects a room: checks, grant, secret id, state event, index, in that order. Run again after a crash at any point it comes to the same.
 * Called in the room's turn.
 * @throws PermissionError, ValidationError, RemoteError; SwitchboardError with HS_CONFLICTING_CONNECTION
 */
export async function connect(context: ConnectionContext, input: ConnectInput): Promise<ConnectResult> {
  const { roomId, actor, service, target, options = {}, changes = [] } = input;
  const known = context.kinds.get(service.service.id, target.kindId);
  if (known === undefined) throw new NotFoundError(`${service.service.title} offers no connections of this kind.`);
  const bot = await checkMayChange(context, roomId, actor, service, known.canonicalType);
  const content = applyOptions(known, target, options);
  // A room that was not read yet may have the connection already.
  if ((await context.rooms.get(roomId))?.readAt === undefined) await readRoom(context, roomId);
  const wanted = interpret(known, wantedEvent(known, input, content, bot));
  const rivals = await findRivals(context, known, wanted);
  const standing = rivals.find(({ status }) => status.kind === "active");
  if (standing !== undefined) {
    // What was learnt holds for the connection that is there as well.
    if (changes.length > 0) await context.index.apply({ also: changes });
    return resultOf("exists", standing, await secretIdOf(context, standing));
  }
  const inPlace = await context.index.get(wanted.id);
  requireFreePlace(known, inPlace, target);
  await requireFreePrefix(context, known, wanted);
  checkChange(known, wanted.state, inPlace);
  return create(context, known, { wanted, rivals, content, bot, changes });
}

function resultOf(kind: ConnectResult["kind"], connection: Connection, secretId: string | undefined): ConnectResult {
  return { kind, connection, ...(secretId === undefined ? {} : { secretId }) };
}

function wantedEvent(
  known: KnownKind,
  { roomId, target }: ConnectInput,
  content: Connection["state"],
  bot: Bot,
): Parameters<typeof interpret>[1] {
  // The event id is not known before the event is written; nothing reads it until then.
  return { room_id: roomId, type: known.canonicalType, state_key: target.stateKey, content, event_id: "$", sender: bot.userId };
}

/** The room's connections that mean the same as the wanted one, and what lies unusable in its place. */
async function findRivals({ index }: ConnectionContext, known: KnownKind, wanted: Connection): Promise<readonly Connection[]> {
  const resource = resourceOf(known, wanted);
  const ofKind = (await index.inRoom(wanted.roomId)).filter(
    ({ serviceId, kindId }) => serviceId === wanted.serviceId && kindId === wanted.kindId,
  );
  return ofKind.filter((connection) => resourceOf(known, connection) === resource || isUnusableAt(connection, wanted));
}

function isUnusableAt(connection: Connection, { id }: Connection): boolean {
  return connection.id === id && connection.status.kind !== "active";
}

/** State written by hand may have the key of one resource and the body of another. */
function requireFreePlace(known: KnownKind, inPlace: Connection | undefined, target: ConnectionTarget): void {
  if (inPlace?.status.kind !== "active") return;
  const { name } = known.kind.describe(inPlace.state, inPlace.stateKey);
  const remedy = inPlace.isStatic === true ? "It stands in the configuration and cannot be changed here." : "Disconnect that one first.";
  throw new SwitchboardError(
    "HS_CONFLICTING_CONNECTION",
    `The room's state key ${target.stateKey} is taken by the connection to ${name}. ${remedy}`,
  );
}

interface Creation {
  readonly wanted: Connection;
  /** Unusable connections that mean the same. */
  readonly rivals: readonly Connection[];
  readonly content: Connection["state"];
  readonly bot: Bot;
  readonly changes: readonly StoreChange[];
}

async function create(context: ConnectionContext, known: KnownKind, creation: Creation): Promise<ConnectResult> {
  const { wanted, rivals, content, bot, changes } = creation;
  const { roomId, stateKey } = wanted;
  // Before the grant, which would make them valid beside the new one.
  const replaced = rivals.filter(({ id, eventType }) => id !== wanted.id || eventType !== known.canonicalType);
  for (const rival of replaced) {
    await writeState(context.roomState, { roomId, type: rival.eventType, stateKey: rival.stateKey }, { disabled: true }, bot);
  }
  const grant = known.kind.grant?.(wanted.state);
  if (grant !== undefined) await storeGrant(context, roomId, grant, true);
  const secretIds = await prepareSecretIds(context, known, wanted, bot);
  const event = await writeState(context.roomState, { roomId, type: known.canonicalType, stateKey }, content, bot);
  const connection = withSecretKeys(known, interpret(known, event), secretIds);
  await context.index.apply({ put: [connection], remove: replaced.map(({ id }) => id), also: changes });
  context.recentEvents.add(event.event_id);
  return resultOf("created", connection, secretIds[0]);
}

/** An id that an earlier try left is used; one whose connection has ended since is not, as those who know it were to be rid of. */
async function prepareSecretIds(
  context: ConnectionContext,
  known: KnownKind,
  { roomId, stateKey }: Connection,
  bot: Bot,
): Promise<readonly string[]> {
  if (known.kind.secretIds === undefined) return [];
  const ids = await openSecretIds(context, roomId);
  const content = await context.roomState.read(roomId, known.canonicalType, stateKey, bot.userId);
  if (content !== undefined && isEndedState(content)) await ids.remove(known, stateKey);
  return ids.findOrCreate(known, stateKey);
}
