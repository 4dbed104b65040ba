import type { Clock } from "../shared/clock.js";

interface BudgetOptions {
  /** How many may be spent at once. */
  readonly most: number;
  /** How long it takes until another may be. */
  readonly refillMs: number;
  readonly clock: Clock;
}

/** A bucket of attempts that fills up again over time. */
export class AttemptBudget {
  readonly #options: BudgetOptions;
  #left: number;
  #countedAt: number;

  constructor(options: BudgetOptions) {
    this.#options = options;
    this.#left = options.most;
    this.#countedAt = options.clock.now();
  }

  /** @returns false when there is none left */
  spend(): boolean {
    this.#refill();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** For an attempt that turned out well. */
  giveBack(): void {
    this.#left = Math.min(this.#options.most, this.#left + 1);
  }

  #refill(): void {
    const now = this.#options.clock.now();
    // A clock that was set back gives nothing, and takes nothing.
    const earned = Math.max(0, now - this.#countedAt) / this.#options.refillMs;
    this.#left = Math.min(this.#options.most, this.#left + earned);
    this.#countedAt = now;
  }
}
