import type { DeliveryId, InboxId } from "../core/ids.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";

const pageSize = 1_000;

/** How much waits, and for how long; asked for when somebody reads the metrics. */
export class WaitingGauge {
  readonly #store: DeliveryStore;
  readonly #routedUpTo: () => InboxId | undefined;
  /** Everything up to here is finished; it never waits again, so it need not be looked at again. */
  #finishedUpTo: DeliveryId | undefined;

  /** @param routedUpTo up to where no further deliveries can come to be; undefined when that cannot be said */
  constructor(store: DeliveryStore, routedUpTo: () => InboxId | undefined) {
    this.#store = store;
    this.#routedUpTo = routedUpTo;
  }

  count(): Promise<number> {
    return this.#store.countWaiting();
  }

  /** When the oldest waiting delivery was accepted; undefined when none waits. */
  async oldestAcceptedAt(): Promise<number | undefined> {
    const routed = this.#routedUpTo();
    let after = this.#finishedUpTo;
    for (;;) {
      const ids = await this.#store.oldest(after, pageSize);
      const outcomes = await this.#store.getOutcomes(ids);
      const waiting = outcomes.indexOf(undefined);
      after = ids[(waiting === -1 ? ids.length : waiting) - 1] ?? after;
      if (routed !== undefined && after !== undefined && String(after) <= String(routed)) this.#finishedUpTo = after;
      const id = ids[waiting];
      if (id !== undefined) return (await this.#store.get(id))?.acceptedAt;
      if (ids.length < pageSize) return undefined;
    }
  }
}
