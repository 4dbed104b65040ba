import type { KeyValueStore } from "../core/ports/service-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

/** How far the first reading of the rooms has come. */
export interface ReadingMark {
  /** Rooms read since then need not be read again; milliseconds since the epoch. */
  readonly begunAt: number;
  readonly isDone: boolean;
  /** Event types that were looked for: a service enabled later is missing in what was read before. */
  readonly types: readonly string[];
}

const key = "first-reading";

export async function loadMark(store: KeyValueStore): Promise<ReadingMark | undefined> {
  const stored = await store.get(key);
  // Only `storeMark` writes there.
  return stored === undefined ? undefined : (JSON.parse(stored) as ReadingMark);
}

export function storeMark(store: KeyValueStore, mark: ReadingMark): StoreChange {
  return store.put(key, JSON.stringify(mark));
}

/** What this start makes of the mark an earlier one left. */
export function nextMark(mark: ReadingMark | undefined, types: readonly string[], now: number): ReadingMark {
  const covers = mark !== undefined && types.every((type) => mark.types.includes(type));
  // Types no longer looked for are dropped: reading rooms takes their connections out of the index.
  return covers ? { ...mark, types } : { begunAt: now, isDone: false, types };
}
