import type { DevinfoStore, RepositoryRecord } from "../core/ports/devinfo-store.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { DevinfoCommit } from "./commit.js";
import { issuesPerEntity, type EngineLimits } from "./limits.js";
import type { ProviderTable } from "./provider-table.js";
import type { Turns } from "./turns.js";

const repositoriesAtOnce = 100;
const tombstonesAtOnce = 500;
const retryMs = 60_000;
const tombstonesEveryMs = 60 * 60_000;

interface CleaningOptions {
  readonly store: DevinfoStore;
  readonly commit: DevinfoCommit;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly providers: ProviderTable;
  readonly limits: Pick<EngineLimits, "cleanedAtOnce">;
  readonly log: Log;
}

/**
 * Cleans away, slice by slice, what was deleted at once by a mark: providers, repositories, and parts of repositories. Also tombstones that have
 * expired. The marks go last, so after a crash the next start goes on.
 */
export class Cleaning {
  readonly #options: CleaningOptions;
  #running: Promise<void> | undefined;
  #isWanted = false;
  /** Nothing is cleaned away before the start, nor after the stop. */
  #isOpen = false;
  #isStopped = false;
  #callOffTimer = (): void => undefined;

  constructor(options: CleaningOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isOpen = true;
    this.wake();
  }

  /** There may be something to clean away. */
  wake(): void {
    if (!this.#isOpen) return;
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isWanted) this.wake();
    });
  }

  /** Resolves when nothing is left to do just now. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Ends after the slice that is being cleaned away. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    this.#isStopped = true;
    this.#isWanted = false;
    this.#callOffTimer();
    await this.settled();
  }

  /** Cleans a repository away that has `deletedUpTo`; in a turn of the repository. */
  async finish(handle: string): Promise<void> {
    while (await this.#cleanPart(handle));
  }

  async #run(): Promise<void> {
    this.#isWanted = false;
    const { clock, log } = this.#options;
    let delayMs = tombstonesEveryMs;
    try {
      const repositories = await this.#cleanRepositories();
      await this.#dropTombstones();
      if (repositories > 0) log.info({ repositories }, "Deleted development information is cleaned away");
    } catch (error) {
      delayMs = retryMs;
      log.error({ error, againInMs: retryMs }, "Deleted development information could not be cleaned away; it is tried again");
    }
    this.#callOffTimer();
    if (this.#isOpen) this.#callOffTimer = clock.after(delayMs, () => this.wake());
  }

  async #cleanProviders(): Promise<void> {
    const { store, commit, limits } = this.#options;
    while (!this.#isStopped) {
      const [number] = (await store.providers()).deleted;
      if (number === undefined) return;
      await commit(await store.cleanProviderSlice(number, limits.cleanedAtOnce));
    }
  }

  /** @returns how many there were */
  async #cleanRepositories(): Promise<number> {
    const { store } = this.#options;
    for (let cleaned = 0; ;) {
      // Again before each part: a provider that is deleted meanwhile has repositories among those that are marked.
      await this.#cleanProviders();
      const marked = await store.toBeCleaned(repositoriesAtOnce);
      if (marked.length === 0) return cleaned;
      for (const handle of marked) {
        if (this.#isStopped) return 0;
        await this.#cleanRepository(handle);
        cleaned += 1;
      }
    }
  }

  async #cleanRepository(handle: string): Promise<void> {
    while (!this.#isStopped) {
      const [record] = await this.#options.store.records([handle]);
      const isLeft =
        record === undefined || record.isDeleted
          ? await this.#cleanDeleted(handle)
          : await this.#inTurn(record, () => this.#cleanPart(handle));
      if (!isLeft) return;
    }
  }

  /** @returns whether there is more */
  async #cleanDeleted(handle: string): Promise<boolean> {
    const { store, commit, limits } = this.#options;
    const slice = await store.cleanSlice(handle, limits.cleanedAtOnce);
    const end = store.unmarkForCleaning(handle).key;
    await commit(slice);
    return !slice.some(({ key }) => key === end);
  }

  /** Between two slices others have their turns. A provider that gets another name meanwhile is looked up again. */
  async #inTurn({ provider: number, repositoryId }: RepositoryRecord, task: () => Promise<boolean>): Promise<boolean> {
    const { turns, providers } = this.#options;
    const provider = (await providers.all()).get(number);
    // Deleted meanwhile: then the repository is too, before it is looked at again.
    if (provider === undefined) return false;
    return turns.run([{ provider: provider.name, repositoryIds: [repositoryId] }], async () => {
      const isSame = (await providers.find(provider.name))?.number === number;
      return isSame ? task() : true;
    });
  }

  /** @returns whether there is more */
  async #cleanPart(handle: string): Promise<boolean> {
    const { store, commit, limits } = this.#options;
    const [record] = await store.records([handle]);
    if (record === undefined || record.isDeleted) return false;
    const { deletedUpTo, ...whole } = record;
    const part = deletedUpTo === undefined ? [] : await store.upTo(handle, deletedUpTo, limits.cleanedAtOnce);
    const edit = store.edit(record);
    let issues = 0;
    for (const entity of part) {
      if (issues > issuesPerEntity * limits.cleanedAtOnce) break;
      edit.remove(entity);
      issues += entity.issueKeys.length;
    }
    if (part.length === 0) edit.putRecord(whole);
    const changes = await store.changesOf([edit]);
    await commit(part.length === 0 ? [...changes, store.unmarkForCleaning(handle)] : changes);
    return part.length > 0;
  }

  async #dropTombstones(): Promise<void> {
    const { store, commit, clock, turns, providers } = this.#options;
    while (!this.#isStopped) {
      const now = clock.now();
      const expiring = await store.expiring(now, tombstonesAtOnce);
      const [first] = expiring;
      if (first === undefined) return;
      const known = await providers.all();
      // Those of one provider are dropped together, beside none of its changes.
      const together = expiring.filter(({ provider }) => provider === first.provider);
      const provider = known.get(first.provider)?.name;
      await turns.run(provider === undefined ? [] : [{ provider }], async () => {
        // Under another name, which it got meanwhile, others may change them.
        if (provider !== undefined && (await providers.find(provider))?.number !== first.provider) return;
        await commit(await store.dropExpired(together, now));
      });
    }
  }
}
