import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import { NotFoundError, SwitchboardError } from "../core/errors.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionTarget } from "../core/service.js";
import { checkMayChange } from "./check-may-change.js";
import { applyOptions } from "./connect-options.js";
import type { ConnectionContext } from "./dependencies.js";
import { storeGrant } from "./grants.js";
import { interpret, resourceOf } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import type { ConnectInput } from "./operations.js";
import { readRoom } from "./read-room.js";
import { writeState } from "./state-writing.js";

/** What `connect` gives. */
export interface Connected {
  readonly kind: "created" | "exists";
  readonly connection: Connection;
}

/**
 * Connects a room: checks, grant, state event, index, in that order. Run again after a crash at any point it comes to the same.
 * Called in the room's turn.
 * @throws PermissionError, ValidationError, RemoteError
 */
export async function connect(context: ConnectionContext, input: ConnectInput): Promise<Connected> {
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
    return { kind: "exists", connection: standing };
  }
  await requireFreePlace(context, known, wanted, target);
  return { kind: "created", connection: await create(context, known, { wanted, rivals, content, bot, changes }) };
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
async function requireFreePlace(
  { index }: ConnectionContext,
  known: KnownKind,
  { id }: Connection,
  target: ConnectionTarget,
): Promise<void> {
  const inPlace = await index.get(id);
  if (inPlace?.status.kind !== "active") return;
  const { name } = known.kind.describe(inPlace.state, inPlace.stateKey);
  throw new SwitchboardError(
    "HS_CONFLICTING_CONNECTION",
    `The room's state key ${target.stateKey} is taken by the connection to ${name}. Disconnect that one first.`,
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

async function create(context: ConnectionContext, known: KnownKind, creation: Creation): Promise<Connection> {
  const { wanted, rivals, content, bot, changes } = creation;
  const { roomId, stateKey } = wanted;
  // Before the grant, which would make them valid beside the new one.
  const replaced = rivals.filter(({ id, eventType }) => id !== wanted.id || eventType !== known.canonicalType);
  for (const rival of replaced) {
    await writeState(context.roomState, { roomId, type: rival.eventType, stateKey: rival.stateKey }, { disabled: true }, bot);
  }
  const grant = known.kind.grant?.(wanted.state);
  if (grant !== undefined) await storeGrant(context, roomId, grant, true);
  const event = await writeState(context.roomState, { roomId, type: known.canonicalType, stateKey }, content, bot);
  const connection = interpret(known, event);
  await context.index.apply({ put: [connection], remove: replaced.map(({ id }) => id), also: changes });
  context.recentEvents.add(event.event_id);
  return connection;
}
