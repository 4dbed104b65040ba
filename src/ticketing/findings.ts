import { SwitchboardError, ValidationError } from "../core/errors.js";
import type { IssueTracker } from "../core/issue-tracker.js";
import type { FindingGroup, FindingRun, FindingStore } from "../core/ports/finding-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { KnownRemote } from "../core/registered-remote.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { Announcements, type Announce } from "./announcements.js";
import { Failures } from "./failures.js";
import type { Finding, FindingsReport, FindingsSummary, ReportResult } from "./finding.js";
import { FindingHandler } from "./finding-handler.js";
import { findTarget, noSuchTarget, refusedTarget, servesProject, type Refusal, type TargetDirectory } from "./find-target.js";
import { summarise, type FindingResult } from "./summary.js";

export interface FindingsOptions {
  readonly directory: TargetDirectory;
  /** Makes issues at a remote with its account; undefined where that cannot be done. */
  readonly trackerOf: (target: KnownRemote) => IssueTracker | undefined;
  readonly announce: Announce;
  readonly store: FindingStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Pick<Random, "token">;
  readonly log: Pick<Log, "error" | "warn">;
  readonly limits?: Partial<FindingsLimits>;
}

export interface FindingsLimits {
  /** Findings that are not begun within this time fail: whoever waits for the answer gets it. */
  readonly runMs: number;
  /** What a tracker's search may not know for that long. Until then no second issue is made in place of one that may be there. */
  readonly settleMs: number;
  /** Before each look for an issue whose creation was not answered. */
  readonly lookPausesMs: readonly number[];
  /** Findings of a run that are worked on at once. */
  readonly lanes: number;
  /** Reports that are worked on or wait for their turn. */
  readonly mostReports: number;
}

const usualLimits: FindingsLimits = { runMs: 40_000, settleMs: 60_000, lookPausesMs: [1_000, 2_000, 4_000], lanes: 4, mostReports: 20 };

/** Not within the time of a run. */
const notReached = "It was not reached in time. Send it again.";

const runIdLength = 24;

/**
 * Findings of scanners, each with an issue at a registered tracker: made once, changed with its finding, closed when that is fixed, opened
 * again when it comes back. Reports of one scanner about one project are worked on one after the other.
 */
