import type { DeliveryId, InboxId } from "../core/ids.js";
import type { DeliveryStore, InboxStore, SeenStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { repeat, type Clock } from "../shared/clock.js";

interface RetentionOptions {
  readonly deliveries: DeliveryStore;
  readonly inbox: InboxStore;
  readonly seen: SeenStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** How long finished deliveries are kept, and how many. */
  readonly keepMs: number;
  readonly keepCount: number;
  /** How far routing has come: what is behind it still waits. Undefined while nothing may be removed. */
  readonly routedUpTo: () => InboxId | undefined;
  readonly onError: (error: unknown) => void;
}

const intervalMs = 60_000;
const sliceSize = 500;
const countPage = 5_000;

/** Removes what is finished and old, in slices, so that nothing else waits long. What waits to be sent is never removed. */
export class Retention {
  readonly #options: RetentionOptions;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  start(): void {
    // What a stop interrupts is done after the next start.
    const onError = (error: unknown): void => {
      if (!this.#isStopped) this.#options.onError(error);
    };
    // At once: from then on the store need not be asked about what was never seen.
    this.#sweepSeen().catch(onError);
    this.#cancel = repeat(this.#options.clock, intervalMs, () => this.sweep(), onError);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** One pass over everything that may be over. */
  async sweep(): Promise<void> {
    const routed = this.#options.routedUpTo();
    if (routed !== undefined) {
      await this.#sweepDeliveries();
      await this.#sweepInbox(routed);
    }
    await this.#sweepSeen();
  }

  async #sweepSeen(): Promise<void> {
    while (!this.#isStopped && (await this.#options.seen.sweep(this.#options.clock.now())));
  }

  async #sweepDeliveries(): Promise<void> {
    const { deliveries, unitOfWork, clock, keepMs } = this.#options;
    let surplus = (await this.#countFinished()) - this.#options.keepCount;
    let after: DeliveryId | undefined;
    while (!this.#isStopped) {
      const page = await deliveries.finishedAfter(after, sliceSize);
      const changes: StoreChange[] = [];
      let kept = 0;
      for (const { id, outcome } of page) {
        if (surplus > 0 || clock.now() - outcome.at > keepMs) changes.push(...deliveries.remove(id));
        else kept += 1;
        surplus -= 1;
      }
      await unitOfWork.commit(changes);
      after = page.at(-1)?.id;
      // Ids sort by acceptance: behind a whole page that is kept everything is younger.
      if (page.length < sliceSize || kept === page.length) return;
    }
  }

  async #countFinished(): Promise<number> {
    let count = 0;
    let after: DeliveryId | undefined;
    for (;;) {
      const page = await this.#options.deliveries.finishedIds(after, countPage);
      count += page.length;
      after = page.at(-1);
      if (page.length < countPage || this.#isStopped) return count;
    }
  }

  /** An accepted request goes when nothing that came of it is left, and its own time is over. */
  async #sweepInbox(routed: InboxId): Promise<void> {
    const { inbox, deliveries, unitOfWork, clock, keepMs, keepCount } = this.#options;
    let surplus = (await inbox.count()) - keepCount;
    let after: InboxId | undefined;
    while (!this.#isStopped) {
      const page = await inbox.ages(after, sliceSize);
      const changes: StoreChange[] = [];
      let young = 0;
      for (const { id, receivedAt } of page) {
        const isOver = id <= routed && (surplus > 0 || clock.now() - receivedAt > keepMs);
        if (!isOver) young += 1;
        else if ((await deliveries.ofInboxEvent(id)).length === 0) changes.push(...inbox.remove(id));
        surplus -= 1;
      }
      await unitOfWork.commit(changes);
      after = page.at(-1)?.id;
      if (page.length < sliceSize || young === page.length) return;
    }
  }
}
