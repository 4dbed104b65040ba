import { PermissionError, RemoteError } from "../core/errors.js";
import { isRoomId, type RoomId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { RoomWork } from "../core/ports/room-work.js";
import type { BotDeps } from "./deps.js";
import { joinRoom } from "./join-room.js";
import { changeRoom } from "./room-records.js";

/*
 * Room upgrades (reference 8.2). The old room's tombstone names the new room, the new room's create event names the old one: connections
 * move only when both say so, else anybody with a room of their own could take them. `carryOverFrom` in the new room's record says that a
 * move is owed: until it is paid, the connections go on in the old room. It is stored, so it survives a restart.
 *
 *   tombstone (old room's turn): note `replacedBy` and `carryOverFrom`, join the new room as every bot of the old one. A refusal means that
 *     somebody has to invite it. Where a bot was in the new room before, the move is made now, in that room's turn.
 *   bot joined (new room's turn): the move is made, or, without the bot's power, stays owed.
 *   power levels (new room's turn): what is owed is tried again.
 *
 * Only the old room waits for the new one's turn, and not for a room that is replaced itself: `replacedBy` is stored before the new room's
 * record is looked at, so of rooms that name each other in a ring one sees the other's and does not wait.
 */

/** The old room's side of an upgrade. */
export async function handleTombstone(work: RoomWork, deps: BotDeps): Promise<void> {
  const from = work.event.room_id;
  const to = work.event.content["replacement_room"];
  if (!isRoomId(to) || to === from) return;
  const { bots } = await changeRoom(deps, from, (draft) => (draft.replacedBy = to));
  if (bots.length === 0) return;
  if ((await deps.rooms.get(to))?.replacedBy !== undefined) {
    deps.log.warn({ roomId: from, to }, "Connections are not carried over: the new room is replaced as well");
    return;
  }
  await deps.queue.run(to, () => noteOwed(from, to, deps));
  for (const bot of bots) await joinRoom(to, bot, work, deps);
  await deps.queue.run(to, () => carryOverInto(to, deps));
}

/** Before the new room was read nobody knows what it replaces; then an earlier note is not pushed aside by a later tombstone's claim. */
async function noteOwed(from: RoomId, to: RoomId, deps: BotDeps): Promise<void> {
  const record = await deps.rooms.get(to);
  const owed = predecessorOf(record) ?? record?.carryOverFrom ?? from;
  if (owed === from) await changeRoom(deps, to, (draft) => (draft.carryOverFrom = from));
}

function predecessorOf(record: RoomRecord | undefined): RoomId | undefined {
  const predecessor = record?.create?.content["predecessor"];
  if (typeof predecessor !== "object" || predecessor === null || !("room_id" in predecessor)) return undefined;
  return isRoomId(predecessor.room_id) ? predecessor.room_id : undefined;
}

/** Moves what the room's predecessor holds, if both rooms name each other and a bot is in each. Called in the room's turn. */
export async function carryOverInto(to: RoomId, deps: BotDeps): Promise<void> {
  const record = await deps.rooms.get(to);
  // Without a create event the room was not read: no bot of ours is in it yet.
  if (record?.create === undefined || record.bots.length === 0) return;
  const from = predecessorOf(record);
  if (record.carryOverFrom !== undefined && record.carryOverFrom !== from) await clearOwed(to, deps);
  const old = from === undefined || from === to ? undefined : await deps.rooms.get(from);
  if (old?.replacedBy !== to || old.bots.length === 0) return;
  if (record.carryOverFrom === old.roomId || (await deps.operations.list(old.roomId)).length > 0) await move(old.roomId, to, deps);
}

async function move(from: RoomId, to: RoomId, deps: BotDeps): Promise<void> {
  try {
    const pairs = await deps.operations.carryOver(from, to);
    deps.log.info({ roomId: from, to, connections: pairs.length }, "Connections were carried over to the room's replacement");
  } catch (error) {
    if (!isRefusal(error)) throw error;
    deps.log.warn({ roomId: from, to, error }, "Connections stay in the replaced room until the bot may set state in the new one");
    await changeRoom(deps, to, (draft) => (draft.carryOverFrom = from));
    return;
  }
  await clearOwed(to, deps);
}

function isRefusal(error: unknown): boolean {
  return error instanceof PermissionError || (error instanceof RemoteError && !error.isTransient);
}

async function clearOwed(to: RoomId, deps: BotDeps): Promise<void> {
  await changeRoom(deps, to, (draft) => {
    delete draft.carryOverFrom;
  });
}
