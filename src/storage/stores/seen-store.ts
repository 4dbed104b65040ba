import type { SeenStore } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";
import { readValue } from "../read.js";

/** Nothing is remembered for longer than this. */
const longestMs = 7 * 24 * 3_600_000;
const sliceSize = 5_000;
/** Marks that are over are looked for once a day; until then `find` passes over them. */
const betweenPassesMs = 24 * 3_600_000;

/** A mark is found and made by one operation each, on the way of every webhook; what is over is removed by a pass in the background. */
export function createSeenStore(database: Database): SeenStore {
  const level = database.sublevel("seen");
  let passAt = 0;
  let after = "";

  function valueOf(stored: string | undefined, nowMs: number): string | undefined {
    return stored === undefined || expiryOf(stored) <= nowMs ? undefined : stored.slice(stored.indexOf(" ") + 1);
  }

  return {
    find(key, nowMs) {
      const stored = readValue(level, key);
      return stored instanceof Promise ? stored.then((found) => valueOf(found, nowMs)) : valueOf(stored, nowMs);
    },
    mark(key, value, nowMs, keepMs) {
      const until = nowMs + Math.min(keepMs, longestMs);
      return [{ type: "put", key: level.prefixKey(key, "utf8", false), value: `${until} ${value}` }];
    },
    async sweep(nowMs) {
      if (nowMs < passAt) return false;
      const slice = await level.iterator({ gt: after, limit: sliceSize }).all();
      const over = slice.filter(([, stored]) => expiryOf(stored) <= nowMs);
      if (over.length > 0) await level.batch(over.map(([key]) => ({ type: "del" as const, key })));
      after = slice.at(-1)?.[0] ?? "";
      if (slice.length === sliceSize) return true;
      after = "";
      passAt = nowMs + betweenPassesMs;
      return false;
    },
  };
}

function expiryOf(stored: string): number {
  return Number(stored.slice(0, stored.indexOf(" ")));
}
