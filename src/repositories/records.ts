import type { RepositoryStore, StoredRepository } from "../core/ports/repository-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";

/** Changes of repositories, one at a time for each: what is read when a change begins still holds when it is committed. */
export class Records {
  readonly #store: RepositoryStore;
  readonly #unitOfWork: UnitOfWork;
  readonly #turns = new KeyedMutex();

  constructor(options: { readonly repositories: RepositoryStore; readonly unitOfWork: UnitOfWork }) {
    this.#store = options.repositories;
    this.#unitOfWork = options.unitOfWork;
  }

  /**
   * @param plan what to commit, in one batch, of the repository as it is in its turn; undefined: nothing, and the change was not made
   * @returns whether it was made
   */
  async change(
    id: number,
    plan: (repository: StoredRepository) => Promise<readonly StoreChange[] | undefined> | readonly StoreChange[] | undefined,
  ): Promise<boolean> {
    return this.carryOut(id, async (repository) => {
      const changes = await plan(repository);
      if (changes !== undefined) await this.#unitOfWork.commit(changes);
      return changes !== undefined;
    });
  }

  /**
   * @param commit commits the change of the repository as it is in its turn
   * @returns whether it was made
   */
  async carryOut(id: number, commit: (repository: StoredRepository) => Promise<boolean>): Promise<boolean> {
    return this.#turns.run(String(id), async () => {
      const repository = await this.#store.get(id);
      return repository !== undefined && (await commit(repository));
    });
  }

  /** Takes a repository away; what was read of it is deleted later, and nothing more is written behind it. */
  remove(id: number): Promise<boolean> {
    return this.change(id, (repository) => this.#store.remove(repository));
  }
}
