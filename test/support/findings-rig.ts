import { MemoryLevel } from "memory-level";
import type { UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { KnownRemote } from "../../src/core/registered-remote.js";
import { silentLog } from "../../src/shared/log.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createFindingStore } from "../../src/storage/stores/finding-store.js";
import type { Announcement } from "../../src/ticketing/announcements.js";
import type { Finding, FindingsReport, FindingsSummary, ReportResult } from "../../src/ticketing/finding.js";
import { Findings, type FindingsLimits } from "../../src/ticketing/findings.js";
import { connectorRemote } from "./memory-remotes.js";
import { ManualClock } from "./manual-clock.js";
import { MemoryTracker } from "./memory-tracker.js";
import { seededRandom } from "./seeded-random.js";

export const settleMs = 60_000;

export const trackerRemote = connectorRemote({ serviceId: "tracker", url: "https://tracker.example" });

/** An open finding; what is given goes before. */
export function finding(fingerprint: string, given: Partial<Finding> = {}): Finding {
  return { fingerprint, title: `Title of ${fingerprint}`, state: "open", ...given };
}

export function report(findings: readonly Finding[], given: Partial<FindingsReport> = {}): FindingsReport {
  return { target: "connector/main", project: "PLAY", scanner: "trivy", isDryRun: false, findings, ...given };
}

interface RigOptions {
  readonly database?: Database;
  readonly tracker?: MemoryTracker;
  readonly remotes?: readonly KnownRemote[];
  readonly limits?: Partial<FindingsLimits>;
  readonly clock?: ManualClock;
  /** So that two rigs over one database do not take the same ids. */
  readonly seed?: number;
}

/** The engine over a tracker and a database in memory. */
export class FindingsRig {
  readonly clock: ManualClock;
  readonly tracker: MemoryTracker;
  readonly database: Database;
  readonly announced: Announcement[] = [];
  readonly findings: Findings;
  remotes: readonly KnownRemote[];
  /** Fails what rooms are told. */
  announceError: Error | undefined;
  /** Fails what is stored. */
  storageError: Error | undefined;
  readonly #work: UnitOfWork;

  constructor({ database, tracker, remotes, limits, clock, seed = 1 }: RigOptions = {}) {
    this.clock = clock ?? new ManualClock();
    this.tracker = tracker ?? new MemoryTracker();
    this.database = database ?? new MemoryLevel<string, string>();
    this.remotes = remotes ?? [trackerRemote];
    this.#work = new GroupCommit({ database: this.database, location: "memory", recover: () => new Promise(() => undefined) });
    this.findings = new Findings({
      directory: {
        find: async (kind, typed) =>
          this.remotes.filter((remote) => remote.kind === kind && (remote.name === typed || `#${remote.id}` === typed)),
      },
      trackerOf: ({ serviceId }) => (serviceId === "tracker" ? this.tracker : undefined),
      announce: async (announcement) => {
        if (this.announceError !== undefined) throw this.announceError;
        if (!this.announced.some(({ key }) => key === announcement.key)) this.announced.push(announcement);
        await this.#work.commit(announcement.changes);
      },
      store: createFindingStore(this.database),
      unitOfWork: {
        commit: (changes) => (this.storageError === undefined ? this.#work.commit(changes) : Promise.reject(this.storageError)),
      },
      ...{ clock: this.clock, random: seededRandom(seed), log: silentLog() },
      limits: { settleMs, lookPausesMs: [], lanes: 1, ...limits },
    });
  }

  /** Runs of which no room was told yet. */
  async openRuns(): Promise<number> {
    return (await createFindingStore(this.database).openRunIds()).length;
  }

  report(findings: readonly Finding[], given: Partial<FindingsReport> = {}): Promise<ReportResult> {
    return this.findings.report(report(findings, given));
  }

  /** @throws TypeError unless the report was worked on */
  async summary(findings: readonly Finding[], given: Partial<FindingsReport> = {}): Promise<FindingsSummary> {
    const result = await this.report(findings, given);
    if (result.kind !== "done") throw new TypeError(JSON.stringify(result));
    return result.summary;
  }

  /** Counts other than nought. */
  async counts(findings: readonly Finding[], given: Partial<FindingsReport> = {}): Promise<Readonly<Record<string, number>>> {
    const { counts, failed } = await this.summary(findings, given);
    const all = [...Object.entries(counts), ["failed", failed.length] as const];
    return Object.fromEntries(all.filter(([, count]) => count > 0));
  }
}
