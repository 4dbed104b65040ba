import type { Clock } from "../shared/clock.js";
import type { Database } from "./database.js";

const retryMs = 1_000;

interface Openable {
  open(): Promise<void>;
}

export interface Reopen {
  /** Closes and opens, until that succeeds; once ended it never resolves. */
  run(): Promise<void>;
  /** Makes no further try, so that a database which was closed for good stays closed. */
  end(): void;
}

/**
 * Closes a database and opens it again, until that succeeds; its parts (sublevels), which close with it, are opened too.
 * It has to be made before the first sublevel.
 */
export function createReopen(database: Database, clock: Clock): Reopen {
  const sublevels = new Set<Openable>();
  // The published types call the parameter by the class of any sublevel; opening it again is all that is wanted.
  database.hooks.newsub.add((sublevel) => void sublevels.add(sublevel as Openable));
  let isClosed = false;
  let isEnded = false;

  async function tryOnce(): Promise<boolean> {
    try {
      if (!isClosed) await database.close();
      isClosed = true;
      if (isEnded) return false;
      await database.open();
      for (const sublevel of sublevels) await sublevel.open();
      isClosed = false;
      return true;
    } catch {
      // The disk is still full, or worse: tried again.
      return false;
    }
  }

  function tryLater(succeed: () => void): void {
    clock.after(retryMs, () => {
      if (isEnded) return;
      void tryOnce().then((isOpen) => {
        if (isOpen) succeed();
        else tryLater(succeed);
      });
    });
  }

  return {
    run: () => new Promise((resolve) => tryLater(resolve)),
    end() {
      isEnded = true;
    },
  };
}
