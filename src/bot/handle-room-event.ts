import { RemoteError, StorageError } from "../core/errors.js";
import { isStateEvent, type StateEvent } from "../core/matrix-event.js";
import type { Reply, RoomWork, RoomWorkResult } from "../core/ports/room-work.js";
import { createStateTypeIndex, handleConnectionState, handleRedaction } from "./connection-state.js";
import type { BotDeps } from "./deps.js";
import { EncryptedRooms } from "./encrypted-rooms.js";
import { createMessageHandler } from "./handle-message.js";
import { Listeners } from "./listeners.js";
import { handleMembership } from "./membership.js";
import { carryOverInto, handleTombstone } from "./room-upgrade.js";

/**
 * What the bot does about an event of a room, in the room's turn. Every part may run again after a crash.
 * What may succeed later is thrown on, so that the work waits; everything else is logged here, so that nothing an event holds stops the
 * events behind it.
 */
export function createRoomEventHandler(deps: BotDeps): (work: RoomWork) => Promise<RoomWorkResult> {
  const serviceOf = createStateTypeIndex(deps.services);
  const handleMessage = createMessageHandler(deps);
  const encryptedRooms = new EncryptedRooms(deps);
  const listeners = new Listeners(deps);

  async function handleState(work: RoomWork, event: StateEvent): Promise<readonly Reply[]> {
    const active = serviceOf(event.type);
    if (event.type === "m.room.member") return handleMembership(work, deps, encryptedRooms);
    if (event.type === "m.room.encryption" && event.state_key === "") return encryptedRooms.answerEncryption(work);
    if (active !== undefined) await handleConnectionState(event, active, deps);
    else if (event.state_key === "") await handleRoomState(work, deps);
    return [];
  }

  /** What is neither state nor a command is for the room's connections to act on; to hand on is all but secrets. */
  async function handleOther(work: RoomWork): Promise<RoomWorkResult> {
    const { event } = work;
    // Before anything is done: a command may end the connection that hands it on.
    const forwards = await listeners.forwardsOf(event);
    const message = event.type === "m.room.message" ? await handleMessage(work) : undefined;
    if (message?.kind === "secret") return { replies: message.replies };
    const result = message?.kind === "command" ? { replies: message.replies } : await unlessFailed(work, () => act(work));
    return { ...result, forwards };
  }

  async function act(work: RoomWork): Promise<RoomWorkResult> {
    if (work.event.type === "m.room.redaction") await handleRedaction(work.event, deps);
    return listeners.act(work);
  }

  async function handle(work: RoomWork): Promise<RoomWorkResult> {
    return isStateEvent(work.event) ? { replies: await handleState(work, work.event) } : handleOther(work);
  }

  async function unlessFailed(work: RoomWork, run: () => Promise<RoomWorkResult>): Promise<RoomWorkResult> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof StorageError || (error instanceof RemoteError && error.isTransient)) throw error;
      const { event_id: eventId, room_id: roomId, type } = work.event;
      deps.log.error({ eventId, roomId, type, error }, "An event of a room could not be dealt with");
      return { replies: [] };
    }
  }

  return (work) => unlessFailed(work, () => handle(work));
}

async function handleRoomState(work: RoomWork, deps: BotDeps): Promise<void> {
  const { type, room_id: roomId } = work.event;
  switch (type) {
    case "m.room.tombstone":
      return handleTombstone(work, deps);
    case "m.room.power_levels":
      await deps.onMaySpeak(roomId);
      return carryOverInto(roomId, deps);
    case "m.room.create":
      return carryOverInto(roomId, deps);
    default:
  }
}
