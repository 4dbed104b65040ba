import { describe, expect, it } from "vitest";
import type { SmartCommitAction } from "../../../src/core/ports/smart-commit-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createSmartCommitStore } from "../../../src/storage/stores/smart-commit-store.js";
import type { OpenDatabase } from "./databases.js";

function action(issueKey: string, place: string): SmartCommitAction {
  const told = { authorEmail: "ada@example.org", happenedAt: 1, receivedAt: 2, provider: "ci", repositoryId: "r", instance: "main" };
  return { ...told, place, issueKey, claim: place, commit: "c0ffee", command: { kind: "comment", text: 'ä "\u0001" 🎉' } };
}

/** What every database must give the store of smart commits. */
export function smartCommitStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, store: createSmartCommitStore(opened.database) };
  }

  describe(`smart commits on ${name}`, () => {
    it("wait in queues by issue, in the order of their places", async () => {
      const { store, work } = await createStore();
      const all = [action("PLAY-1", "b"), action("PLAY-10", "a"), action("PLAY-1", "a"), action("ÄPFEL-7", "c")];

      await work.commit(all.map((each) => store.put(each)));

      expect(await store.rooms(undefined, 2)).toEqual(["PLAY-1", "PLAY-10"]);
      expect(await store.rooms("PLAY-10", 2)).toEqual(["ÄPFEL-7"]);
      expect(await store.read("PLAY-1", undefined, 10)).toEqual([
        { place: "a", item: all[2] },
        { place: "b", item: all[0] },
      ]);
      expect((await store.read("PLAY-1", "a", 10)).map(({ place }) => place)).toEqual(["b"]);
    });

    it("are there once they are committed, and begun in their place", async () => {
      const { store, work } = await createStore();
      const first = action("PLAY-1", "a");
      const put = store.put(first);
      expect(await store.has(first)).toBe(false);

      await work.commit([put]);
      expect(await store.has(first)).toBe(true);
      await work.commit([store.put({ ...first, begun: true })]);

      expect((await store.read("PLAY-1", undefined, 10)).map(({ item }) => item.begun)).toEqual([true]);
    });

    it("end with an outcome, which is found by the place", async () => {
      const { store, work } = await createStore();
      const outcome = { state: "refused", reason: "Nobody.", at: 5 } as const;
      await work.commit([store.put(action("PLAY-1", "a")), store.put(action("PLAY-1", "b"))]);

      await work.commit(store.end(action("PLAY-1", "a"), outcome));

      expect(await store.outcomes(["b", "a", "never"])).toEqual([undefined, outcome, undefined]);
      expect((await store.read("PLAY-1", undefined, 10)).map(({ place }) => place)).toEqual(["b"]);
    });

    it("claim a commit for one issue at one tracker", async () => {
      const { store, work } = await createStore();
      const deed = { commit: "c0ffee", url: "https://jira.example.org", issueKey: "PLAY-1" };

      await work.commit(store.putClaim(deed, "a", 5));

      expect(await store.claimOf(deed)).toBe("a");
      const others = [{ commit: "c0ffe" }, { url: "https://jira.example.com" }, { issueKey: "PLAY-2" }];
      expect(await Promise.all(others.map((other) => store.claimOf({ ...deed, ...other })))).toEqual([undefined, undefined, undefined]);
    });

    it("are forgotten by age, a slice at a time, and what waits is not", async () => {
      const { store, work, opened } = await createStore();
      const deed = { commit: "c0ffee", url: "https://jira.example.org", issueKey: "PLAY-1" };
      const outcome = { state: "done", reason: "Done." } as const;
      await work.commit([
        ...store.putClaim(deed, "a", 9),
        ...store.end(action("PLAY-1", "a"), { ...outcome, at: 10 }),
        ...store.end(action("PLAY-1", "b"), { ...outcome, at: 100 }),
        store.put(action("PLAY-1", "c")),
      ]);

      await work.commit(await store.removeSlice(100, 1));
      expect([await store.claimOf(deed), (await store.outcomes(["a"]))[0]?.at]).toEqual([undefined, 10]);
      await work.commit(await store.removeSlice(100, 10));

      expect(await store.removeSlice(100, 10)).toEqual([]);
      expect(await store.outcomes(["a", "b"])).toEqual([undefined, { ...outcome, at: 100 }]);
      await work.commit(await store.removeSlice(101, 10));
      expect(await opened.database.keys().all()).toHaveLength(1);
    });
  });
}
