import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import { mayRedactOthers } from "../core/power-levels.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { RoomWork } from "../core/ports/room-work.js";
import type { BotDeps } from "./deps.js";

type RemovalDeps = Pick<BotDeps, "roomState" | "clock" | "log">;

/** A homeserver that fails for longer is not waited for: the person has to be told while the secret lies there. */
const longestTryMs = 5 * 60 * 1000;

/**
 * Redacts the message as one of our bots that may. Doing so again is harmless.
 * @returns whether it is gone; if not, its sender has to remove it
 * @throws RemoteError when the homeserver has to be waited for
 */
export async function removeMessage(work: RoomWork, room: RoomRecord, deps: RemovalDeps): Promise<boolean> {
  try {
    for (const bot of await botsThatMay(room, deps)) {
      if (await redact(work, bot, deps)) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof RemoteError) || isWorthWaiting(error, work, deps)) throw error;
    return false;
  }
}

function isWorthWaiting(error: RemoteError, { receivedAt }: RoomWork, { clock }: RemovalDeps): boolean {
  const isFailing = error.status !== undefined && error.status >= 500;
  return error.isTransient && !(isFailing && clock.now() - receivedAt > longestTryMs);
}

/** Homeservers may take a redaction that then has no effect, so the power levels are asked and not only the answer. */
async function botsThatMay({ roomId, bots, create }: RoomRecord, { roomState }: RemovalDeps): Promise<readonly UserId[]> {
  const [reader] = bots;
  if (reader === undefined || create === undefined) return [];
  const levels = await roomState.read(roomId, "m.room.power_levels", "", reader);
  const power = { levels, create: create.content, creator: create.sender };
  return bots.filter((bot) => mayRedactOthers(power, bot));
}

async function redact({ event }: RoomWork, as: UserId, { roomState, log }: RemovalDeps): Promise<boolean> {
  const { room_id: roomId, event_id: eventId } = event;
  try {
    await roomState.redact(roomId, eventId, "It held a secret.", as);
    return true;
  } catch (error) {
    if (!(error instanceof RemoteError) || error.isTransient) throw error;
    log.warn({ roomId, eventId, bot: as, error }, "A message that holds a secret could not be removed");
    return false;
  }
}
