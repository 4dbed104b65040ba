import type { ServiceStore } from "../../core/ports/service-store.js";
import type { Database } from "../database.js";
import { createMetaStore } from "./meta-store.js";
import { RecentMap } from "../../shared/recent-map.js";

/** A large Jira has thousands of projects, and two things are known of each. */
const remembered = 10_000;
const fewestBeforeSweep = 1_000;

/**
 * What was read lately is answered from memory: services look things up for each webhook. A change counts when it is stored and not before:
 * it may be dropped, for example because words came too late, and whoever is asked again must not find that it was done already.
 * @param serviceId each service has a sublevel of its own, so that no key of one can meet a key of another
 */
export function createServiceStore(database: Database, serviceId: string): ServiceStore {
  const name = `service-${serviceId}`;
  const stored = createMetaStore(database, name);
  const level = database.sublevel(name);
  const recent = new RecentMap<string, string>(remembered);
  /** Changes that were made and not seen in the store since, undefined for a removal: what is read there meanwhile is not remembered. */
  const changing = new Map<string, string | undefined>();
  let sweepAbove = fewestBeforeSweep;

  function noteChange(key: string, value: string | undefined): void {
    recent.delete(key);
    changing.set(key, value);
    if (changing.size <= sweepAbove) return;
    for (const one of changing.keys()) hasArrived(one, stored.get(one));
    sweepAbove = Math.max(fewestBeforeSweep, 2 * changing.size);
  }

  /** @param found what the store has; only what it tells at once is ever remembered, so nothing else needs care */
  function hasArrived(key: string, found: ReturnType<ServiceStore["get"]>): boolean {
    if (!(found instanceof Promise) && changing.has(key) && changing.get(key) !== found) return false;
    changing.delete(key);
    return true;
  }

  return {
    get(key) {
      const known = recent.get(key);
      if (known !== undefined) return known;
      const found = stored.get(key);
      if (typeof found === "string" && hasArrived(key, found)) recent.set(key, found);
      return found;
    },
    list: (prefix, limit) => level.iterator({ gte: prefix, lt: `${prefix}\u{10ffff}`, limit }).all(),
    put(key, value) {
      noteChange(key, value);
      return stored.put(key, value);
    },
    remove(key) {
      noteChange(key, undefined);
      return stored.remove(key);
    },
  };
}
