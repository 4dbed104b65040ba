import { MemoryLevel } from "memory-level";
import type { DevinfoEntry, DevinfoResult, DevinfoSubmission } from "../../src/core/devinfo.js";
import type { DevinfoOutcome, RecordedEntry, SubmissionDetails } from "../../src/core/ports/devinfo.js";
import type { ReportedSmartCommit } from "../../src/core/ports/devinfo-reports.js";
import type { SmartCommitAction, SmartCommitOutcome } from "../../src/core/ports/smart-commit-store.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { AllowedSmartCommands, SmartCommitAnswer, SmartCommitCall, SmartCommitPlace } from "../../src/core/smart-commits.js";
import type { StorageError } from "../../src/core/errors.js";
import { IdSource } from "../../src/delivery/id-source.js";
import { createSmartCommitObserver, type SmartCommitObserver } from "../../src/devinfo/smart-commit-observer.js";
import type { SmartCommitTracker } from "../../src/devinfo/smart-commit-trackers.js";
import { SmartCommitWorker } from "../../src/devinfo/smart-commit-worker.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createSmartCommitStore } from "../../src/storage/stores/smart-commit-store.js";
import { ManualClock } from "./manual-clock.js";
import { seededRandom } from "./seeded-random.js";

interface SmartCommitRigOptions {
  readonly database?: Database;
  readonly clock?: ManualClock;
  readonly allowed?: Partial<AllowedSmartCommands>;
  readonly startCount?: number;
  readonly integrationActs?: (repositoryId: string) => Promise<boolean>;
}

interface NewCommit {
  readonly id?: string;
  readonly hash?: string;
  readonly issueKeys?: readonly string[];
  readonly email?: string | null;
  readonly happenedAt?: number;
  readonly result?: DevinfoResult;
  /** Something was stored under its id before. */
  readonly isKnown?: true;
}

type TrackedCall = Omit<SmartCommitCall, "mayAct">;

/** A tracker that does what the test says, and remembers what it was told. */
export class FakeSmartCommitTracker implements SmartCommitTracker {
  readonly places: SmartCommitPlace[] = [{ name: "main", url: "https://jira.example.org" }];
  readonly calls: TrackedCall[] = [];
  /** What was changed, as `PLAY-1 comment Hello`. */
  readonly changed: string[] = [];
  /** In the place of what is told here. */
  answer: (call: TrackedCall) => Promise<SmartCommitAnswer> = (call) => this.change(call);

  async placesOf(): Promise<readonly SmartCommitPlace[]> {
    return this.places;
  }

  carryOut(call: TrackedCall): Promise<SmartCommitAnswer> {
    this.calls.push(call);
    return this.answer(call);
  }

  /** Begins, changes, and is done. */
  async change(call: TrackedCall, key = call.issueKey): Promise<SmartCommitAnswer> {
    if (!(await call.begin(key))) return { kind: "left" };
    this.changed.push(`${call.issueKey} ${wordsOf(call)}`);
    return { kind: "done", as: "@ada:example.org" };
  }
}

function wordsOf({ command }: TrackedCall): string {
  if (command.kind === "transition") return `move ${command.name}`;
  return command.kind === "comment" ? `comment ${command.text}` : `time ${command.spent}`;
}

/** Observer, store and worker of smart commits, with a tracker that is none. */
export class SmartCommitRig {
  readonly database: Database;
  readonly clock: ManualClock;
  readonly tracker = new FakeSmartCommitTracker();
  readonly trackers: SmartCommitTracker[] = [this.tracker];
  readonly ended: (readonly [action: SmartCommitAction, outcome: SmartCommitOutcome])[] = [];
  readonly errors: unknown[] = [];
  readonly commits: (readonly StoreChange[])[] = [];
  /** The disk takes nothing while it is there. */
  diskFailure: StorageError | undefined;
  readonly unitOfWork: UnitOfWork;
  readonly store;
  readonly ids: IdSource;
  readonly worker: SmartCommitWorker;
  readonly observer: SmartCommitObserver;

