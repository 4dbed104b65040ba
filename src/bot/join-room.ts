import { RemoteError } from "../core/errors.js";
import { serverOf, type RoomId, type UserId } from "../core/ids.js";
import type { RoomWork } from "../core/ports/room-work.js";
import type { BotDeps } from "./deps.js";

/** How long a room is tried whose server fails: after a day nobody waits for the bot any more. */
const longestTryMs = 24 * 60 * 60 * 1000;

/**
 * Joins as the event's sender asked, through the sender's server. A refusal is logged; a failure that may pass is thrown on, so that the
 * room's work waits and joins later, for as long as a day if the server answers with failures.
 * @returns whether the user is in the room now
 * @throws RemoteError
 */
export async function joinRoom(
  roomId: RoomId,
  as: UserId,
  work: Pick<RoomWork, "event" | "receivedAt">,
  { accounts, clock, log }: Pick<BotDeps, "accounts" | "clock" | "log">,
): Promise<boolean> {
  try {
    await accounts.join(roomId, as, [serverOf(work.event.sender)]);
    return true;
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const isGivenUp = error.status !== undefined && error.status >= 500 && clock.now() - work.receivedAt > longestTryMs;
    if (error.isTransient && !isGivenUp) throw error;
    log.warn({ roomId, user: as, error }, `${as} could not join ${roomId}; invite it again`);
    return false;
  }
}
