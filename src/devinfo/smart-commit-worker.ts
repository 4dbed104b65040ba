import { gitIntegrationsProvider } from "../core/devinfo.js";
import { RemoteError, StorageError, SwitchboardError } from "../core/errors.js";
import type { SmartCommitAction, SmartCommitOutcome, SmartCommitStore } from "../core/ports/smart-commit-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { SmartCommitAnswer, SmartCommitPlace } from "../core/smart-commits.js";
import type { IdSource } from "../delivery/id-source.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import { tooLate, within } from "../delivery/limit.js";
import { retryDelayMs } from "../delivery/retry-policy.js";
import { RoomLanes, type LaneVerdict } from "../delivery/room-lanes.js";
import { stopped, StopSignal } from "../delivery/stop-signal.js";
import { sleep, type Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { cutText } from "../vocabulary/cut-text.js";
import { rememberedMs } from "./smart-commit-plan.js";
import type { SmartCommitTracker } from "./smart-commit-trackers.js";

/*
 * An action, stored with its commit:
 *
 *   waiting -> (place and person are found, the issue is read) -> begun, with the claim on the commit: synced -> asked of the tracker -> ended
 *
 * Up to "begun" nothing was changed: it may be tried again, for a day. From there on it is not: what is found begun after a crash ends with
 * "not known". The claim says whose the commit is for that issue: another provider that tells of it later finds it claimed.
 */

interface SmartCommitWorkerOptions {
  readonly store: SmartCommitStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: Pick<IdSource, "isOwn">;
  readonly clock: Clock;
  readonly random: Random;
  readonly trackers: readonly SmartCommitTracker[];
  /** Whether commits of a repository that we read ourselves are carried out. Absent: none. */
  readonly integrationActs?: (repositoryId: string) => Promise<boolean>;
  /** For how long it is kept how actions ended; never less than commits are remembered. */
  readonly keepMs?: number;
  readonly onEnd: (action: SmartCommitAction, outcome: SmartCommitOutcome) => void;
  /** The store failed, or we did. */
  readonly onError: (issueKey: string | undefined, error: unknown) => void;
}

const issuesAtOnce = 8;
/** A tracker that does not answer holds its own issues only. */
const slowAfterMs = 5_000;
const limitMs = 120_000;
const giveUpMs = 24 * 3_600_000;
const longestAskedDelayMs = 3_600_000;
/** What was being stored and is not found for so long was not stored. */
const expectedMs = 10 * 60_000;
/** For how long a stop waits for a request that changes something. */
const patienceMs = 5_000;
const storeRetryMs = 1_000;
const sweepMs = 3_600_000;
const sweepSize = 500;
const longestReason = 300;

const unknownOutcome = "Whether it was carried out is not known, so it is not tried again: look at the issue.";

interface Expected {
  readonly actions: readonly SmartCommitAction[];
  readonly at: number;
}

/** How far a try has got. */
interface Progress {
  /** The request that changes something may have been sent. */
  isBegun: boolean;
  /** Nobody waits for it any more: it must not begin. */
  isOver: boolean;
}

type Ending = Pick<SmartCommitOutcome, "state" | "reason">;

/** Carries out smart commits: in order for an issue, issues side by side, each command once. */
export class SmartCommitWorker {
  readonly #options: SmartCommitWorkerOptions;
  readonly #lanes: RoomLanes<SmartCommitAction, string>;
  readonly #attempts = new Map<string, number>();
  readonly #claims = new KeyedMutex();
  readonly #stop = new StopSignal();
  #expected: readonly Expected[] = [];
  /** The highest place that was handed to the lanes. */
  #highest = "";
  #looking: Promise<void> = Promise.resolve();
  #sweeping: Promise<void> = Promise.resolve();
  #cancelSweep: (() => void) | undefined;

  constructor(options: SmartCommitWorkerOptions) {
    this.#options = options;
    this.#lanes = new RoomLanes({
      store: options.store,
      concurrency: issuesAtOnce,
      slowAfterMs,
      clock: options.clock,
      isOwnPlace: (place) => options.ids.isOwn(place),
      process: ({ item }) => this.#process(item),
      onError: options.onError,
    });
  }

  /** Takes up what waits from before. */
  async start(): Promise<void> {
    this.#sweepLater();
    await this.#lanes.start();
  }

  /** Begins nothing more, and waits a while for what is begun. */
  async stop(): Promise<void> {
    this.#stop.give();
    this.#cancelSweep?.();
    await Promise.all([this.#lanes.stop(), this.#looking, this.#sweeping]);
  }

  /** Takes up what is stored although its commit seemed to fail. */
  catchUp(): Promise<void> {
    return this.#lanes.catchUp();
  }

  /** Is told of actions that are being stored. */
  expect(actions: readonly SmartCommitAction[]): void {
    const now = this.#options.clock.now();
    this.#expected = [...this.#expected.filter(({ at }) => now - at < expectedMs), { actions, at: now }];
  }

  /** Takes up those that are stored by now. */
  lookForExpected(): void {
    if (this.#expected.length === 0 || this.#stop.isGiven) return;
    this.#looking = this.#looking
      .then(() => this.#takeExpected())
      .catch((error: unknown) => {
        this.#options.onError(undefined, error);
      });
  }

  /** One batch holds all actions of a submission: where the first is, they all are. */
  async #takeExpected(): Promise<void> {
    for (const expected of this.#expected) {
      const [first] = expected.actions;
      if (first !== undefined && !(await this.#options.store.has(first))) continue;
      this.#expected = this.#expected.filter((other) => other !== expected);
      if (first !== undefined) this.#takeUp(expected.actions, first.place);
    }
  }

  #takeUp(actions: readonly SmartCommitAction[], firstPlace: string): void {
    const isInOrder = firstPlace > this.#highest;
    for (const { place } of actions) if (place > this.#highest) this.#highest = place;
    if (isInOrder) for (const action of actions) this.#lanes.push(action.issueKey, { place: action.place, item: action });
    else for (const issueKey of new Set(actions.map((action) => action.issueKey))) void this.#readAgain(issueKey);
  }

  /** Submissions of two repositories may be stored in another order than they were read in: a lane looks behind what it has taken only. */
  async #readAgain(issueKey: string): Promise<void> {
    await this.#lanes.hold(issueKey);
    this.#lanes.unhold(issueKey);
  }

  async #process(action: SmartCommitAction): Promise<LaneVerdict> {
    if (action.begun === true) return this.#end(action, { state: "failed", reason: unknownOutcome });
    const progress: Progress = { isBegun: false, isOver: false };
    const trying = this.#try(action, progress);
    try {
      const ending = await this.#stop.unlessGiven(within(this.#options.clock, limitMs, trying));
      // The request is under way: what comes of it is better known than not.
      const final = ending === stopped && progress.isBegun ? await within(this.#options.clock, patienceMs, trying) : ending;
      progress.isOver = true;
      if (final === stopped) return { kind: "later", delayMs: 0 };
      if (final === tooLate) throw new RemoteError("No answer came in time", { outcomeUnknown: progress.isBegun });
      return await this.#end(action, final);
    } catch (error) {
      return await this.#afterFailure(action, error);
    }
  }

  async #try(action: SmartCommitAction, progress: Progress): Promise<Ending> {
    const refusal = await this.#refusalOf(action);
    if (refusal !== undefined) return { state: "refused", reason: refusal };
    const places = await this.#placesOf(action);
    const [place, ...others] = places;
    if (place === undefined) return { state: "refused", reason: nowhere(action) };
    if (others.length > 0) return { state: "refused", reason: ambiguous(action, places) };
    return toEnding(await this.#carryOut(action, place, progress));
  }

  async #refusalOf({ provider, repositoryId, after }: SmartCommitAction): Promise<string | undefined> {
    const { store, integrationActs } = this.#options;
    if (provider === gitIntegrationsProvider && (await integrationActs?.(repositoryId)) !== true)
      return "The repository's Git integration has `smartCommitsEnabled: false`.";
    const [move] = after === undefined ? [] : await store.outcomes([after]);
    if (after !== undefined && move?.state !== "done") return "It belongs to a move that was not made.";
    return undefined;
  }

  async #placesOf({ issueKey, instance }: SmartCommitAction): Promise<readonly FoundPlace[]> {
    const target = { issueKey, ...(instance === undefined ? {} : { instance }) };
    const found = await Promise.all(
      this.#options.trackers.map(async (tracker) => (await tracker.placesOf(target)).map((at) => ({ tracker, at }))),
    );
    return found.flat();
  }

  #carryOut(action: SmartCommitAction, { tracker, at }: FoundPlace, progress: Progress): Promise<SmartCommitAnswer> {
    const { issueKey, authorEmail, happenedAt, command } = action;
    return tracker.carryOut({
      ...{ place: at, issueKey, authorEmail, happenedAt, command },
      begin: (key) => this.#begin(action, { commit: action.commit, url: at.url, issueKey: key }, progress),
    });
  }

  /** Looked at and claimed with nobody in between: one issue may be found by several keys. */
  #begin(action: SmartCommitAction, deed: Parameters<SmartCommitStore["claimOf"]>[0], progress: Progress): Promise<boolean> {
    const { store, unitOfWork, clock } = this.#options;
    return this.#claims.run(JSON.stringify(deed), async () => {
      const claim = await store.claimOf(deed);
      if (claim !== undefined && claim !== action.claim) return false;
      // A try that was given up goes on in the background.
      if (progress.isOver || this.#stop.isGiven) throw new RemoteError("It was given up");
      const claiming = claim === undefined ? store.putClaim(deed, action.claim, clock.now()) : [];
      progress.isBegun = true;
      await unitOfWork.commit([store.put({ ...action, begun: true }), ...claiming]);
      return true;
    });
  }

  async #afterFailure(action: SmartCommitAction, error: unknown): Promise<LaneVerdict> {
    // The disk's fault: the lane tells, and tries again.
    if (error instanceof StorageError) throw error;
    if (!(error instanceof SwitchboardError)) {
      this.#options.onError(action.issueKey, error);
      return this.#end(action, { state: "failed", reason: "Something is wrong here; the log has it." });
    }
    if (!(error instanceof RemoteError)) return this.#end(action, { state: "refused", reason: error.message });
    if (error.outcomeUnknown) return this.#end(action, { state: "failed", reason: `${error.message} ${unknownOutcome}` });
    // The person's login has ended, and only they can renew it.
    if (!error.isTransient || error.status === 401) return this.#end(action, { state: "refused", reason: error.message });
    if (this.#options.clock.now() - action.receivedAt >= giveUpMs)
      return this.#end(action, { state: "failed", reason: `Given up after a day. ${error.message}` });
    return this.#later(action, error.retryAfterMs ?? 0);
  }

  async #later(action: SmartCommitAction, askedMs: number): Promise<LaneVerdict> {
    const { store, random } = this.#options;
    const attempts = (this.#attempts.get(action.place) ?? 0) + 1;
    this.#attempts.set(action.place, attempts);
    // It may have been marked as begun, and nothing came of that.
    await this.#commit(action, [store.put(action)]);
    const delayMs = retryDelayMs(attempts, random.fraction());
    return { kind: "later", delayMs: Math.max(delayMs, Math.min(askedMs, longestAskedDelayMs)) };
  }

  async #end(action: SmartCommitAction, { state, reason }: Ending): Promise<LaneVerdict> {
    const { store, clock, onEnd } = this.#options;
    const outcome: SmartCommitOutcome = { state, reason: cutText(reason, longestReason), at: clock.now() };
    if (!(await this.#commit(action, store.end(action, outcome)))) return { kind: "later", delayMs: 0 };
    this.#attempts.delete(action.place);
    onEnd(action, outcome);
    return { kind: "done", settled: Promise.resolve() };
  }

  /** What the tracker has must not be forgotten, so this is tried until the disk takes it. @returns whether it did before the end */
  async #commit({ issueKey }: SmartCommitAction, changes: readonly StoreChange[]): Promise<boolean> {
    const { unitOfWork, clock, onError } = this.#options;
    for (;;) {
      try {
        await unitOfWork.commit(changes);
        return true;
      } catch (error) {
        onError(issueKey, error);
      }
      if ((await this.#stop.unlessGiven(sleep(clock, storeRetryMs))) === stopped) return false;
    }
  }

  #sweepLater(): void {
    this.#cancelSweep = this.#options.clock.after(sweepMs, () => {
      this.#sweeping = this.#sweep()
        .catch((error: unknown) => {
          this.#options.onError(undefined, error);
        })
        .finally(() => {
          if (!this.#stop.isGiven) this.#sweepLater();
        });
    });
  }

  async #sweep(): Promise<void> {
    const { store, unitOfWork, clock, keepMs = 0 } = this.#options;
    const before = clock.now() - Math.max(keepMs, rememberedMs);
    while (!this.#stop.isGiven) {
      const changes = await store.removeSlice(before, sweepSize);
      if (changes.length === 0) return;
      await unitOfWork.commit(changes);
    }
  }
}

interface FoundPlace {
  readonly tracker: SmartCommitTracker;
  readonly at: SmartCommitPlace;
}

function toEnding(answer: SmartCommitAnswer): Ending {
  if (answer.kind === "done") return { state: "done", reason: `Carried out as ${answer.as}.` };
  if (answer.kind === "refused") return { state: "refused", reason: answer.reason };
  return {
    state: "refused",
    reason: "The commit was carried out for this issue before; it was told of by another provider or repository, or stored anew.",
  };
}

function nowhere({ issueKey, instance }: SmartCommitAction): string {
  if (instance !== undefined) return `There is no tracker \`${instance}\` here, to which the provider is bound.`;
  return `No room is connected to the project of ${issueKey}, so it is not known where the issue is.`;
}

function ambiguous({ issueKey }: SmartCommitAction, places: readonly FoundPlace[]): string {
  const named = places.map(({ at: { name, url } }) => `${name} (${url})`).join(", ");
  return `${issueKey} may be at any of ${named}. Bind the provider to one of them with \`instance\`.`;
}
