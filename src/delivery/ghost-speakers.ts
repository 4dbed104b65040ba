import type { Delivery } from "../core/delivery.js";
import { RemoteError } from "../core/errors.js";
import type { Ghosts } from "../core/ports/ghosts.js";
import { meaningOfFailure } from "./retry-policy.js";

/** A ghost could not be made ready to speak, so nothing was sent. A refusal of any kind counts as "may not speak". */
export class GhostNotReadyError extends RemoteError {}

/** Sees to it that ghosts can speak where they are about to. */
export class GhostSpeakers {
  readonly #ghosts: Ghosts;

  constructor(ghosts: Ghosts) {
    this.#ghosts = ghosts;
  }

  /** Called before each message. @returns undefined when nothing has to be waited for. @throws GhostNotReadyError (as rejection) */
  prepare({ sender, ghost, roomId }: Delivery): Promise<void> | undefined {
    if (ghost === undefined) return undefined;
    return this.#ghosts.prepare(sender, ghost, roomId)?.catch((error: unknown) => {
      throw notReady(sender, error);
    });
  }

  /**
   * Whether a send that failed is worth another try at once: the ghost may have been thrown out or forgotten by the homeserver since it
   * was made ready, which `prepare` mends.
   */
  mayMend({ sender, ghost, roomId }: Delivery, error: unknown): boolean {
    if (ghost === undefined || error instanceof GhostNotReadyError || meaningOfFailure(error).kind !== "forbidden") return false;
    this.#ghosts.forget(sender, roomId);
    return true;
  }
}

function notReady(sender: string, error: unknown): GhostNotReadyError {
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${sender} could not be made ready to speak: ${reason}`;
  // What nobody expected is no sign that the homeserver is away.
  if (!(error instanceof RemoteError)) return new GhostNotReadyError(message, { status: 500, cause: error });
  const { status, remoteCode, retryAfterMs } = error;
  const isRefused = meaningOfFailure(error).kind === "refused";
  return new GhostNotReadyError(message, {
    ...(status === undefined ? {} : { status: isRefused ? 403 : status }),
    ...(remoteCode === undefined ? {} : { remoteCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}
