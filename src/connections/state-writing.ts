import type { Bot } from "../core/bots.js";
import { PermissionError, RemoteError, ValidationError } from "../core/errors.js";
import type { EventId, RoomId } from "../core/ids.js";
import type { RoomState } from "../core/ports/rooms.js";
import type { ConnectionContext } from "./dependencies.js";
import type { ConnectionEvent } from "./interpret.js";
import { botNotJoined, botRefusal } from "./refusals.js";

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

/** What an event may have as a whole (Matrix spec, "Size limits"); the homeserver, which adds to it, has the last word. */
const longestEventBytes = 65_536;
const longestStateKeyBytes = 255;
/** JSON writes halves of surrogate pairs that stand alone as escapes, and those alone; they have no UTF-8 form. */
const loneSurrogate = /(?<!\\)(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

/** @throws ValidationError for a state event that no room takes */
export function requireWritable({ roomId, type, stateKey }: StatePlace, content: Readonly<Record<string, unknown>>): void {
  const event = JSON.stringify({ room_id: roomId, type, state_key: stateKey, content });
  if (loneSurrogate.test(event)) throw new ValidationError("The configuration holds half of a character, which no room takes.");
  if (Buffer.byteLength(event) > longestEventBytes) throw tooLarge();
  if (Buffer.byteLength(stateKey) > longestStateKeyBytes || stateKey.includes("\0")) {
    throw new ValidationError(`The connection's name must have at most ${longestStateKeyBytes} bytes, and no zero byte.`);
  }
}

/**
 * Writes a state event of a change that somebody asked for. As `writeState`, but who asked is told what is wrong with it.
 * @throws PermissionError when the homeserver refuses, with HS_NOT_IN_ROOM when the bot has left; ValidationError; RemoteError
 */
export async function writeChange(
  context: Pick<ConnectionContext, "roomState" | "accounts">,
  place: StatePlace,
  content: Readonly<Record<string, unknown>>,
  bot: Bot,
): Promise<ConnectionEvent> {
  try {
    return await writeState(context.roomState, place, content, bot);
  } catch (error) {
    if (error instanceof RemoteError && (error.status === 413 || error.remoteCode === "M_TOO_LARGE")) throw tooLarge(error);
    // Numbers with a fraction, for example: room versions from 6 on have none.
    if (error instanceof RemoteError && error.status === 400) {
      throw new ValidationError(`The room does not take the configuration. ${error.message}`, { cause: error });
    }
    if (error instanceof PermissionError && (await hasLeft(context, place.roomId, bot))) throw botNotJoined();
    throw error;
  }
}

/** The news that the bot was put out of the room may not have reached us yet. */
async function hasLeft({ accounts }: Pick<ConnectionContext, "accounts">, roomId: RoomId, { userId }: Bot): Promise<boolean> {
  try {
    return !(await accounts.joinedRooms(userId)).includes(roomId);
  } catch {
    return false;
  }
}

function tooLarge(cause?: unknown): ValidationError {
  return new ValidationError("The configuration is too large for a room: an event has at most 65,536 bytes.", { cause });
}
