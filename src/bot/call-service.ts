import { RemoteError, SwitchboardError } from "../core/errors.js";

/**
 * Asks a service for something. A remote that fails is told to the person at once: unlike the homeserver, which the room's work waits for,
 * it may be gone for good, and the person is there to try again.
 * @throws SwitchboardError (never a RemoteError) when the remote failed
 */
export async function callService<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw asAnswer(error);
  }
}

/** The error as one that is told instead of waited for. */
export function asAnswer(error: unknown): unknown {
  return error instanceof RemoteError ? new SwitchboardError(error.code, error.message, { cause: error }) : error;
}
