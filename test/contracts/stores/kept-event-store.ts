import { describe, expect, it } from "vitest";
import type { InboxId } from "../../../src/core/ids.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createKeptEventStore } from "../../../src/storage/stores/kept-event-store.js";
import type { OpenDatabase } from "./databases.js";

// The cast: tests give out ids of their own here.
const idOf = (number: number): InboxId => `i${String(number).padStart(6, "0")}` as InboxId;

/** What every database must give the store of kept events. */
export function keptEventStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createKeptEventStore(opened.database);
    return {
      store,
      work,
      opened,
      keep: (service: string, key: string, number: number) => work.commit(store.add(service, key, idOf(number))),
    };
  }

  describe(`the store of kept events on ${name}`, () => {
    it("finds events by service and key, oldest first, and those of no other", async () => {
      const { store, keep } = await createStore();
      for (const number of [3, 1, 2]) await keep("jira", "https://example.org/PLAY", number);
      await keep("jira", "https://example.org/PLAY", 2);
      await keep("jira", "https://example.org/PLAYER", 4);
      await keep("jira-cloud", "https://example.org/PLAY", 5);
      await keep("jira", "https://example.org", 6);

      expect(await store.find("jira", "https://example.org/PLAY")).toEqual([1, 2, 3].map(idOf));
      expect(await store.find("jira", "nothing")).toEqual([]);
    });

    it("is emptied piece by piece", async () => {
      const { store, work, keep } = await createStore();
      await work.commit(Array.from({ length: 4_500 }, (_, number) => store.add("jira", "key", idOf(number))).flat());
      await keep("other", "key", 1);

      const pieces: number[] = [];
      for (let changes = await store.removeSlice(); changes.length > 0; changes = await store.removeSlice()) {
        pieces.push(changes.length);
        await work.commit(changes);
      }

      expect(pieces).toEqual([2_000, 2_000, 501]);
      expect([await store.find("jira", "key"), await store.find("other", "key")]).toEqual([[], []]);
    });

    it("is found again by the next process", async () => {
      const { opened, keep } = await createStore();
      await keep("jira", "key", 1);

      const next = createKeptEventStore(await opened.reopen());

      expect(await next.find("jira", "key")).toEqual([idOf(1)]);
    });
  });
}
