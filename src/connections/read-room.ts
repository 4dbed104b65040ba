import { isDeepStrictEqual } from "node:util";
import type { Connection } from "../core/connection.js";
import { RemoteError } from "../core/errors.js";
import { isUserId, type RoomId, type UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { ConnectionContext } from "./dependencies.js";
import { interpret } from "./interpret.js";
import { factsOf, type RoomFacts } from "./room-facts.js";
import { reportUnusable, standingEvents, withConsent, type Consented } from "./standing-state.js";

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
  const indexed = await context.index.inRoom(roomId);
  const isEmpty = record.bots.length === 0 || (await isReplaced(context, roomId, record));
  const consented = isEmpty ? [] : await connectionsIn(context, view.state, indexed);
  const connections = consented.map(({ connection }) => connection);
  const changed = connections.filter((connection) => !indexed.some((known) => isDeepStrictEqual(known, connection)));
  const gone = indexed.filter(({ id }) => !connections.some((connection) => connection.id === id));
  const learnt = consented.flatMap(({ changes }) => changes);
  await context.index.apply({ put: changed, remove: gone.map(({ id }) => id), also: [...context.rooms.put(record), ...learnt] });
  for (const connection of changed) reportUnusable(context, connection);
  context.onRoomRead?.(record);
}

async function connectionsIn(
  context: ConnectionContext,
  state: readonly StateEvent[],
  indexed: readonly Connection[],
): Promise<readonly Consented[]> {
  const consented: Consented[] = [];
  for (const [id, { known, event }] of standingEvents(context, state)) {
    const before = indexed.find((connection) => connection.id === id);
    consented.push(await withConsent(context, known, interpret(known, event), before));
  }
  return consented;
}

/**
 * True for a room that another one replaced, whose connections have ended (Hookshot reference 8.1); but until they were carried over they
 * go on where they are.
 */
export async function isReplaced({ rooms }: ConnectionContext, roomId: RoomId, known?: RoomRecord): Promise<boolean> {
  const replacedBy = (known ?? (await rooms.get(roomId)))?.replacedBy;
  return replacedBy !== undefined && (await rooms.get(replacedBy))?.carryOverFrom !== roomId;
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
