import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createSeenStore } from "../../../src/storage/stores/seen-store.js";
import type { OpenDatabase } from "./databases.js";

const dayMs = 24 * 3_600_000;
const weekMs = 7 * dayMs;
const minuteMs = 60_000;
/** Marks lie in buckets of a week, counted from the epoch. */
const bucketStart = 2_900 * weekMs;

/** What every database must give the store of what was seen. */
export function seenStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createSeenStore(opened.database, work);
    return {
      ...{ store, work, opened },
      mark: (key: string, value: string, nowMs: number, keepMs: number) => work.commit(store.mark(key, value, nowMs, keepMs)),
    };
  }

  describe(`what was seen, on ${name}`, () => {
    it.each([
      { what: "at a bucket's start, within the time", at: 0, keepMs: weekMs, afterMs: weekMs - 1, isFound: true },
      { what: "at a bucket's start, after the time", at: 0, keepMs: weekMs, afterMs: weekMs, isFound: false },
      {
        what: "at a bucket's end, within the time, in the next bucket",
        at: weekMs - 1,
        keepMs: weekMs,
        afterMs: weekMs - 1,
        isFound: true,
      },
      { what: "at a bucket's end, after the time", at: weekMs - 1, keepMs: weekMs, afterMs: weekMs, isFound: false },
      {
        what: "a minute before the bucket ends, for ten",
        at: weekMs - minuteMs,
        keepMs: 10 * minuteMs,
        afterMs: 9 * minuteMs,
        isFound: true,
      },
      { what: "a minute before it ends, ten over", at: weekMs - minuteMs, keepMs: 10 * minuteMs, afterMs: 10 * minuteMs, isFound: false },
      { what: "for longer than anything is kept", at: 0, keepMs: 4 * weekMs, afterMs: weekMs, isFound: false },
    ])("is found ($isFound) when it was marked $what", async ({ at, keepMs, afterMs, isFound }) => {
      const { store, mark } = await createStore();
      const now = bucketStart + at;

      await mark("key", "a value with spaces", now, keepMs);

      expect(await store.find("key", now)).toBe("a value with spaces");
      expect(await store.find("key", now + afterMs)).toBe(isFound ? "a value with spaces" : undefined);
    });

    it("is found under its own key only, and only once the mark is committed", async () => {
      const { store, work } = await createStore();
      const changes = store.mark("key", "value", bucketStart, weekMs);
      expect(await store.find("key", bucketStart)).toBeUndefined();

      await work.commit(changes);

      expect([await store.find("key", bucketStart), await store.find("key2", bucketStart), await store.find("ke", bucketStart)]).toEqual([
        "value",
        undefined,
        undefined,
      ]);
    });

    it("is found with its latest value, in whichever week each was marked", async () => {
      const { store, mark } = await createStore();
      await mark("key", "first", bucketStart + 6 * dayMs, weekMs);
      await mark("key", "second", bucketStart + 8 * dayMs, weekMs);

      expect(await store.find("key", bucketStart + 8 * dayMs)).toBe("second");
    });

    it("is swept in slices, and nothing that may still count goes", async () => {
      const { store, work } = await createStore();
      await work.commit(Array.from({ length: 6_000 }, (_, number) => store.mark(`old ${number}`, "1", bucketStart, weekMs)).flat());
      await work.commit(store.mark("last week", "1", bucketStart + 2 * weekMs - 1, weekMs));
      await work.commit(store.mark("now", "1", bucketStart + 2 * weekMs, weekMs));
      const now = bucketStart + 2 * weekMs + 1;

      const more = [await store.sweep(now), await store.sweep(now), await store.sweep(now)];

      expect(more).toEqual([true, false, false]);
      // At the time of the mark itself nothing but the sweep can have taken it.
      expect(await store.find("old 0", bucketStart)).toBeUndefined();
      expect(await store.find("old 5999", bucketStart)).toBeUndefined();
      expect([await store.find("last week", now), await store.find("now", now)]).toEqual(["1", "1"]);
    });

    it("is found when it was marked anew while a sweep went through what is over", async () => {
      const { store, work, mark } = await createStore();
      await work.commit(Array.from({ length: 4_000 }, (_, number) => store.mark(`old ${number}`, "1", bucketStart, weekMs)).flat());
      const now = bucketStart + 2 * weekMs;

      const sweeping = store.sweep(now);
      await mark("old 0", "2", now, weekMs);
      await sweeping;

      expect([await store.find("old 0", now), await store.find("old 1", bucketStart)]).toEqual(["2", undefined]);
    });

    it("is found as before once a sweep went through the store, whatever was marked meanwhile", async () => {
      const { opened, store, work, mark } = await createStore();
      await mark("before", "1", bucketStart, weekMs);
      const late = store.mark("committed later", "2", bucketStart, weekMs);
      const next = createSeenStore(opened.database, work);

      await Promise.all([store.sweep(bucketStart), store.sweep(bucketStart), next.sweep(bucketStart)]);
      await work.commit(late);
      await mark("after", "3", bucketStart, weekMs);

      const found = ["before", "committed later", "after", "never"].map(async (key) => store.find(key, bucketStart));
      expect(await Promise.all(found)).toEqual(["1", "2", "3", undefined]);
      expect(await next.find("before", bucketStart)).toBe("1");
    });

    it("is found again by the next process", async () => {
      const { opened, work, mark } = await createStore();
      await mark("key", "value", bucketStart, weekMs);

      const next = createSeenStore(await opened.reopen(), work);

      expect(await next.find("key", bucketStart + 1)).toBe("value");
    });
  });
}
