import { MemoryLevel } from "memory-level";
import type { DevinfoEntry, DevinfoSubmission } from "../../src/core/devinfo.js";
import type { DevinfoStore } from "../../src/core/ports/devinfo-store.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { createDevinfo, type DevinfoEngine } from "../../src/devinfo/create-devinfo.js";
import type { EngineLimits } from "../../src/devinfo/limits.js";
import { createLog } from "../../src/shared/log.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../src/storage/stores/devinfo-store.js";
import { ManualClock } from "./manual-clock.js";

/** The engine of development information over a database in memory, whose writes a test can watch and hinder. Nothing is cleaned away before its start. */
export class DevinfoEngineRig {
  readonly database = new MemoryLevel<string, string>();
  readonly store: DevinfoStore = createDevinfoStore(this.database);
  /** How many changes each batch had. */
  readonly sizes: number[] = [];
  readonly engine: DevinfoEngine;
  beforeCommit: (changes: readonly StoreChange[]) => unknown = () => undefined;
  readonly #work = new GroupCommit({ database: this.database, location: "memory", recover: () => Promise.resolve() });

  /** @param watch the store as the engine has it */
  constructor({ limits, watch = (store) => store }: { limits?: EngineLimits; watch?: (store: DevinfoStore) => DevinfoStore } = {}) {
    this.engine = createDevinfo({
      ...{ store: watch(this.store), observers: [], clock: new ManualClock(), ...(limits === undefined ? {} : { limits }) },
      log: createLog({ level: "error", json: true, colorize: false, timestampFormat: "" }, { write: () => undefined }),
      commit: async (changes) => {
        this.sizes.push(changes.length);
        await this.beforeCommit(changes);
        await this.#work.commit(changes);
      },
    });
  }

  /** Writes past the engine. */
  write(changes: readonly StoreChange[]): Promise<void> {
    return this.#work.commit(changes);
  }

  /** Cleans away what is deleted. */
  async clean(): Promise<void> {
    this.engine.start();
    await this.engine.settled();
    await this.engine.stop();
  }
}

/** Commits `c0`, `c1` and so on, one for each sequence. */
export function devinfoEntries(
  sequences: readonly bigint[],
  issueKeys: readonly string[] = ["PLAY-1"],
  happenedAt = 0,
): readonly DevinfoEntry[] {
  return sequences.map((updateSequenceId, index) => {
    const id = `c${String(index)}`;
    return { type: "commit", id, issueKeys, updateSequenceId, happenedAt, json: `{"id":"${id}"}` };
  });
}

/** Repositories of the provider `ci`, with the sequence 1, all with the same content. */
export function devinfoSubmission(ids: readonly string[], entries: readonly DevinfoEntry[] = []): DevinfoSubmission {
  const repositories = ids.map((id) => ({ id, updateSequenceId: 1n, json: `{"id":"${id}"}`, entries }));
  return { provider: "ci", repositories, isBackfill: false, preventTransitions: false };
}
