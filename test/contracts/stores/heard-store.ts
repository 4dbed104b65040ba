import { describe, expect, it } from "vitest";
import type { RoomId } from "../../../src/core/ids.js";
import type { StoreChange } from "../../../src/core/ports/unit-of-work.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createHeardStore } from "../../../src/storage/stores/heard-store.js";
import type { OpenDatabase } from "./databases.js";

const dayMs = 24 * 3_600_000;
/** In the middle of a period: nothing here depends on where one begins. */
const start = 700 * 30 * dayMs + 15 * dayMs;
const room: RoomId = "!a:example.org";

/** What every database must give the memory of what rooms heard. */
export function heardStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the store of what rooms heard on ${name}`, () => {
    async function open() {
      const { database, reopen } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      return { store: createHeardStore(database), work, reopen };
    }

    it("keeps what was noted, in the batches that carry it, for each room by itself", async () => {
      const { store, work, reopen } = await open();
      const changes = store.put(
        room,
        new Map([
          ["one", "1"],
          ["two", "2"],
        ]),
        start,
      );
      expect(await store.find(room, ["one"], start)).toEqual(new Map());

      await work.commit(changes);

      const again = createHeardStore(await reopen());
      expect(await again.find(room, ["two", "three", "one"], start)).toEqual(
        new Map([
          ["two", "2"],
          ["one", "1"],
        ]),
      );
      expect(await again.find("!b:example.org", ["one", "two"], start)).toEqual(new Map());
      expect(await again.find(room, [], start)).toEqual(new Map());
    });

    it.each([0, 1, 29, 60, 89, 90])("knows it after %i days", async (days) => {
      const { store, work } = await open();
      await work.commit(store.put(room, new Map([["one", "1"]]), start));

      expect(await store.find(room, ["one"], start + days * dayMs)).toEqual(new Map([["one", "1"]]));
      expect(await store.removeOver(start + days * dayMs, 10)).toEqual([]);
    });

    it("tells what was noted last", async () => {
      const { store, work } = await open();
      await work.commit(
        store.put(
          room,
          new Map([
            ["one", "old"],
            ["two", "2"],
          ]),
          start,
        ),
      );
      await work.commit(store.put(room, new Map([["one", "new"]]), start + 40 * dayMs));

      expect(await store.find(room, ["one", "two"], start + 80 * dayMs)).toEqual(
        new Map([
          ["one", "new"],
          ["two", "2"],
        ]),
      );
    });

    it("forgets, and removes what is over in parts, and nothing else", async () => {
      const { store, work } = await open();
      const names = ["one", "two", "three", "four", "five"];
      for (const one of [room, "!b:example.org"] as const)
        await work.commit(store.put(one, new Map(names.map((each) => [each, "x"])), start));
      const later = start + 121 * dayMs;
      await work.commit(store.put(room, new Map([["one", "again"]]), later));

      expect(await store.find(room, names, later)).toEqual(new Map([["one", "again"]]));
      const removed: (readonly StoreChange[])[] = [];
      for (let part = await store.removeOver(later, 4); part.length > 0; part = await store.removeOver(later, 4)) {
        removed.push(part);
        await work.commit(part);
      }
      expect(removed.map((part) => part.length)).toEqual([4, 4, 2]);
      expect(await store.find(room, names, later)).toEqual(new Map([["one", "again"]]));
    });

    it("works with a clock that stands at the beginning", async () => {
      const { store, work } = await open();
      await work.commit([...(await store.removeOver(-5, 10)), ...store.put(room, new Map([["one", "1"]]), -5)]);

      expect(await store.find(room, ["one"], 0)).toEqual(new Map([["one", "1"]]));
    });
  });
}
