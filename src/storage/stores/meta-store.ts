import type { Put, StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { readValue } from "../read.js";

/** A few single values: layout version, positions, counters. */
export interface MetaStore {
  get(key: string): Promise<string | undefined> | string | undefined;
  put(key: string, value: string): Put;
  remove(key: string): StoreChange;
}

/** @param name the group of values; each user takes its own */
export function createMetaStore(database: Database, name = "meta"): MetaStore {
  const level = database.sublevel(name);
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  return {
    get: (key) => readValue(level, key),
    put: (key, value) => ({ type: "put", key: absolute(key), value }),
    remove: (key) => ({ type: "del", key: absolute(key) }),
  };
}
