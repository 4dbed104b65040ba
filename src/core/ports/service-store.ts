import type { Put, StoreChange } from "./unit-of-work.js";

/** Small records. Keys and values are strings. A change counts once it is stored: what is asked for before is as it was. */
export interface KeyValueStore {
  get(key: string): Promise<string | undefined> | string | undefined;
  put(key: string, value: string): Put;
  remove(key: string): StoreChange;
}

/** A service's own records; nobody else reads them. */
export interface ServiceStore extends KeyValueStore {
  /** Entries whose key begins so, in key order. Costs what it returns. */
  list(prefix: string, limit: number): Promise<readonly (readonly [key: string, value: string])[]>;
}
