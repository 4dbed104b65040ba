import type { StoreChange } from "./unit-of-work.js";

/** A service's own small records. Keys and values are strings; nobody else reads them. */
export interface ServiceStore {
  get(key: string): Promise<string | undefined> | string | undefined;
  put(key: string, value: string): StoreChange;
  remove(key: string): StoreChange;
}
