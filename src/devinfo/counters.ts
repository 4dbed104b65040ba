import type { DevinfoStore } from "../core/ports/devinfo-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";

/** What only rises, across restarts too: numbers of handles, and times of acceptance. */
export class Counters {
  readonly #store: DevinfoStore;
  readonly #clock: Clock;
  #handle = 0;
  #acceptance = 0;
  #reading: Promise<void> | undefined;

  constructor(store: DevinfoStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Has to be awaited before the others are called. */
  ready(): Promise<void> {
    this.#reading ??= this.#read().catch((error: unknown) => {
      this.#reading = undefined;
      throw error;
    });
    return this.#reading;
  }

  nextHandle(): string {
    this.#handle += 1;
    return this.#store.handleOf(this.#handle);
  }

  /** The time, and never one that was given before. */
  accept(): number {
    this.#acceptance = Math.max(Math.trunc(this.#clock.now()), this.#acceptance + 1);
    return this.#acceptance;
  }

  /**
   * To be committed with what was accepted, and made in the moment of that: then the last batch that is written has the highest of them, in
   * whatever order they come.
   */
  change(): StoreChange {
    return this.#store.putAcceptance(this.#acceptance);
  }

  async #read(): Promise<void> {
    [this.#handle, this.#acceptance] = await Promise.all([this.#store.highestHandle(), this.#store.lastAcceptance()]);
  }
}
