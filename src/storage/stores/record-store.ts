import { StorageError } from "../../core/errors.js";
import type { RecordStore, RegisteredRecord } from "../../core/ports/record-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { sealedPlace, type RecordStoreName } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/*
 * Layout, relative to the sublevel:
 *
 *   record <id>          -> the record as JSON, sealed as a whole: what is read was written together
 *   name ["<name>",<id>] -> the id
 *   next                 -> the id that the next record gets
 *
 * Ids are written with 16 digits, so that they lie in their order. The quote that ends a name cannot stand within it, so no name runs into
 * another.
 */
const recordPrefix = "record ";
const namePrefix = "name ";
const nextKey = "next";
/** Everything that begins with `record `: "!" follows the space in ASCII. */
const recordsEnd = "record!";
const firstId = 1;

/**
 * What was registered over an API.
 * @param store each kind has a sublevel of its own
 * @param sealer absent when no key is configured: then nothing can be kept
 */
export function createRecordStore<Fields>(database: Database, store: RecordStoreName, sealer: Sealer | undefined): RecordStore<Fields> {
  const level = database.sublevel(store);
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  const placeOf = (key: string): SealedPlace => sealedPlace(store, key);

  function open(key: string, stored: string): RegisteredRecord<Fields> {
    // Written by `put` below. Without a sealer there are none.
    return JSON.parse(sealer?.open(stored, placeOf(key)) ?? "null") as RegisteredRecord<Fields>;
  }

  async function get(id: number): Promise<RegisteredRecord<Fields> | undefined> {
    const key = recordKey(id);
    const stored = sealer === undefined ? undefined : await level.get(key);
    return stored === undefined ? undefined : open(key, stored);
  }

  return {
    canKeep: sealer !== undefined,
    get,
    async findByName(name) {
      const [id] = await level.values({ ...rangeOfName(name), limit: 1 }).all();
      return id === undefined ? undefined : get(Number(id));
    },
    async list(after, limit) {
      if (sealer === undefined) return [];
      const entries = await level.iterator({ gt: recordKey(after), lt: recordsEnd, limit }).all();
      return entries.map(([key, stored]) => open(key, stored));
    },
    async count() {
      if (sealer === undefined) return 0;
      return (await level.keys({ gt: recordPrefix, lt: recordsEnd }).all()).length;
    },
    nextId: async () => Number((await level.get(nextKey)) ?? firstId),
    moveOn: (nextId) => ({ type: "put", key: absolute(nextKey), value: String(nextId) }),
    put(record, before) {
      if (sealer === undefined) throw noKey();
      const key = recordKey(record.id);
      const value = sealer.seal(JSON.stringify(record), placeOf(key));
      return [
        { type: "put", key: absolute(key), value },
        ...putName(absolute, record, before),
        ...(before === undefined ? [{ type: "put", key: absolute(nextKey), value: String(record.id + 1) } as const] : []),
      ];
    },
    remove: (record) => [recordKey(record.id), nameKey(record)].map((key) => ({ type: "del", key: absolute(key) })),
  };
}

type Named = Pick<RegisteredRecord<unknown>, "id" | "name">;

function putName(absolute: (key: string) => string, record: Named, before: Named | undefined): readonly StoreChange[] {
  if (before?.name === record.name) return [];
  const formerName: readonly StoreChange[] = before === undefined ? [] : [{ type: "del", key: absolute(nameKey(before)) }];
  return [...formerName, { type: "put", key: absolute(nameKey(record)), value: String(record.id) }];
}

function recordKey(id: number): string {
  return recordPrefix + padded(id);
}

function nameKey({ name, id }: Named): string {
  return `${namePrefix}${JSON.stringify([name]).slice(0, -1)},${padded(id)}]`;
}

function rangeOfName(name: string): { readonly gt: string; readonly lt: string } {
  const start = namePrefix + JSON.stringify([name]).slice(0, -1);
  // "-" follows "," in ASCII.
  return { gt: `${start},`, lt: `${start}-` };
}

function padded(id: number): string {
  return String(id).padStart(16, "0");
}

function noKey(): StorageError {
  return new StorageError("Nothing can be registered, because there is no key to encrypt it with. Name a key file in storage.keyFile.");
}
