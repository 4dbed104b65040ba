import type { ServiceStore } from "../../core/ports/service-store.js";
import type { Database } from "../database.js";
import { createMetaStore } from "./meta-store.js";
import { RecentMap } from "../../shared/recent-map.js";

const remembered = 1_000;

/** Stands for what was removed: until that is written the database still has it. */
const gone = Symbol("gone");

/**
 * What was read or put lately is answered from memory: services look things up for each webhook. For `get`, a value counts from the moment
 * its change is made; should that never be stored, memory is ahead of the store until the next start, so services keep only what they can
 * learn again. `list` tells what is stored.
 * @param serviceId each service has a sublevel of its own, so that no key of one can meet a key of another
 */
export function createServiceStore(database: Database, serviceId: string): ServiceStore {
  const name = `service-${serviceId}`;
  const stored = createMetaStore(database, name);
  const level = database.sublevel(name);
  const recent = new RecentMap<string, string | typeof gone>(remembered);
  return {
    get(key) {
      const known = recent.get(key);
      if (known !== undefined) return known === gone ? undefined : known;
      const found = stored.get(key);
      if (typeof found === "string") recent.set(key, found);
      return found;
    },
    list: (prefix, limit) => level.iterator({ gte: prefix, lt: `${prefix}\u{10ffff}`, limit }).all(),
    put(key, value) {
      recent.set(key, value);
      return stored.put(key, value);
    },
    remove(key) {
      recent.set(key, gone);
      return stored.remove(key);
    },
  };
}
