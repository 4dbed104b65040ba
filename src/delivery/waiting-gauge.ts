import type { DeliveryId } from "../core/ids.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";

const pageSize = 1_000;

/** How much waits, and for how long; asked for when somebody reads the metrics. */
export class WaitingGauge {
  readonly #store: DeliveryStore;
  /** Everything up to here is finished; it never waits again, so it need not be looked at again. */
  #finishedUpTo: DeliveryId | undefined;

  constructor(store: DeliveryStore) {
    this.#store = store;
  }

  count(): Promise<number> {
    return this.#store.countWaiting();
  }

  /** When the oldest waiting delivery was accepted; undefined when none waits. */
  async oldestAcceptedAt(): Promise<number | undefined> {
    for (;;) {
      const ids = await this.#store.oldest(this.#finishedUpTo, pageSize);
      const outcomes = await this.#store.getOutcomes(ids);
      const waiting = outcomes.indexOf(undefined);
      this.#finishedUpTo = ids[(waiting === -1 ? ids.length : waiting) - 1] ?? this.#finishedUpTo;
      const id = ids[waiting];
      if (id !== undefined) return (await this.#store.get(id))?.acceptedAt;
      if (ids.length < pageSize) return undefined;
    }
  }
}
