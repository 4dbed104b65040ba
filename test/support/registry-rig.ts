import { MemoryLevel } from "memory-level";
import { Registry, type Draft } from "../../src/remotes/registry.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import { ManualClock } from "./manual-clock.js";
import { sealerOf } from "./sealers.js";

interface Fields {
  readonly system: string;
}

export function draft(name: string, system = "tracker"): Draft<Fields> {
  return { name, fields: { system }, secrets: { pass: "hidden" } };
}

export interface RegistryRig {
  readonly clock: ManualClock;
  readonly registry: Registry<Fields>;
  readonly database: MemoryLevel<string, string>;
  /** Batches that were committed. */
  commits(): number;
}

/** A registry over a database in memory. */
export function createRegistryRig({ hasUniqueNames = true, hasKey = true } = {}): RegistryRig {
  const clock = new ManualClock();
  const database = new MemoryLevel<string, string>();
  const work = new GroupCommit({ database, location: "memory", recover: () => new Promise(() => undefined) });
  const store = createRecordStore<Fields>(database, "connectors", hasKey ? sealerOf("a") : undefined);
  let commits = 0;
  const unitOfWork = { commit: (changes: Parameters<typeof work.commit>[0]) => ((commits += 1), work.commit(changes)) };
  const registry = new Registry<Fields>({ store, unitOfWork, clock, hasUniqueNames });
  return { clock, registry, database, commits: () => commits };
}