export class Findings {
  readonly #options: FindingsOptions;
  readonly #limits: FindingsLimits;
  readonly #announcements: Announcements;
  readonly #turns = new KeyedMutex();
  #reports = 0;

  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#limits = { ...usualLimits, ...options.limits };
    this.#announcements = new Announcements(options);
  }

  /** @throws StorageError when the data folder cannot be read */
  start(): Promise<void> {
    return this.#announcements.start();
  }

  /** Resolves once no card is on its way. */
  stop(): Promise<void> {
    return this.#announcements.stop();
  }

  /**
   * Does for each finding what it needs. What failed does not keep the others from it. Repeating a report does what is left to do.
   * @throws SwitchboardError HS_TOO_MANY_REQUESTS
   */
  async report(report: FindingsReport): Promise<ReportResult> {
    const deadline = this.#options.clock.now() + this.#limits.runMs;
    const found = await this.#findPlace(report, deadline);
    if (found.kind !== "found") return found;
    const { kind, id, key } = found.target;
    return this.#inTurn(report, found.target, async () => {
      // While it waited, the target may have been changed, or removed; then another one may be called like its id.
      const place = await this.#findPlace({ ...report, target: `${kind}/#${id}` }, deadline);
      if (place.kind !== "found") return place;
      return place.target.key === key ? this.#run(report, place) : noSuchTarget;
    });
  }

  async #findPlace(report: FindingsReport, deadline: number): Promise<Place | Refusal> {
    const { directory, trackerOf } = this.#options;
    const found = await findTarget(report, directory);
    if (found.kind !== "found") return found;
    const { target } = found;
    if (!servesProject(target, report.project)) return refusedProject(`The target serves ${target.projects?.join(", ") ?? ""} only.`);
    const tracker = trackerOf(target);
    return tracker === undefined ? refusedTarget("No issues can be made there.") : { kind: "found", target, tracker, deadline };
  }

  async #inTurn<T>(report: FindingsReport, target: KnownRemote, task: () => Promise<T>): Promise<T> {
    if (this.#reports >= this.#limits.mostReports) {
      const details = { retryAfterSeconds: Math.ceil(this.#limits.runMs / 1000) };
      throw new SwitchboardError("HS_TOO_MANY_REQUESTS", "Too many reports are being worked on.", { details });
    }
    this.#reports += 1;
    try {
      return await this.#turns.run(JSON.stringify(groupOf(report, target)), task);
    } finally {
      this.#reports -= 1;
    }
  }

  async #run(report: FindingsReport, place: Place): Promise<ReportResult> {
    const { target, tracker } = place;
    const failures = new Failures(target.account, this.#options.log);
    if (this.#isOver(place)) return done(allFailed(report, notReached));
    try {
      const types = await tracker.issueTypes(report.project);
      if (types === undefined) return refusedProject("The target's account sees no such project.");
      return done(await this.#handleAll(report, { ...place, types, failures }));
    } catch (error) {
      // Of what the tracker takes for a project.
      if (error instanceof ValidationError) return refusedProject(error.message);
      return done(allFailed(report, failures.describe(error)));
    }
  }

  async #handleAll(report: FindingsReport, work: Work): Promise<FindingsSummary> {
    const results: FindingResult[] = [];
    const telling = this.#createTelling(report, work.target);
    const handler = this.#createHandler(report, work, telling.commit);
    const queue = report.findings.entries();
    const runLane = async (): Promise<void> => {
      for (const [index, finding] of queue) results[index] = await this.#handle(finding, handler, work);
    };
    await Promise.all(Array.from({ length: this.#limits.lanes }, runLane));
    const summary = summarise(report.findings, results);
    telling.end(summary.failed.length);
    return summary;
  }

  async #handle(finding: Finding, handler: FindingHandler, { failures, ...place }: Work): Promise<FindingResult> {
    if (failures.reason !== undefined) return { error: failures.reason };
    if (this.#isOver(place)) return { error: notReached };
    try {
      const handled = await handler.handle(finding);
      failures.noteSuccess();
      return handled;
    } catch (error) {
      return { error: failures.note(error) };
    }
  }

  #createHandler(report: FindingsReport, work: Work, commit: Commit): FindingHandler {
    const { store, clock } = this.#options;
    const { target, tracker, types } = work;
    const { project, isDryRun } = report;
    return new FindingHandler({
      ...{ tracker, store, project, types, isDryRun, commit, clock, group: groupOf(report, target), habits: target.issues ?? {} },
      serves: (other) => servesProject(target, other),
      isOver: () => this.#isOver(work),
      settleMs: this.#limits.settleMs,
      lookPausesMs: this.#limits.lookPausesMs,
    });
  }

  /** Counts what a run does, for its card. */
  #createTelling({ project, scanner }: FindingsReport, { serviceId, url }: KnownRemote): Telling {
    const { store, unitOfWork, random } = this.#options;
    const run: FindingRun = { id: random.token(runIdLength), serviceId, remoteUrl: url, project, scanner };
    let deeds = 0;
    return {
      async commit(changes, deed) {
        const further = deed === undefined ? [] : store.addDeed(run, deeds, deed);
        if (deed !== undefined) deeds += 1;
        await unitOfWork.commit([...changes, ...further]);
      },
      end: (failed) => {
        if (deeds > 0) this.#announcements.tell(run.id, failed);
      },
    };
  }

  #isOver({ deadline }: Pick<Place, "deadline">): boolean {
    return this.#options.clock.now() >= deadline;
  }
}

type Commit = ConstructorParameters<typeof FindingHandler>[0]["commit"];

interface Telling {
  readonly commit: Commit;
  end(failed: number): void;
}

interface Place {
  readonly kind: "found";
  readonly target: KnownRemote;
  readonly tracker: IssueTracker;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

interface Work extends Place {
  readonly types: readonly string[];
  readonly failures: Failures;
}

/** Trackers take upper and lower case in the names of projects for the same. */
function groupOf({ project, scanner }: FindingsReport, { key }: KnownRemote): FindingGroup {
  return { target: key, project: project.toLowerCase(), scanner };
}

function allFailed({ findings }: FindingsReport, error: string): FindingsSummary {
  return summarise(
    findings,
    findings.map(() => ({ error })),
  );
}

function done(summary: FindingsSummary): ReportResult {
  return { kind: "done", summary };
}

function refusedProject(reason: string): Refusal {
  return { kind: "refused", member: "project", reason };
}
