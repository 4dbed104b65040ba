import { RemoteError, SwitchboardError } from "../core/errors.js";
import type { Log } from "../shared/log.js";
import { Stopped } from "./bounded.js";
import { failureSentence } from "./failure-sentence.js";
import { Lanes } from "./lanes.js";
import type { IndexParts } from "./parts.js";
import type { Records } from "./records.js";
import { RepositoryRun, type RunEnd } from "./repository-run.js";
import { Retries } from "./retries.js";
import { RunQueue, type QueuedRun, type WantedRun } from "./run-queue.js";
import type { Threads } from "./threads.js";

const runsAtOnce = 2;
const firstRetryMs = 60_000;
const longestRetryMs = 6 * 3_600_000;
const longestHoldMs = 3_600_000;
/** So many runs over an integration that fail one after the other say that its host is at fault, and not one repository. */
const failuresOfAHost = 3;
const logEveryMs = 60_000;

interface ReadsOptions {
  readonly parts: IndexParts;
  readonly records: Records;
  readonly threads: Threads;
  readonly log: Log;
}

export const disabledSentence = "It is disabled.";

interface Running extends QueuedRun {
  percent: number;
  loggedAt: number;
}

/**
 * Reads repositories, two side by side, and each once at a time.
 *
 * One that fails is tried again later, twice as late each time. When a host asks for a pause, or several of its repositories fail one after the
 * other, all of its repositories wait.
 */
export class Reads {
  readonly #options: ReadsOptions;
  readonly #queue = new RunQueue();
  readonly #lanes = new Lanes(runsAtOnce, () => this.#next());
  readonly #running = new Map<number, Running>();
  readonly #failing: Retries;
  readonly #held: Retries;
  /** By integration. */
  readonly #failuresInARow = new Map<number, number>();
  readonly #ending = new AbortController();

  constructor(options: ReadsOptions) {
    this.#options = options;
    const { clock, random } = options.parts;
    this.#failing = new Retries({ clock, random, firstMs: firstRetryMs, longestMs: longestRetryMs });
    this.#held = new Retries({ clock, random, firstMs: firstRetryMs, longestMs: longestHoldMs });
  }

  start(): void {
    this.#lanes.start();
  }

  /** Resolves when runs have ended, which does not wait for their hosts; the rest is read after the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    this.#failing.stop();
    this.#held.stop();
    await this.#lanes.stop();
  }

  /** @returns the ticket of the run */
  want(run: WantedRun): number {
    const ticket = this.#queue.add(run);
    this.#lanes.wake();
    return ticket;
  }

  /** Whether it failed and its time to be tried again has not come. */
  isResting(repositoryId: number): boolean {
    return this.#failing.isWaiting(repositoryId);
  }

  isReading(repositoryId: number): boolean {
    return this.#running.has(repositoryId);
  }

  /** Percent; 0 for one that waits, undefined for one of which nothing is wanted. */
  progressOf(repositoryId: number): number | undefined {
    return this.#running.get(repositoryId)?.percent ?? (this.#queue.has(repositoryId) ? 0 : undefined);
  }

  get running(): readonly { readonly repositoryId: number; readonly name: string; readonly percent: number }[] {
    return [...this.#running.values()];
  }

  get hasWaiting(): boolean {
    return this.#queue.size > 0;
  }

  /** The integration is wanted at once: somebody changed it, so what was wrong may be right. */
  release(integrationId: number): void {
    this.#held.forget(integrationId);
    this.#failuresInARow.delete(integrationId);
    this.#lanes.wake();
  }

  #next(): (() => Promise<void>) | undefined {
    const run = this.#queue.take(
      (integrationId) => this.#held.isWaiting(integrationId),
      (repositoryId) => this.#running.has(repositoryId),
    );
    if (run === undefined) return undefined;
    // At once, so that nobody else takes the repository.
    const running: Running = { ...run, percent: 0, loggedAt: this.#options.parts.clock.now() };
    this.#running.set(run.repositoryId, running);
    return () => this.#run(running);
  }

