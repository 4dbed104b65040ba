import type { Bot } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { EventId, RoomId } from "../core/ids.js";
import type { RoomState } from "../core/ports/rooms.js";
import type { ConnectionEvent } from "./interpret.js";
import { botRefusal } from "./refusals.js";

interface StatePlace {
  readonly roomId: RoomId;
  readonly type: string;
  readonly stateKey: string;
}

/**
 * Writes a state event as a bot. Once the index has what it means, its id belongs into `recentEvents`, so that it is no news when the
 * homeserver sends it to us.
 * @throws PermissionError when the homeserver refuses; RemoteError
 */
export async function writeState(
  roomState: Pick<RoomState, "set">,
  place: StatePlace,
  content: Readonly<Record<string, unknown>>,
  bot: Bot,
): Promise<ConnectionEvent> {
  const eventId = await setState(roomState, place, content, bot);
  return { room_id: place.roomId, type: place.type, state_key: place.stateKey, content, event_id: eventId, sender: bot.userId };
}

async function setState(
  roomState: Pick<RoomState, "set">,
  { roomId, type, stateKey }: StatePlace,
  content: Readonly<Record<string, unknown>>,
  bot: Bot,
): Promise<EventId> {
  try {
    return await roomState.set(roomId, type, stateKey, content, bot.userId);
  } catch (error) {
    if (error instanceof RemoteError && error.status === 403) throw botRefusal(`The homeserver refused ${type} from ${bot.userId}.`);
    throw error;
  }
}
