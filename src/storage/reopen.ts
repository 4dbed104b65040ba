import type { Clock } from "../shared/clock.js";
import { sleep } from "../shared/clock.js";
import type { Database } from "./database.js";

const retryMs = 1_000;

interface Openable {
  open(): Promise<void>;
}

/**
 * Closes a database and opens it again, until that succeeds; its parts (sublevels), which close with it, are opened too.
 * @returns the function that does it; it has to be made before the first sublevel
 */
export function createReopen(database: Database, clock: Clock): () => Promise<void> {
  const sublevels = new Set<Openable>();
  // The published types call the parameter by the class of any sublevel; opening it again is all that is wanted.
  database.hooks.newsub.add((sublevel) => void sublevels.add(sublevel as Openable));
  let isClosed = false;
  return async () => {
    for (;;) {
      await sleep(clock, retryMs);
      try {
        if (!isClosed) await database.close();
        isClosed = true;
        await database.open();
        for (const sublevel of sublevels) await sublevel.open();
        isClosed = false;
        return;
      } catch {
        // The disk is still full, or worse: tried again.
      }
    }
  };
}
