import { MemoryLevel } from "memory-level";
import type { DevinfoSubmission } from "../../src/core/devinfo.js";
import type { DevinfoOutcome, SubmissionDetails } from "../../src/core/ports/devinfo.js";
import type { DevinfoReportStore, ReportedSmartCommit } from "../../src/core/ports/devinfo-reports.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import { createDevinfoReports } from "../../src/devinfo/reports.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoReportStore } from "../../src/storage/stores/devinfo-report-store.js";
import { ManualClock } from "./manual-clock.js";
import { seededRandom } from "./seeded-random.js";

/** Reports about development information, over a database in memory. */
export class ReportsRig {
  readonly clock = new ManualClock();
  readonly database = new MemoryLevel<string, string>();
  readonly unitOfWork: UnitOfWork = new GroupCommit({ database: this.database, location: "memory", recover: () => Promise.resolve() });
  readonly store: DevinfoReportStore = createDevinfoReportStore(this.database);
  smartCommits: readonly ReportedSmartCommit[] = [];
  readonly reports = createDevinfoReports({
    ...{ store: this.store, clock: this.clock, random: seededRandom(1) },
    findSmartCommits: () => this.smartCommits,
  });

  /** @returns how many records it took */
  async record([submission, outcome]: readonly [DevinfoSubmission, DevinfoOutcome], about: SubmissionDetails = {}): Promise<number> {
    const echo = await this.reports.recorded?.(submission, outcome, about);
    return this.#commit(echo?.changes ?? []);
  }

  async delete(provider: string, pathAndQuery?: string): Promise<number> {
    const changes = await this.reports.deleted?.(provider, pathAndQuery === undefined ? {} : { request: { pathAndQuery } });
    return this.#commit(changes ?? []);
  }

  async #commit(changes: readonly StoreChange[]): Promise<number> {
    await this.unitOfWork.commit(changes);
    return changes.length;
  }
}
