import { isDeepStrictEqual } from "node:util";
import { connectionId, isEndedState, type ConnectionState } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { Intention } from "../core/ports/intention-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionContext } from "./dependencies.js";
import { clearGrantUnlessNeeded, wouldApprove } from "./end-connection.js";
import { endOlderTypes } from "./end-older-types.js";
import { readState } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { readRoom } from "./read-room.js";
import { isRefusal } from "./refusals.js";
import { requireActingBot } from "./rights.js";
import { forgetSecretIds } from "./secret-ids.js";

/*
 * A change of a connection is several writes, in this order:
 *
 *   set up or changed:  grant of the new resource -> secret id -> state event -> grant of the former resource -> index
 *   ended:              state events -> grant -> secret ids -> index
 *
 * So whatever interrupts it, the room's state tells how it ends: what counts in the room has its grant and its secret id already. The index
 * is made equal to the room, and what nothing in the room needs is taken away: the grant and the id of a connection that did not come to
 * be, or is no more. Done twice, it is the same.
 */

/**
 * Finishes or undoes the changes of a room that were begun and not ended. Called in the room's turn.
 * @throws RemoteError when the homeserver cannot be asked just now; all is as open as before then
 */
export async function settleChanges(context: ConnectionContext, roomId: RoomId): Promise<void> {
  // A service that is switched off since has to wait until it is back.
  const open = (await context.intentions.inRoom(roomId)).filter((intention) => context.kinds.forConnection(intention) !== undefined);
  if (open.length === 0) return;
  const learnt: StoreChange[] = [];
  await settleOpen(context, roomId, open, learnt);
  await context.index.apply({ also: [...learnt, ...open.map((intention) => context.intentions.end(intention))] });
  for (const intention of open) await context.intentions.ended(intention);
}

/** @param learnt takes what goes with the connections that stand as intended */
async function settleOpen(context: ConnectionContext, roomId: RoomId, open: readonly Intention[], learnt: StoreChange[]): Promise<void> {
  try {
    for (const intention of open) await withdrawUnused(context, intention);
    await readRoom(context, roomId);
    for (const intention of open) await settleOne(context, intention, learnt);
    context.log.info({ roomId }, "A change of the room's connections that was interrupted is settled");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.warn(
      { roomId, error },
      "A change of the room's connections was interrupted, and the homeserver refuses to let it be settled",
    );
  }
}

/** Before the room is read: the grant of what did not come to be would approve what somebody without rights is known to have there. */
async function withdrawUnused(context: ConnectionContext, { roomId, stateKey, content, grants, ...of }: Intention): Promise<void> {
  const known = context.kinds.forConnection(of);
  if (known === undefined || content === undefined) return;
  for (const grant of grants) {
    if (!(await wouldApprove(context, roomId, grant))) continue;
    const bot = await requireActingBot(context, roomId, known.active);
    const standing = await context.roomState.read(roomId, known.canonicalType, stateKey, bot.userId);
    if (standing === undefined || !isSame(known, stateKey, standing, content)) await clearGrantUnlessNeeded(context, roomId, grant);
  }
}

async function settleOne(context: ConnectionContext, intention: Intention, learnt: StoreChange[]): Promise<void> {
  const known = context.kinds.forConnection(intention);
  if (known === undefined) return;
  const { roomId, stateKey, content, grants, changes = [] } = intention;
  // Who is not in the room cannot say what stands there, so nothing is taken away.
  await requireActingBot(context, roomId, known.active);
  const standing = await context.index.get(connectionId(roomId, known.canonicalType, stateKey));
  for (const grant of grants) await clearGrantUnlessNeeded(context, roomId, grant);
  if (standing === undefined) return forgetSecretIds(context, known, { roomId, stateKey });
  if (content === undefined || standing.eventType !== known.canonicalType || !isSame(known, stateKey, standing.state, content)) return;
  learnt.push(...changes);
  await endOlderTypes(context, known, standing);
}

/** Whether two contents of a place make the same connection. */
function isSame(known: KnownKind, stateKey: string, left: ConnectionState, right: ConnectionState): boolean {
  const [one, other] = [readState(known, left, stateKey), readState(known, right, stateKey)];
  return !isEndedState(left) && one.ok && other.ok && isDeepStrictEqual(one.state, other.state);
}

/** After a failure in the middle of a change: at once if that is possible, else later. The failure is what the caller is told. */
export async function settleAfterFailure(context: ConnectionContext, roomId: RoomId): Promise<void> {
  try {
    await settleChanges(context, roomId);
  } catch (error) {
    context.log.warn({ roomId, error }, "A change of the room's connections was interrupted; it is settled later");
    context.onUnsettled?.(roomId);
  }
}

/** Rooms with changes that can be settled. */
export async function unsettledRooms({ intentions, kinds }: ConnectionContext): Promise<readonly RoomId[]> {
  const rooms: RoomId[] = [];
  for (const roomId of await intentions.rooms()) {
    if ((await intentions.inRoom(roomId)).some((intention) => kinds.forConnection(intention) !== undefined)) rooms.push(roomId);
  }
  return rooms;
}