  async #run(running: Running): Promise<void> {
    const { parts, records } = this.#options;
    const run = new RepositoryRun({
      ...{ parts, records, repositoryId: running.repositoryId, isFresh: running.isFresh, signal: this.#ending.signal },
      onProgress: (percent) => this.#progressed(running, run, percent),
    });
    const startedAt = parts.clock.now();
    try {
      this.#ended(running, run, await run.read(), startedAt);
    } catch (error) {
      if (!(error instanceof Stopped) && !this.#ending.signal.aborted) await this.#failed(running, run, error);
    } finally {
      this.#running.delete(running.repositoryId);
    }
  }

  #progressed(running: Running, run: RepositoryRun, percent: number): void {
    const { threads, parts, log } = this.#options;
    running.percent = percent;
    threads.progressed(running.repositoryId, running.ticket, percent);
    if (parts.clock.now() - running.loggedAt < logEveryMs) return;
    running.loggedAt = parts.clock.now();
    log.info({ ...fieldsOf(running, run), percent: Math.floor(percent) }, "A repository is being read");
  }

  #ended(running: Running, run: RepositoryRun, end: RunEnd, startedAt: number): void {
    const { threads, parts, log } = this.#options;
    this.#failing.forget(running.repositoryId);
    threads.ended(running.repositoryId, running.ticket, end === "disabled" ? disabledSentence : undefined);
    if (end !== "over") return;
    this.#noteSuccess(running.integrationId);
    const fields = { ...fieldsOf(running, run), tookMs: parts.clock.now() - startedAt };
    // Every quarter of an hour, of each repository: only what is new is worth a line that everybody reads.
    const isNews = run.tally.commitsRead + run.tally.written > 0;
    if (isNews || running.priority !== backgroundPriority) log.info(fields, "A repository was read");
    else log.debug(fields, "Nothing is new in a repository");
  }

  async #failed(running: Running, run: RepositoryRun, error: unknown): Promise<void> {
    const { repositoryId, integrationId, name, ticket } = running;
    const sentence = failureSentence(error, run.integration?.remote.account ?? { kind: "none" });
    this.#noteHost(integrationId, error);
    // A run from the beginning goes on where it was once something of it is stored.
    const isFresh = running.isFresh && run.tally.slices === 0;
    const again = (): void => void this.want({ repositoryId, integrationId, name, priority: backgroundPriority, isFresh });
    const againInMs = Math.round(this.#failing.failed(repositoryId, again, pauseOf(error)));
    const fields = { ...fieldsOf(running, run), againInMs };
    if (error instanceof SwitchboardError) this.#options.log.warn({ ...fields, reason: sentence }, "A repository could not be read");
    else this.#options.log.error({ ...fields, error }, "A repository could not be read");
    await this.#keepReason(repositoryId, sentence);
    this.#options.threads.ended(repositoryId, ticket, sentence);
  }

  /** Shown with the repository until a run ends well. */
  async #keepReason(repositoryId: number, lastError: string): Promise<void> {
    const { records, parts, log } = this.#options;
    try {
      await records.change(repositoryId, (repository) =>
        repository.lastError === lastError ? undefined : [parts.repositories.put({ ...repository, lastError })],
      );
    } catch (error) {
      log.error({ error, repository: repositoryId }, "Why a repository could not be read could not be stored");
    }
  }

  /** A pause that began while this run was under way goes on. */
  #noteSuccess(integrationId: number): void {
    this.#failuresInARow.delete(integrationId);
    if (!this.#held.isWaiting(integrationId)) this.#held.forget(integrationId);
  }

  /** Other repositories of a host that is away, or wants to be left alone, would fail the same way. */
  #noteHost(integrationId: number, error: unknown): void {
    if (!(error instanceof RemoteError) || !error.isTransient) return;
    const failures = (this.#failuresInARow.get(integrationId) ?? 0) + 1;
    this.#failuresInARow.set(integrationId, failures);
    const pauseMs = pauseOf(error);
    if (failures < failuresOfAHost && error.status !== 429 && pauseMs === undefined) return;
    this.#held.failed(integrationId, () => this.#lanes.wake(), pauseMs);
  }
}

/** What nobody asked for waits behind what somebody did: the usual priority of a request is 24. */
export const backgroundPriority = 1_000;

function pauseOf(error: unknown): number | undefined {
  return error instanceof RemoteError ? error.retryAfterMs : undefined;
}

function fieldsOf(
  { repositoryId, integrationId, name }: Running,
  { tally, integration }: RepositoryRun,
): Readonly<Record<string, unknown>> {
  return { repository: repositoryId, name, integration: integrationId, host: integration?.displayName, ...tally };
}
