import { SwitchboardError } from "../core/errors.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { Clock } from "../shared/clock.js";
import type { TransactionIntake } from "./transaction-intake.js";

interface HeldTransactionsOptions {
  readonly intake: Pick<TransactionIntake, "take">;
  readonly clock: Pick<Clock, "now" | "after">;
  /** Asks the homeserver to send what it holds back. */
  readonly askAgain: () => void;
  readonly log: { info(fields: object, message: string): void };
}

/** So long after a homeserver found us again one of its transactions may turn out to be held back. */
const watchMs = 10 * 60_000;
/** On a homeserver with several application services numbers are missing anyway: then as often a transaction comes a moment later. */
const mostRefusals = 3;
/** The homeserver notes that it failed before it can be asked to try again. */
const askAfterMs = 250;

/**
 * Synapse (seen with 1.163) leaves a transaction lying that it makes in the moment in which it has found us again: it is not sent then, and
 * nobody looks for it until sending fails once more, while everything later goes past it. Transactions are numbered, so the next one
 * shows that one is missing. It is refused, once: what was left lying is the oldest and is sent first then, and after it what was refused.
 */
export class HeldTransactions {
  readonly #options: HeldTransactionsOptions;
  #last: number | undefined;
  #watchesUntil = Number.NEGATIVE_INFINITY;
  #refusalsLeft = 0;

  constructor(options: HeldTransactionsOptions) {
    this.#options = options;
  }

  /** The homeserver found us again: at our start, and after it or we were away. */
  foundAgain(): void {
    this.#watchesUntil = this.#options.clock.now() + watchMs;
    this.#refusalsLeft = mostRefusals;
  }

  /** @throws SwitchboardError HS_UNAVAILABLE where one before it is missing; StorageError */
  async take(transactionId: string, events: readonly MatrixEvent[]): Promise<void> {
    if (this.#isOneMissingBefore(transactionId)) {
      const { clock, askAgain, log } = this.#options;
      log.info({ transactionId }, "The homeserver holds back an older transaction; this one is asked for again, behind it");
      clock.after(askAfterMs, askAgain);
      throw new SwitchboardError("HS_UNAVAILABLE", "An older transaction is missing; please send it first.");
    }
    await this.#options.intake.take(transactionId, events);
  }

  #isOneMissingBefore(transactionId: string): boolean {
    // Other homeservers have other ids, and their transactions wait for each other.
    if (!/^\d{1,15}$/.test(transactionId)) return false;
    const number = Number(transactionId);
    const last = this.#last;
    this.#last = number;
    if (last === undefined || number <= last + 1) return false;
    if (this.#refusalsLeft === 0 || this.#options.clock.now() > this.#watchesUntil) return false;
    this.#refusalsLeft -= 1;
    return true;
  }
}
