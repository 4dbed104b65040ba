import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import { isUserId, type ConnectionId, type RoomId, type UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import { judgeFound } from "./change-rules.js";
import type { ConnectionContext } from "./dependencies.js";
import { withdrawFormerGrant, withdrawGrant } from "./end-connection.js";
import { interpret } from "./interpret.js";
import { isReplaced } from "./replaced-rooms.js";
import { factsOf, type RoomFacts } from "./room-facts.js";
import { RoomSecretIds } from "./room-secret-ids.js";
import { forgetSecretIds } from "./secret-ids.js";
import { complete, hasEnded, reportUnusable, standingEvents, type Consented } from "./standing-state.js";

/** Where the mark of a direct chat lies; the older name is only read (Hookshot reference 8.2). */
const adminRoomTypes = ["uk.half-shot.matrix-hookshot.github.room", "uk.half-shot.matrix-github.room"] as const;

interface RoomView {
  readonly state: readonly StateEvent[];
  readonly facts: RoomFacts;
}

/**
 * Reads a room's whole state and makes the index and the room's record equal to it, in one batch. State of somebody without the right is
 * skipped here, not put back. Called in the room's turn.
 * @throws RemoteError; nothing is changed then
 */
export async function readRoom(context: ConnectionContext, roomId: RoomId): Promise<void> {
  const before = (await context.rooms.get(roomId)) ?? { roomId, bots: [] };
  const [view, adminUser] = await Promise.all([viewRoom(context, before), readAdminUser(context, before)]);
  const record = { ...before, ...view.facts, ...(adminUser === undefined ? {} : { adminUser }), readAt: context.clock.now() };
  const indexed = new Map((await context.index.inRoom(roomId)).map((connection) => [connection.id, connection]));
  const found = await connectionsIn(context, view.state, record, indexed);
  const connections = new Map(found.map(({ connection }) => [connection.id, connection]));
  const changed = [...connections.values()].filter((connection) => !isDeepStrictEqual(indexed.get(connection.id), connection));
  await withdrawFormerGrants(context, indexed, changed, [...connections.values()]);
  const gone = [...indexed.values()].filter(({ id }) => !connections.has(id));
  await withdrawFromEnded(context, gone, view.state, [...connections.values()]);
  const learnt = found.flatMap(({ changes }) => changes);
  await context.index.apply({ put: changed, remove: gone.map(({ id }) => id), also: [...context.rooms.put(record), ...learnt] });
  for (const connection of changed) reportUnusable(context, connection);
  context.onRoomRead?.(record);
}

async function withdrawFormerGrants(
  context: ConnectionContext,
  indexed: ReadonlyMap<ConnectionId, Connection>,
  changed: readonly Connection[],
  present: readonly Connection[],
): Promise<void> {
  for (const connection of changed) {
    const before = indexed.get(connection.id);
    const known = context.kinds.forConnection(connection);
    if (before !== undefined && known !== undefined) await withdrawFormerGrant(context, known, before, connection, present);
  }
}

/** As when the event that ended it is told to us: that one may come later, when nobody knows any more what it ended. */
async function withdrawFromEnded(
  context: ConnectionContext,
  gone: readonly Connection[],
  state: readonly StateEvent[],
  present: readonly Connection[],
): Promise<void> {
  for (const connection of gone) {
    const known = context.kinds.forConnection(connection);
    if (known === undefined || connection.isStatic === true || !hasEnded(context, known, state, connection)) continue;
    await withdrawGrant(context, known, connection, present);
    await forgetSecretIds(context, known, connection);
  }
}

async function connectionsIn(
  context: ConnectionContext,
  state: readonly StateEvent[],
  record: RoomRecord,
  indexed: ReadonlyMap<ConnectionId, Connection>,
): Promise<readonly Consented[]> {
  const { roomId, bots } = record;
  if (bots.length === 0) return [];
  const statics = context.statics?.inRoom(roomId, bots) ?? [];
  if (await isReplaced(context.rooms, roomId, record)) {
    if (statics.length > 0) context.log.warn({ roomId }, "The configuration's connections name a room that was replaced by another one");
    return [];
  }
  const found = statics.map((connection): Consented => ({ connection, changes: [] }));
  const ids = new RoomSecretIds(context, roomId, bots);
  for (const [id, { known, event }] of standingEvents(context, state)) {
    if (statics.some((connection) => connection.id === id)) continue;
    const before = indexed.get(id)?.isStatic === true ? undefined : indexed.get(id);
    found.push(await complete(context, known, judgeFound(context, known, interpret(known, event), before), before, ids));
  }
  return found;
}

/**
 * The room as one of our bots sees it. A bot that has left sees the room as it was when it left, so such a view does not count unless
 * there is no better one.
 */
async function viewRoom(context: ConnectionContext, { roomId, bots }: RoomRecord): Promise<RoomView> {
  let refusal: RemoteError | undefined;
  let isOutdated = false;
  for (const userId of candidates(context, bots)) {
    try {
      const state = await context.roomState.readAll(roomId, userId);
      const facts = factsOf(state, context.bots);
      if (facts.bots.includes(userId)) return { state, facts };
      isOutdated = true;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.isTransient) throw error;
      refusal = error;
    }
  }
  if (isOutdated || refusal === undefined) return { state: [], facts: { bots: [] } };
  throw refusal;
}

/** The bots known to be in the room; without any, all of them may be. */
function candidates({ bots }: ConnectionContext, joined: readonly UserId[]): readonly UserId[] {
  return joined.length > 0 ? joined : bots.all.map((bot) => bot.userId);
}

/** Asked once, when the room is read for the first time: afterwards we set the mark ourselves. */
async function readAdminUser(context: ConnectionContext, { roomId, adminUser, readAt }: RoomRecord): Promise<UserId | undefined> {
  if (adminUser !== undefined || readAt !== undefined) return undefined;
  const marks = await Promise.all(adminRoomTypes.map((type) => readMark(context, roomId, type)));
  return marks.find((mark) => mark !== undefined);
}

async function readMark({ accountData, bots }: ConnectionContext, roomId: RoomId, type: string): Promise<UserId | undefined> {
  try {
    const person = (await accountData.get(roomId, type, bots.main.userId))?.["admin_user"];
    return isUserId(person) ? person : undefined;
  } catch (error) {
    if (error instanceof RemoteError && !error.isTransient) return undefined;
    throw error;
  }
}