  constructor(options: SmartCommitRigOptions = {}) {
    this.database = options.database ?? new MemoryLevel<string, string>();
    this.clock = options.clock ?? new ManualClock();
    const group = new GroupCommit({ database: this.database, location: "memory", recover: () => Promise.resolve() });
    this.unitOfWork = {
      commit: async (changes) => {
        if (this.diskFailure !== undefined) throw this.diskFailure;
        this.commits.push(changes);
        await group.commit(changes);
      },
    };
    this.store = createSmartCommitStore(this.database);
    this.ids = new IdSource({ count: options.startCount ?? 1, token: "tok" });
    this.worker = new SmartCommitWorker({
      ...{ store: this.store, unitOfWork: this.unitOfWork, ids: this.ids, clock: this.clock, random: seededRandom(1) },
      trackers: this.trackers,
      ...(options.integrationActs === undefined ? {} : { integrationActs: options.integrationActs }),
      onEnd: (action, outcome) => this.ended.push([action, outcome]),
      onError: (_issueKey, error) => this.errors.push(error),
    });
    const allowed = { comment: true, time: true, transition: true, ...options.allowed };
    this.observer = createSmartCommitObserver({ allowed, store: this.store, ids: this.ids, worker: this.worker });
  }

  commit(message: string, { result = "stored", isKnown, ...details }: NewCommit = {}): RecordedEntry {
    const entry = this.entryOf(message, details);
    return { entry, result, ...(isKnown === undefined ? {} : { before: entry }) };
  }

  private entryOf(
    message: string,
    { id = "c0ffee7", hash, issueKeys = ["PLAY-1"], email = "ada@example.org", happenedAt }: NewCommit,
  ): DevinfoEntry {
    const author = { name: "Ada", ...(email === null ? {} : { email }) };
    const json = JSON.stringify({ id, issueKeys, message, author, ...(hash === undefined ? {} : { hash }) });
    return { type: "commit", id, issueKeys, updateSequenceId: 1n, happenedAt: happenedAt ?? this.clock.now(), json };
  }

  /** Told to the observer, and stored as a submission is. @returns what its report says */
  async submit(
    entries: readonly RecordedEntry[],
    { about = {}, ...details }: Partial<DevinfoSubmission> & { readonly about?: SubmissionDetails } = {},
  ): Promise<readonly ReportedSmartCommit[]> {
    const { reports, changes } = await this.record(entries, { about, ...details });
    await this.unitOfWork.commit(changes);
    this.observer.stored?.();
    return reports;
  }

  async record(
    entries: readonly RecordedEntry[],
    { about = {}, ...details }: Partial<DevinfoSubmission> & { readonly about?: SubmissionDetails } = {},
  ): Promise<{ readonly reports: readonly ReportedSmartCommit[]; readonly changes: readonly StoreChange[] }> {
    const repository = { id: "repo", updateSequenceId: 1n, json: '{"id":"repo"}', entries: entries.map(({ entry }) => entry) };
    const submission: DevinfoSubmission = {
      ...{ provider: "ci", repositories: [repository], isBackfill: false, preventTransitions: false },
      ...details,
    };
    const outcome: DevinfoOutcome = { at: this.clock.now(), repositories: [{ repository, result: "stored", entries }] };
    const reports = this.observer.find(submission, outcome, about);
    const echo = await this.observer.recorded?.(submission, outcome, about);
    return { reports, changes: echo?.changes ?? [] };
  }

  /** How actions ended, as `PLAY-1 comment done`. */
  get endings(): readonly string[] {
    return this.ended.map(([{ issueKey, command }, { state }]) => `${issueKey} ${command.kind} ${state}`);
  }

  async waiting(): Promise<number> {
    const keys = await this.store.rooms(undefined, 1_000);
    const queues = await Promise.all(keys.map((key) => this.store.read(key, undefined, 1_000)));
    return queues.flat().length;
  }
}
