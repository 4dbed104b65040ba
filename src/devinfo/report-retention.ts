import type { DevinfoReportStore, OverdueReports } from "../core/ports/devinfo-reports.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import { repeat, type Clock } from "../shared/clock.js";

interface ReportRetentionOptions {
  readonly store: Pick<DevinfoReportStore, "overdue" | "removeSlice">;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** For how long reports are kept, and how many of each provider. */
  readonly keepMs: number;
  readonly keepCount: number;
  readonly onError: (error: unknown) => void;
}

const intervalMs = 10 * 60_000;
const sliceSize = 50;

/** Removes reports that are old or too many, in slices, so that nothing else waits long. */
export class ReportRetention {
  readonly #options: ReportRetentionOptions;
  #cancel: (() => void) | undefined;
  #isStopped = false;

  constructor(options: ReportRetentionOptions) {
    this.#options = options;
  }

  start(): void {
    const { clock, onError } = this.#options;
    this.#cancel = repeat(clock, intervalMs, () => this.sweep(), onError);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  /** One pass over everything that may be over. */
  async sweep(): Promise<void> {
    const { store, clock, keepMs, keepCount } = this.#options;
    for (const overdue of await store.overdue({ before: clock.now() - keepMs, keepCount })) await this.#remove(overdue);
  }

  async #remove(overdue: OverdueReports): Promise<void> {
    const { store, unitOfWork } = this.#options;
    while (!this.#isStopped) {
      const changes = await store.removeSlice(overdue, sliceSize);
      if (changes.length === 0) return;
      await unitOfWork.commit(changes);
    }
  }
}
