import { PermissionError, RemoteError, StorageError, SwitchboardError } from "../core/errors.js";
import type { RemoteAccount } from "../core/registered-remote.js";
import type { Log } from "../shared/log.js";
import { secretsOf } from "../vocabulary/remote-credentials.js";

/** After so many failures in a row for one reason nothing else is tried: an account that is not accepted may be locked, and time runs. */
const mostInARow = 3;

/** A shorter secret may stand in any sentence by chance, and taking it out would tell it. */
const shortestSought = 6;

/** What went wrong in a run, and whether it is worth going on. */
export class Failures {
  readonly #secrets: readonly string[];
  readonly #log: Pick<Log, "error" | "warn">;
  #last = "";
  #inARow = 0;
  #isHopeless = false;

  constructor(account: RemoteAccount, log: Pick<Log, "error" | "warn">) {
    this.#secrets = secretsOf(account).filter((secret) => secret.length >= shortestSought);
    this.#log = log;
  }

  /** Why the others are not tried; undefined while they are. */
  get reason(): string | undefined {
    return this.#isHopeless ? `It was not tried, because others failed: ${this.#last}` : undefined;
  }

  noteSuccess(): void {
    this.#inARow = 0;
  }

  /** @returns the sentence that is told of it */
  note(error: unknown): string {
    const sentence = this.describe(error);
    this.#inARow = sentence === this.#last ? this.#inARow + 1 : 1;
    this.#last = sentence;
    if (isForAll(error) || (mayBeForAll(error) && this.#inARow >= mostInARow)) this.#isHopeless = true;
    return sentence;
  }

  /** What trackers say holds no secret; this is the second line of defence. */
  describe(error: unknown): string {
    if (error instanceof StorageError) {
      this.#log.warn({ error }, "What is known of a finding could not be stored");
      return "It could not be stored here. Send it again.";
    }
    if (error instanceof SwitchboardError) {
      return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), error.message);
    }
    this.#log.error({ error }, "A finding failed unexpectedly");
    return "An internal error occurred; the log says more.";
  }
}

function isForAll(error: unknown): boolean {
  return error instanceof StorageError || (error instanceof RemoteError && [401, 407, 429].includes(error.status ?? 0));
}

/** What is wrong with one finding or one issue says nothing of others. */
function mayBeForAll(error: unknown): boolean {
  return error instanceof PermissionError || (error instanceof RemoteError && (error.isTransient || error.status === 403));
}
