import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import { PermissionError, RemoteError } from "../core/errors.js";
import type { ConnectionId, RoomId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { RoomPower } from "../core/power-levels.js";
import { judgeFound } from "./change-rules.js";
import { checkBot } from "./check-may-change.js";
import type { ConnectionContext, MovedConnection } from "./dependencies.js";
import { endState } from "./disconnect.js";
import { withdrawGrant } from "./end-connection.js";
import { grantOf, storeGrant } from "./grants.js";
import { interpret } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { findActingBot, requireActingBot } from "./rights.js";
import { openSecretIds } from "./room-secret-ids.js";
import { withSecretIds } from "./secret-ids.js";
import { complete, standingEvents, withConsent, type StandingEvent } from "./standing-state.js";
import { writeState } from "./state-writing.js";

/** A connection that is to move, with the body as it stands in the old room. */
interface Move {
  readonly known: KnownKind;
  readonly event: StateEvent;
  readonly from: Connection;
  /** Our bot in the new room. */
  readonly bot: Bot;
  readonly secretIds: readonly string[];
  /** What asking for consent in the old room taught the service. */
  readonly changes: readonly StoreChange[];
}

/*
 * What moves is read from the old room's state and not from the index, so that a carry-over can be made long after the upgrade:
 *
 *   all may move?  ->  each: grant, secret ids and state in the new room  ->  what waits moves (`onMoved`)  ->  each: ended in the old room
 *
 * Only the last step takes a connection out of the old room, so whatever fails before can be done again from the start. Secret ids are left
 * where they were: a second try has to find them, and without state beside them they lead nowhere.
 */

/**
 * Carries connections over to the room's replacement. Called in the turn of `to`.
 * @returns none when not both rooms name each other: anybody may name a room of their own, or somebody else's
 * @throws PermissionError when a bot lacks power in the new room, nothing is changed then; RemoteError
 */
export async function carryOver(context: ConnectionContext, from: RoomId, to: RoomId): Promise<readonly MovedConnection[]> {
  const newState = await readState(context, to);
  const oldState = await readState(context, from);
  if (predecessorOf(newState) !== from || replacementOf(oldState) !== to) {
    context.log.warn(
      { roomId: from, to },
      "Connections are not carried over: the two rooms do not name each other as predecessor and replacement",
    );
    return [];
  }
  const moves = await findMoves(context, oldState, from, to);
  const power = powerIn(newState);
  for (const { known, bot } of moves) checkBot(power, bot.userId, known.canonicalType);
  const present = standingEvents(context, newState);
  const pairs: MovedConnection[] = [];
  for (const move of moves) pairs.push({ from: move.from, to: await copy(context, move, to, present) });
  if (pairs.length > 0) await context.onMoved?.(pairs, from, to);
  for (const move of moves) await endInOldRoom(context, move);
  await endStatics(context, from);
  return pairs;
}

async function readState(context: ConnectionContext, roomId: RoomId): Promise<readonly StateEvent[]> {
  const reader = (await context.rooms.get(roomId))?.bots[0];
  if (reader === undefined)
    throw new PermissionError(`None of our bots is in ${roomId}. Invite ${context.bots.main.userId}.`, "HS_NOT_IN_ROOM");
  return context.roomState.readAll(roomId, reader);
}

function findCreate(state: readonly StateEvent[]): StateEvent | undefined {
  return state.find(({ type, state_key: stateKey }) => type === "m.room.create" && stateKey === "");
}

function predecessorOf(state: readonly StateEvent[]): unknown {
  const predecessor = findCreate(state)?.content["predecessor"];
  return typeof predecessor === "object" && predecessor !== null && "room_id" in predecessor ? predecessor.room_id : undefined;
}

function replacementOf(state: readonly StateEvent[]): unknown {
  return state.find(({ type, state_key: stateKey }) => type === "m.room.tombstone" && stateKey === "")?.content["replacement_room"];
}

function powerIn(state: readonly StateEvent[]): RoomPower {
  const create = findCreate(state);
  const levels = state.find(({ type, state_key: stateKey }) => type === "m.room.power_levels" && stateKey === "");
  // A room without a create event named no predecessor, so this is not asked of one.
  if (create === undefined) throw new TypeError("A room has no create event");
  return { levels: levels?.content, create: create.content, creator: create.sender };
}

async function findMoves(context: ConnectionContext, oldState: readonly StateEvent[], from: RoomId, to: RoomId): Promise<readonly Move[]> {
  const moves: Move[] = [];
  const ids = await openSecretIds(context, from);
  for (const [id, { known, event }] of standingEvents(context, oldState)) {
    // What the configuration has in its place counts here, and stays.
    if (context.statics?.get(from, id) !== undefined) continue;
    const before = await context.index.get(id);
    const { connection, changes } = await withConsent(context, known, judgeFound(context, known, interpret(known, event), before), before);
    const secretIds = await ids.find(known, event.state_key);
    if (connection.status.kind !== "active" || isLost(context, known, connection, secretIds)) continue;
    moves.push({ known, event, from: connection, bot: await requireActingBot(context, to, known.active), secretIds, changes });
  }
  return moves;
}

/** As in reading a room; one that a person wrote gets its id in the new room. */
function isLost({ bots }: ConnectionContext, { kind }: KnownKind, { sender }: Connection, secretIds: readonly string[]): boolean {
  return kind.secretIds !== undefined && secretIds.length === 0 && bots.get(sender) !== undefined;
}

/** What already stands in the new room was put there by an earlier try or by somebody who wants it so. */
async function copy(
  context: ConnectionContext,
  { known, event, from, bot, secretIds, changes: learnt }: Move,
  to: RoomId,
  present: ReadonlyMap<ConnectionId, StandingEvent>,
): Promise<Connection> {
  const { stateKey } = from;
  const there = [...present.values()].find((standing) => standing.known === known && standing.event.state_key === stateKey);
  const grant = grantOf(known, from);
  if (there === undefined && grant !== undefined) await storeGrant(context, to, grant, true);
  const ids = await openSecretIds(context, to);
  // Also where the state is there already: what was posted to the old room goes on in the new one.
  if (secretIds.length > 0) await ids.add(known, stateKey, secretIds);
  else await ids.findOrCreate(known, stateKey);
  const written =
    there?.event ?? (await writeState(context.roomState, { roomId: to, type: known.canonicalType, stateKey }, event.content, bot));
  const read = interpret(known, written);
  const before = await context.index.get(read.id);
  const { connection, changes } =
    there === undefined
      ? { connection: await withSecretIds(context, known, read, before, ids), changes: [] }
      : await complete(context, known, judgeFound(context, known, read, before), before, ids);
  const fixed = context.statics?.get(to, connection.id);
  await context.index.apply({ put: fixed === undefined ? [connection] : [], also: [...learnt, ...changes] });
  context.recentEvents.add(written.event_id);
  return fixed ?? connection;
}

/** The configuration still names the old room, where nobody reads any more: whoever sends there is told so. */
async function endStatics({ index, log }: ConnectionContext, from: RoomId): Promise<void> {
  const statics = (await index.inRoom(from)).filter(({ isStatic }) => isStatic === true);
  if (statics.length === 0) return;
  log.warn({ roomId: from }, "The configuration's connections name a room that was replaced by another one");
  await index.apply({ remove: statics.map(({ id }) => id) });
}

/** The old room may have been closed to the bot: then its tombstone has to do. */
async function endInOldRoom(context: ConnectionContext, { known, from }: Move): Promise<void> {
  const bot = await findActingBot(context, from.roomId, known.active);
  try {
    const written = bot === undefined ? [] : await endState(context, known, from, { disabled: true }, bot);
    for (const eventId of written) context.recentEvents.add(eventId);
  } catch (error) {
    if (!(error instanceof PermissionError) && !(error instanceof RemoteError && !error.isTransient)) throw error;
    context.log.warn({ roomId: from.roomId, connection: from.id, error }, "A connection that moved could not be ended in the old room");
  }
  await withdrawGrant(context, known, from);
  await context.index.apply({ remove: [from.id] });
}
