import { MemoryLevel } from "memory-level";
import type { DevinfoStore } from "../../src/core/ports/devinfo-store.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import { dumpDevinfo, type DevinfoDump } from "./devinfo-dump.js";

/** The store of development information in memory, which one engine after the other has. */
export class DevinfoDatabase {
  readonly #database = new MemoryLevel<string, string>();
  readonly #work = new GroupCommit({ database: this.#database, location: "memory", recover: () => Promise.resolve() });
  readonly commit = (changes: readonly StoreChange[]): Promise<void> => this.#work.commit(changes);

  createStore(): DevinfoStore {
    return createDevinfoStore(this.#database);
  }

  keys(): Promise<readonly string[]> {
    return this.#database.keys().all();
  }

  async dump(): Promise<DevinfoDump> {
    return dumpDevinfo(await this.#database.iterator().all());
  }
}
