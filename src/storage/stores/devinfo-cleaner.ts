import type { DevinfoStore } from "../../core/ports/devinfo-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { del, put } from "./devinfo-edit.js";
import * as keys from "./devinfo-keys.js";
import { readEntity, readRecord, recencyOfStored, recordText } from "./devinfo-values.js";

type CleanerPart = Pick<DevinfoStore, "markForCleaning" | "unmarkForCleaning" | "toBeCleaned" | "cleanSlice" | "cleanProviderSlice">;

/** Most have three or four. */
const changesPerEntity = 10;

/** Deletes in parts what was deleted at once by taking its name away. Nobody writes there any more. */
export function createDevinfoCleaner(database: Database): CleanerPart {
  async function entitySlice(handle: string, limit: number): Promise<readonly StoreChange[]> {
    const found = await database.iterator({ ...keys.entitiesOf(handle), limit }).all();
    const start = keys.entityPrefix(handle).length;
    const changes: StoreChange[] = [];
    for (const [key, text] of found) {
      // Fewer where they name many issues.
      if (changes.length > changesPerEntity * limit) break;
      const name = key.slice(start);
      const stored = readEntity(keys.nameOf(name), text);
      const time = keys.timeText(stored.happenedAt);
      changes.push(del(key), del(keys.recencyPrefix(handle) + recencyOfStored(stored) + name));
      for (const issueKey of stored.issueKeys) changes.push(del(keys.issueEntry(issueKey, time, handle, name)));
    }
    return changes;
  }

  async function countSlice(handle: string, provider: number, limit: number): Promise<readonly StoreChange[]> {
    const found = await database.keys({ ...keys.countsOf(handle), limit }).all();
    return found.flatMap((key) => [del(key), del(keys.projectEntry(provider, keys.atEnd(key), handle))]);
  }

  async function repositorySlice(provider: number, limit: number): Promise<readonly StoreChange[]> {
    const linked = await database.iterator({ ...keys.repositoriesOf(provider), limit }).all();
    const texts = await database.getMany(linked.map(([, handle]) => keys.recordKey(handle)));
    return linked.flatMap(([key, handle], index) => {
      const record = readRecord(handle, texts[index]);
      if (record === undefined) return [del(key)];
      return [del(key), put(keys.recordKey(handle), recordText({ ...record, json: "", isDeleted: true })), put(keys.cleaningKey(handle))];
    });
  }

  async function tombstoneSlice(provider: number, letter: "T" | "t", limit: number): Promise<readonly StoreChange[]> {
    return (await database.keys({ ...keys.tombstonesOf(provider, letter), limit }).all()).map(del);
  }

  return {
    markForCleaning: (handle) => put(keys.cleaningKey(handle)),
    unmarkForCleaning: (handle) => del(keys.cleaningKey(handle)),
    toBeCleaned: async (limit) => (await database.keys({ ...keys.allOf("d"), limit }).all()).map(keys.behindLetter),
    async cleanSlice(handle, limit) {
      const entities = await entitySlice(handle, limit);
      if (entities.length > 0) return entities;
      const record = readRecord(handle, await database.get(keys.recordKey(handle)));
      if (record === undefined) return [del(keys.cleaningKey(handle))];
      const counts = await countSlice(handle, record.provider, limit);
      if (counts.length > 0) return counts;
      const tags = Object.entries(record.tags?.properties ?? {}).map((tag) => keys.tagEntries(record.provider, tag));
      return [...tags.map((range) => del(keys.tagEntry(range, handle))), del(keys.recordKey(handle)), del(keys.cleaningKey(handle))];
    },
    async cleanProviderSlice(provider, limit) {
      for (const next of [
        () => repositorySlice(provider, limit),
        () => tombstoneSlice(provider, "T", limit),
        () => tombstoneSlice(provider, "t", limit),
      ]) {
        const changes = await next();
        if (changes.length > 0) return changes;
      }
      return [del(keys.deletedProviderKey(provider))];
    },
  };
}
