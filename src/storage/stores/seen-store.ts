import type { SeenStore } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";
import { readValue } from "../read.js";

/** Nothing is remembered for longer than this. */
const longestMs = 7 * 24 * 3_600_000;
const sliceSize = 5_000;

/**
 * Marks lie in one bucket per week, so that what is over is removed as a range and never searched for.
 * A mark may be up to a week old, so it is looked for in this week's bucket and in the last one's.
 */
export function createSeenStore(database: Database): SeenStore {
  const level = database.sublevel("seen");
  const bucketOf = (ms: number): number => Math.floor(ms / longestMs);
  const keyIn = (bucket: number, key: string): string => `${String(bucket).padStart(6, "0")}|${key}`;

  function valueOf(stored: string | undefined, nowMs: number): string | undefined {
    if (stored === undefined) return undefined;
    const space = stored.indexOf(" ");
    return Number(stored.slice(0, space)) > nowMs ? stored.slice(space + 1) : undefined;
  }

  async function findAwaiting(current: Promise<string | undefined>, key: string, nowMs: number): Promise<string | undefined> {
    const [stored, last] = await Promise.all([current, readValue(level, keyIn(bucketOf(nowMs) - 1, key))]);
    return valueOf(stored, nowMs) ?? valueOf(last, nowMs);
  }

  return {
    find(key, nowMs) {
      const bucket = bucketOf(nowMs);
      const current = readValue(level, keyIn(bucket, key));
      if (current instanceof Promise) return findAwaiting(current, key, nowMs);
      const value = valueOf(current, nowMs);
      if (value !== undefined) return value;
      const last = readValue(level, keyIn(bucket - 1, key));
      return last instanceof Promise ? last.then((stored) => valueOf(stored, nowMs)) : valueOf(last, nowMs);
    },
    mark(key, value, nowMs, keepMs) {
      const until = nowMs + Math.min(keepMs, longestMs);
      return [{ type: "put", key: level.prefixKey(keyIn(bucketOf(nowMs), key), "utf8", false), value: `${until} ${value}` }];
    },
    async sweep(nowMs) {
      const end = keyIn(bucketOf(nowMs) - 1, "");
      const over = await level.keys({ lt: end, limit: sliceSize }).all();
      if (over.length > 0) await level.batch(over.map((key) => ({ type: "del" as const, key })));
      return over.length === sliceSize;
    },
  };
}
