import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { RecordStore, RegisteredRecord } from "../../../src/core/ports/record-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { holdsSealedValues, recordStoreNames } from "../../../src/storage/sealing/sealed-values.js";
import { createRecordStore } from "../../../src/storage/stores/record-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

interface Fields {
  readonly system: string;
}

type Stored = RegisteredRecord<Fields>;

function record(id: number, name = `remote ${id}`): Stored {
  return { id, name, fields: { system: "ä 🎉" }, secrets: { pass: `planted-secret-${id}`, token: "" }, createdAt: id, updatedAt: id };
}

/** What every database must give the stores of what was registered over an API. */
export function recordStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const records: RecordStore<Fields> = createRecordStore(opened.database, "connectors", sealerOf("a"));
    const add = (...added: readonly Stored[]): Promise<void> => work.commit(added.flatMap((each) => records.put(each, undefined)));
    return { opened, work, records, add };
  }

  describe(`registered records on ${name}`, () => {
    it("are kept, replaced and removed once the changes are committed", async () => {
      const { records, work } = await createStore();
      const changes = records.put(record(1), undefined);
      expect(await records.get(1)).toBeUndefined();

      await work.commit(changes);
      expect(await records.get(1)).toEqual(record(1));
      await work.commit(records.put({ ...record(1), fields: { system: "other" } }, record(1)));
      expect((await records.get(1))?.fields).toEqual({ system: "other" });
      await work.commit(records.remove(record(1)));

      expect([await records.get(1), await records.findByName("remote 1"), await records.count()]).toEqual([undefined, undefined, 0]);
    });

    it("are found by their exact name, the newest name only", async () => {
      const { records, work, add } = await createStore();
      await add(record(1, 'a "b"'), record(2, "a"), record(3, "ä\\"));

      await work.commit(records.put(record(2, "c"), record(2, "a")));

      const found = await Promise.all(['a "b"', "a", "A", "ä\\", "c", "", 'a","'].map((each) => records.findByName(each)));
      expect(found.map((each) => each?.id)).toEqual([1, undefined, undefined, 3, 2, undefined, undefined]);
    });

    it("may have one name, where their kind lets them: the oldest is found until it is gone", async () => {
      const { records, work, add } = await createStore();
      await add(record(9, "same"), record(10, "same"));
      expect((await records.findByName("same"))?.id).toBe(9);

      await work.commit(records.remove(record(9, "same")));

      expect((await records.findByName("same"))?.id).toBe(10);
    });

    it("are listed by their numbers, part by part", async () => {
      const { records, add } = await createStore();
      await add(...[10, 2, 9, 100].map((id) => record(id)));
      const ids = async (after: number, limit: number): Promise<readonly number[]> =>
        (await records.list(after, limit)).map(({ id }) => id);

      expect(await ids(0, 10)).toEqual([2, 9, 10, 100]);
      expect(await ids(2, 2)).toEqual([9, 10]);
      expect(await ids(100, 2)).toEqual([]);
      expect(await records.count()).toBe(4);
    });

    it("have ids that are never given again", async () => {
      const { records, work, add, opened } = await createStore();
      expect(await records.nextId()).toBe(1);
      await add(record(1), record(2));
      await work.commit(records.put(record(1, "renamed"), record(1)));
      expect(await records.nextId()).toBe(3);

      await work.commit([...records.remove(record(2)), ...records.remove(record(1, "renamed"))]);

      expect(await records.nextId()).toBe(3);
      expect(await createRecordStore(await opened.reopen(), "connectors", sealerOf("a")).nextId()).toBe(3);
    });

    it("lie apart from those of other kinds", async () => {
      const { opened, add } = await createStore();

      await add(record(1));

      const others = recordStoreNames.filter((each) => each !== "connectors");
      for (const other of others) {
        const records = createRecordStore<Fields>(opened.database, other, sealerOf("a"));
        expect([await records.get(1), await records.count(), await records.nextId()]).toEqual([undefined, 0, 1]);
      }
    });

    it("lie nowhere in plain, and are known to need the key", async () => {
      const { opened, add } = await createStore();
      expect(await holdsSealedValues(opened.database)).toBe(false);

      await add(record(1), record(2));

      const entries = await opened.database.iterator().all();
      expect(entries.flat().filter((text) => /planted|cGxhbnRlZC|706c616e746564/.test(text))).toEqual([]);
      expect(await holdsSealedValues(opened.database)).toBe(true);
    });

    it.each(recordStoreNames)("are known to need the key in %s", async (store) => {
      const { opened, work } = await createStore();

      await work.commit(createRecordStore<Fields>(opened.database, store, sealerOf("a")).put(record(1), undefined));

      expect(await holdsSealedValues(opened.database)).toBe(true);
    });

    it("open in no other place: copied by hand to another id or kind they are errors", async () => {
      const { records, work, opened, add } = await createStore();
      const others = createRecordStore<Fields>(opened.database, "git-integrations", sealerOf("a"));
      await add(record(1));
      const [sealed] = records.put(record(1), record(1));
      const places = [records.remove(record(2))[0], others.remove(record(1))[0]];

      await work.commit(places.flatMap((place) => (place === undefined || sealed === undefined ? [] : [{ ...sealed, key: place.key }])));

      await expect(records.get(2)).rejects.toThrow(/cannot be decrypted/);
      await expect(others.get(1)).rejects.toThrow(StorageError);
      expect(await records.get(1)).toEqual(record(1));
    });

    it("sealed with another key are errors that say so", async () => {
      const { opened, add } = await createStore();
      await add(record(1));

      await expect(createRecordStore(opened.database, "connectors", sealerOf("b")).get(1)).rejects.toThrow(/another key/);
    });

    it("cannot be kept without a key, and asking gives nothing", async () => {
      const { opened, add } = await createStore();
      await add(record(1));
      const without = createRecordStore<Fields>(opened.database, "connectors", undefined);

      expect([without.canKeep, await without.get(1), await without.findByName("remote 1")]).toEqual([false, undefined, undefined]);
      expect([await without.list(0, 10), await without.count()]).toEqual([[], 0]);
      expect(() => without.put(record(2), undefined)).toThrow(StorageError);
    });

    it("are found again by the next process", async () => {
      const { opened, add } = await createStore();
      await add(record(1, "main"));

      const next = createRecordStore<Fields>(await opened.reopen(), "connectors", sealerOf("a"));

      expect([next.canKeep, await next.findByName("main")]).toEqual([true, record(1, "main")]);
    });
  });
}
