import { isDeepStrictEqual } from "node:util";
import { connectionId, type Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { Intention } from "../core/ports/intention-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionContext } from "./dependencies.js";
import { clearGrantUnlessNeeded } from "./end-connection.js";
import { readState } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { endOlderTypes } from "./older-types.js";
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
  const learnt = await settleOpen(context, roomId, open);
  await context.index.apply({ also: [...learnt, ...open.map((intention) => context.intentions.end(intention))] });
  for (const intention of open) await context.intentions.ended(intention);
}

/** @returns what goes with the connections that stand as intended */
async function settleOpen(context: ConnectionContext, roomId: RoomId, open: readonly Intention[]): Promise<readonly StoreChange[]> {
  const changes: StoreChange[] = [];
  try {
    await readRoom(context, roomId);
    for (const intention of open) changes.push(...(await settleOne(context, intention)));
    context.log.info({ roomId }, "A change of the room's connections that was interrupted is settled");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    context.log.warn(
      { roomId, error },
      "A change of the room's connections was interrupted, and the homeserver refuses to let it be settled",
    );
  }
  return changes;
}

async function settleOne(context: ConnectionContext, intention: Intention): Promise<readonly StoreChange[]> {
  const known = context.kinds.forConnection(intention);
  if (known === undefined) return [];
  const { roomId, stateKey, grants, changes = [] } = intention;
  // Who is not in the room cannot say what stands there, so nothing is taken away.
  await requireActingBot(context, roomId, known.active);
  const standing = await context.index.get(connectionId(roomId, known.canonicalType, stateKey));
  for (const grant of grants) await clearGrantUnlessNeeded(context, roomId, grant);
  if (standing === undefined) await forgetSecretIds(context, known, { roomId, stateKey });
  if (standing === undefined || !isAsIntended(known, standing, intention)) return [];
  await endOlderTypes(context, known, standing);
  return changes;
}

function isAsIntended(known: KnownKind, { eventType, state, stateKey }: Connection, { content }: Intention): boolean {
  if (content === undefined || eventType !== known.canonicalType) return false;
  const read = readState(known, content, stateKey);
  return read.ok && isDeepStrictEqual(read.state, state);
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
