import { RemoteError } from "../core/errors.js";

const hourMs = 3_600_000;

/** A try with unknown outcome is repeated blindly only so long: homeservers forget transaction ids after a day. */
export const blindRepeatMs = 12 * hourMs;
/** A room in which sends fail with 5xx while others succeed is given up after this. */
export const failingRoomLimitMs = 24 * hourMs;
/** A room that forbids its joined bot to speak is given up after this. */
export const forbiddenRoomLimitMs = 7 * 24 * hourMs;
export const forbiddenRetryMs = hourMs;

const firstDelayMs = 500;
const longestDelayMs = 5 * 60_000;

/** What a failed send means for what comes next. */
export type FailureMeaning =
  /** The homeserver cannot be used just now; waiting never uses up tries. */
  | { readonly kind: "homeserver-away"; readonly reason: string }
  /** Too many requests of this sender. */
  | { readonly kind: "sender-limited"; readonly delayMs: number }
  /** Something is wrong in this room, or with the homeserver: others tell which. */
  | { readonly kind: "room-failing"; readonly reason: string }
  /** The sender may not speak here, or is not in the room. */
  | { readonly kind: "forbidden"; readonly reason: string }
  /** The event itself is refused; sending it again cannot help. */
  | { readonly kind: "refused"; readonly reason: string };

const defaultLimitMs = 2_000;

/** Reads the homeserver's answer to a send (Matrix spec, client-server API, "Standard error response"). */
export function meaningOfFailure(error: unknown): FailureMeaning {
  if (!(error instanceof RemoteError)) return { kind: "room-failing", reason: error instanceof Error ? error.message : String(error) };
  const { status, remoteCode, message } = error;
  if (status === undefined) return { kind: "homeserver-away", reason: message };
  if (status === 429) return { kind: "sender-limited", delayMs: error.retryAfterMs ?? defaultLimitMs };
  if (status === 401)
    return { kind: "homeserver-away", reason: `${message}. Check as_token in the registration file, at the homeserver and here` };
  if (status >= 500) return { kind: "room-failing", reason: message };
  // Not an answer of the homeserver's API: a proxy that dislikes what the message says, or a wrong address, which all rooms then show.
  if (remoteCode === undefined || remoteCode === "M_UNRECOGNIZED") {
    return { kind: "room-failing", reason: `${message}. That is not a homeserver's answer; check bridge.url and any proxy before it` };
  }
  if (status === 403 || status === 404) return { kind: "forbidden", reason: message };
  return { kind: "refused", reason: message };
}

/** Grows with each try, up to five minutes; `chance` (0 to 1) spreads the tries of many rooms. */
export function retryDelayMs(attempts: number, chance: number): number {
  const full = Math.min(firstDelayMs * 2 ** Math.min(attempts, 20), longestDelayMs);
  return full * (0.5 + chance / 2);
}
