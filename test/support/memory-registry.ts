import { MemoryLevel } from "memory-level";
import { createRemotes, type Remotes } from "../../src/app/remotes.js";
import type { HttpClient } from "../../src/core/ports/http-client.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { systemRandom } from "../../src/shared/random.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { sealerOf } from "./sealers.js";

/** What is registered, in memory; nothing at first. */
export function createMemoryRegistry(guarded: HttpClient, database: Database = new MemoryLevel<string, string>()): Remotes {
  return createRemotes({
    ...{ database, sealer: sealerOf("a"), guarded, verifiesTicketing: true, trackedFolders: [], rules: undefined },
    unitOfWork: new GroupCommit({ database, location: "memory", recover: () => Promise.resolve() }),
    membersOf: () => undefined,
    projectIdsIn: () => Promise.resolve([]),
    ...{ clock: systemClock, random: systemRandom, log: silentLog() },
  });
}
