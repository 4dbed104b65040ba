import { gitIntegrationsProvider } from "../core/devinfo.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Log } from "../shared/log.js";
import { repositoryPath } from "../vocabulary/devinfo-paths.js";
import { repositoriesOf } from "./list-integration.js";
import type { IndexParts } from "./parts.js";
import type { Records } from "./records.js";

const marksAtOnce = 100;
/** Counts, in one batch. */
const deletedAtOnce = 500;
const retryMs = 60_000;

interface RemovalsOptions {
  readonly parts: Pick<IndexParts, "repositories" | "devinfo" | "unitOfWork" | "clock">;
  readonly records: Records;
  readonly log: Log;
}

/**
 * Deletes what was read of repositories that are gone.
 *
 * A removed integration leaves a mark in the batch that removes it; each of its repositories then leaves a mark in the batch that takes it out of
 * the lists. From that batch on nothing is written of it any more, so what the marks name only gets less. It is deleted slice by slice; the mark
 * goes last. After a crash the marks are still there, and the next start goes on.
 */
export class Removals {
  readonly #options: RemovalsOptions;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;
  #callOffRetry = (): void => undefined;

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** There may be marks. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isStopped) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      if (this.#isWanted) this.wake();
    });
  }

  /** Ends after the slice that is being deleted. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isWanted = false;
    this.#callOffRetry();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#isWanted = false;
    const { repositories, clock } = this.#options.parts;
    try {
      await this.#forEach(
        (limit) => repositories.forgotten(limit),
        (id) => this.#removeIntegration(id),
      );
      const deleted = await this.#forEach(
        (limit) => repositories.removed(limit),
        (id) => this.#removeRepository(id),
      );
      if (deleted > 0) this.#options.log.info({ repositories: deleted }, "What was read of removed repositories is deleted");
    } catch (error) {
      this.#options.log.error(
        { error, againInMs: retryMs },
        "What was read of removed repositories could not be deleted; it is tried again",
      );
      this.#callOffRetry();
      if (!this.#isStopped) this.#callOffRetry = clock.after(retryMs, () => this.wake());
    }
  }

  /** Until there are none; each takes its own mark away. @returns how many there were; 0 when it was stopped before the end */
  async #forEach(marks: (limit: number) => Promise<readonly number[]>, remove: (id: number) => Promise<void>): Promise<number> {
    let removed = 0;
    for (let ids = await marks(marksAtOnce); ids.length > 0; ids = await marks(marksAtOnce)) {
      for (const id of ids) {
        if (this.#isStopped) return 0;
        await remove(id);
        removed += 1;
      }
    }
    return this.#isStopped ? 0 : removed;
  }

  async #removeIntegration(integrationId: number): Promise<void> {
    const { parts, records, log } = this.#options;
    let removed = 0;
    for await (const { id } of repositoriesOf(parts, integrationId)) {
      if (this.#isStopped) return;
      if (await records.remove(id)) removed += 1;
    }
    await parts.unitOfWork.commit(parts.repositories.endForgotten(integrationId));
    log.info({ integration: integrationId, repositories: removed }, "The repositories of a removed integration are removed");
  }

  async #removeRepository(repositoryId: number): Promise<void> {
    const { repositories, devinfo, unitOfWork } = this.#options.parts;
    const id = String(repositoryId);
    await devinfo.deleteRepository(gitIntegrationsProvider, id, undefined, { request: { pathAndQuery: repositoryPath(id) } });
    await this.#slices(() => repositories.removeCounted(repositoryId, deletedAtOnce));
    if (!this.#isStopped) await unitOfWork.commit(repositories.endRemoved(repositoryId));
  }

  async #slices(next: () => Promise<readonly StoreChange[]>): Promise<void> {
    for (let slice = await next(); slice.length > 0 && !this.#isStopped; slice = await next())
      await this.#options.parts.unitOfWork.commit(slice);
  }
}
