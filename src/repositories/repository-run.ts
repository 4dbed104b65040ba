import { toSubmitted } from "../core/devinfo-entry.js";
import type { DevinfoOutcome } from "../core/ports/devinfo.js";
import type { IndexedIntegration } from "../core/ports/git-integrations.js";
import type { StoredRepository } from "../core/ports/repository-store.js";
import type { RepositoryHost, RepositorySlice } from "../core/repository-host.js";
import { bounded, signalUntilEnd } from "./bounded.js";
import { hostOf, placeOf, type IndexParts } from "./parts.js";
import { atBeginning, nextSequence, ownSubmission, planSlice, readingRules } from "./plan-slice.js";
import type { Records } from "./records.js";
import { toDevinfoRepository } from "../vocabulary/to-devinfo.js";

/** A slice is some hundred things; what takes longer hangs. */
const longestSliceMs = 10 * 60_000;

interface RunOptions {
  readonly parts: IndexParts;
  readonly records: Records;
  readonly repositoryId: number;
  /** From the beginning. */
  readonly isFresh: boolean;
  /** Ends the run; what was stored of it stays. */
  readonly signal: AbortSignal;
  /** @param percent how much is done, from 0 to 100 */
  readonly onProgress: (percent: number) => void;
}

type Read = NonNullable<RepositoryHost["read"]>;
type Commit = (repository: StoredRepository, integration: IndexedIntegration) => Promise<unknown>;

/** `over`: everything was read. Otherwise why nothing, or nothing more, was. */
export type RunEnd = "over" | "disabled" | "gone" | "only listed";

/** What a run did, for the log. */
export interface Tally {
  slices: number;
  commitsRead: number;
  branchesRead: number;
  pullRequestsRead: number;
  /** Entities of development information that are new or changed. */
  written: number;
}

/**
 * Reads a repository once, from where it was read last.
 *
 * Each slice is one batch: development information, counts and cursor. So a run that is cut off anywhere, also by a crash, goes on behind the
 * last slice that was stored. One from the beginning puts the cursor back with its first slice: what it had not come to is read then as if it
 * were new. Before each slice the run looks whether its repository may still be read: after a removal nothing is written any more.
 */
export class RepositoryRun {
  readonly tally: Tally = { slices: 0, commitsRead: 0, branchesRead: 0, pullRequestsRead: 0, written: 0 };
  readonly #options: RunOptions;
  readonly #startedAt: number;
  /** Of the integration when the run began: when it is pointed elsewhere meanwhile, what comes is not its own. */
  #place = "";
  /** Nothing of a run from the beginning is stored yet. */
  #isAtBeginning = false;
  /** It is read for the first time, or over again: rooms hear nothing of it. */
  #isBackfill = false;
  #integration: IndexedIntegration | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#startedAt = options.parts.clock.now();
  }

  /** As it was when the run began. */
  get integration(): IndexedIntegration | undefined {
    return this.#integration;
  }

  /** @throws Stopped, RemoteError, StorageError and whatever the host throws; what was stored stays */
  async read(): Promise<RunEnd> {
    const { parts, repositoryId } = this.#options;
    const repository = await parts.repositories.get(repositoryId);
    const integration = repository === undefined ? undefined : await parts.integrations.get(repository.integrationId);
    if (repository === undefined || integration === undefined || repository.place !== placeOf(integration)) return "gone";
    this.#integration = integration;
    if (isDisabled(repository, integration)) return "disabled";
    const host = hostOf(parts, integration);
    if (host?.read === undefined) return "only listed";
    this.#place = placeOf(integration);
    this.#isAtBeginning = this.#options.isFresh || repository.cursor === undefined || repository.readWith !== readingRules(integration);
    this.#isBackfill = this.#isAtBeginning || repository.lastIndexedAt === undefined;
    return this.#readSlices(host.read.bind(host), repository, integration);
  }

  async #readSlices(read: Read, repository: StoredRepository, integration: IndexedIntegration): Promise<RunEnd> {
    const { parts, signal, onProgress } = this.#options;
    const ending = signalUntilEnd(signal);
    const access = {
      remote: integration.remote,
      http: parts.clientFor(integration.remote),
      signal: ending.signal,
      now: () => parts.clock.now(),
    };
    try {
      const slices = read(repository.hosted, this.#isAtBeginning ? undefined : repository.cursor, access);
      for await (const slice of bounded(slices, { signal, clock: parts.clock, longestWaitMs: longestSliceMs })) {
        const end = await this.#store(slice);
        if (end !== undefined) return end;
        if (slice.percent !== undefined) onProgress(Math.min(Math.max(slice.percent, 0), 100));
      }
      return (await this.#finish()) ?? "over";
    } finally {
      ending.end();
    }
  }

  /** @returns why it was not stored */
  async #store(slice: RepositorySlice): Promise<RunEnd | undefined> {
    const { parts } = this.#options;
    let written = 0;
    const end = await this.#change(async (repository, integration) => {
      const from = this.#isAtBeginning ? atBeginning(repository, integration) : repository;
      const sequence = nextSequence(from, this.#startedAt);
      const { submission, remove, changes } = await planSlice(parts, from, integration, slice, { sequence, isBackfill: this.#isBackfill });
      written = countStored(await parts.devinfo.record(submission, { also: () => changes, remove }));
    });
    if (end !== undefined) return end;
    this.#isAtBeginning = false;
    this.tally.slices += 1;
    this.tally.commitsRead += slice.commits?.length ?? 0;
    this.tally.branchesRead += slice.branches?.length ?? 0;
    this.tally.pullRequestsRead += slice.pullRequests?.length ?? 0;
    this.tally.written += written;
    return undefined;
  }

  /** Also where nothing was new: name and page of the repository may be. */
  #finish(): Promise<RunEnd | undefined> {
    const { repositories, devinfo, clock } = this.#options.parts;
    return this.#change(async (repository, integration) => {
      const from = this.#isAtBeginning ? atBeginning(repository, integration) : repository;
      const sequence = nextSequence(from, this.#startedAt);
      const record = toDevinfoRepository(String(from.id), { repository: from.hosted, sequence });
      const { lastError: _lastError, ...well } = from;
      const lastIndexedAt = clock.now();
      await devinfo.record(ownSubmission(toSubmitted(record), this.#isBackfill), {
        also: ({ repositories: [recorded] }) => [
          repositories.put({ ...well, lastIndexedAt, sequence: recorded?.result === "stored" ? sequence : from.sequence }),
          repositories.putLastIndexedAt(integration.id, lastIndexedAt),
        ],
      });
    });
  }

  /** @returns why nothing may be changed any more */
  async #change(commit: Commit): Promise<RunEnd | undefined> {
    const { parts, records, repositoryId } = this.#options;
    let end: RunEnd | undefined;
    const isChanged = await records.carryOut(repositoryId, async (repository) => {
      const integration = await parts.integrations.get(repository.integrationId);
      if (integration === undefined || placeOf(integration) !== this.#place) return false;
      if (isDisabled(repository, integration)) {
        end = "disabled";
        return false;
      }
      await commit(repository, integration);
      return true;
    });
    return isChanged ? undefined : (end ?? "gone");
  }
}

function countStored({ repositories }: DevinfoOutcome): number {
  return repositories.reduce((sum, { entries }) => sum + entries.filter(({ result }) => result === "stored").length, 0);
}

/** By itself, or with its integration. */
export function isDisabled(repository: Pick<StoredRepository, "isDisabled">, integration: Pick<IndexedIntegration, "isDisabled">): boolean {
  return repository.isDisabled || integration.isDisabled;
}
