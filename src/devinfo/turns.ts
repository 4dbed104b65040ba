/** What somebody wants to have for itself. */
export interface Claim {
  readonly provider: string;
  /** Absent: everything of the provider. */
  readonly repositoryIds?: readonly string[];
}

interface Queue {
  /** Ends with whoever had the whole provider last. */
  whole: Promise<void> | undefined;
  /** End with whoever had them last, since then. */
  repositories: Map<string, Promise<void>>;
}

/**
 * Lets changes of a repository, and those of a whole provider, wait for each other, in the order in which they came. A place in every queue is
 * taken in the moment of the call: so two that want the same repositories never wait for each other, and nobody overtakes.
 */
export class Turns {
  readonly #queues = new Map<string, Queue>();

  async run<T>(claims: readonly Claim[], task: () => Promise<T>): Promise<T> {
    let release = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = claims.flatMap((claim) => this.#enqueue(claim, turn));
    for (const other of before) await other;
    try {
      return await task();
    } finally {
      release();
      for (const claim of claims) this.#leave(claim, turn);
    }
  }

  /** @returns those to wait for */
  #enqueue({ provider, repositoryIds }: Claim, turn: Promise<void>): readonly Promise<void>[] {
    const queue = this.#queues.get(provider) ?? { whole: undefined, repositories: new Map<string, Promise<void>>() };
    this.#queues.set(provider, queue);
    const { whole, repositories } = queue;
    const before = repositoryIds === undefined ? [...repositories.values()] : repositoryIds.flatMap((id) => repositories.get(id) ?? []);
    if (repositoryIds === undefined) {
      queue.whole = turn;
      queue.repositories = new Map();
    } else for (const id of repositoryIds) repositories.set(id, turn);
    return whole === undefined ? before : [whole, ...before];
  }

  #leave({ provider, repositoryIds = [] }: Claim, turn: Promise<void>): void {
    const queue = this.#queues.get(provider);
    if (queue === undefined) return;
    if (queue.whole === turn) queue.whole = undefined;
    for (const id of repositoryIds) if (queue.repositories.get(id) === turn) queue.repositories.delete(id);
    if (queue.whole === undefined && queue.repositories.size === 0) this.#queues.delete(provider);
  }
}
