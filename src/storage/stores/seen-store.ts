import type { SeenStore } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";
import type { GroupCommit } from "../group-commit.js";
import { KeyFilter } from "../key-filter.js";
import { readValue } from "../read.js";

/** Nothing is remembered for longer than this. */
const longestMs = 7 * 24 * 3_600_000;
const sliceSize = 5_000;
/** Webhooks wait while these are looked at once more. */
const removedAtOnce = 500;
/** Marks that are over are looked for once a day; until then `find` passes over them. */
const betweenPassesMs = 24 * 3_600_000;

/**
 * A mark is found and made by one operation each, on the way of every webhook; what is over is removed by a pass in the background. Most of
 * what is asked for was never seen, which is told from memory once a pass has been through: LevelDB counts looks in vain as a reason to sort
 * its files again, and that takes longer than all else that it does for a webhook.
 */
export function createSeenStore(database: Database, work: Pick<GroupCommit, "replace">): SeenStore {
  const level = database.sublevel("seen");
  const keys = new KeyFilter();
  let passAt = 0;
  let after = "";
  let slice: Promise<boolean> | undefined;

  function valueOf(stored: string | undefined, nowMs: number): string | undefined {
    return stored === undefined || expiryOf(stored) <= nowMs ? undefined : stored.slice(stored.indexOf(" ") + 1);
  }

  async function sweepSlice(nowMs: number): Promise<boolean> {
    const entries = await level.iterator({ gt: after, limit: sliceSize }).all();
    const over = entries.filter(([, stored]) => expiryOf(stored) <= nowMs);
    // Some may have been marked anew since they were read here.
    const removals = over.map(([key, expected]) => ({ key: level.prefixKey(key, "utf8", false), expected, value: undefined }));
    for (let first = 0; first < removals.length; first += removedAtOnce) await work.replace(removals.slice(first, first + removedAtOnce));
    for (const [key] of entries) keys.found(key);
    after = entries.at(-1)?.[0] ?? "";
    if (entries.length === sliceSize) return true;
    after = "";
    keys.fill();
    passAt = nowMs + betweenPassesMs;
    return false;
  }

  return {
    find(key, nowMs) {
      if (!keys.mayHave(key)) return undefined;
      const stored = readValue(level, key);
      return stored instanceof Promise ? stored.then((found) => valueOf(found, nowMs)) : valueOf(stored, nowMs);
    },
    mark(key, value, nowMs, keepMs) {
      keys.add(key);
      const until = nowMs + Math.min(keepMs, longestMs);
      return [{ type: "put", key: level.prefixKey(key, "utf8", false), value: `${until} ${value}` }];
    },
    async sweep(nowMs) {
      // Two who go through at once would each take the other's part for their own.
      slice ??= nowMs < passAt ? undefined : sweepSlice(nowMs).finally(() => (slice = undefined));
      return (await slice) ?? false;
    },
  };
}

function expiryOf(stored: string): number {
  return Number(stored.slice(0, stored.indexOf(" ")));
}
