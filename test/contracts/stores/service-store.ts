import { describe, expect, it } from "vitest";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createServiceStore } from "../../../src/storage/stores/service-store.js";
import type { OpenDatabase } from "./databases.js";

/** What every database must give the services' own stores. */
export function serviceStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`a service's store on ${name}`, () => {
    it("keeps, replaces and removes values once the changes are committed", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store = createServiceStore(database, "jira");
      expect(await store.get("key")).toBeUndefined();

      await work.commit([store.put("key", "first"), store.put("key", "second"), store.put("other", "värde\u0000!")]);
      expect([await store.get("key"), await store.get("other")]).toEqual(["second", "värde\u0000!"]);
      await work.commit([store.remove("key")]);

      expect(await store.get("key")).toBeUndefined();
    });

    it("believes a change when it is stored and not before, whatever was read meanwhile", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store = createServiceStore(database, "jira");
      await work.commit([store.put("replaced", "old"), store.put("removed", "old")]);
      const read = async (): Promise<unknown> => [await store.get("replaced"), await store.get("removed"), await store.get("new")];
      expect(await read()).toEqual(["old", "old", undefined]);

      const changes = [store.put("replaced", "new"), store.remove("removed"), store.put("new", "new")];

      expect([await read(), await read()]).toEqual([
        ["old", "old", undefined],
        ["old", "old", undefined],
      ]);
      await work.commit(changes);
      expect([await read(), await read()]).toEqual([
        ["new", undefined, "new"],
        ["new", undefined, "new"],
      ]);
    });

    it("does not lose sight of a change on its way among thousands of others", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store = createServiceStore(database, "jira");
      await work.commit([store.put("slow", "old")]);
      const slow = store.put("slow", "new");

      for (let round = 0; round < 5; round += 1) {
        await work.commit(Array.from({ length: 1_000 }, (_, index) => store.put(`other ${round} ${index}`, "value")));
        expect(await store.get("slow")).toBe("old");
      }
      await work.commit([slow]);

      expect(await store.get("slow")).toBe("new");
    });

    it("lists what begins alike, in key order, up to a number", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store = createServiceStore(database, "jira");
      const keys = ["due 2", "due 10", "due", "dua", "due \u{1f389}", "duf", "due 1"];
      await work.commit([...keys.map((key) => store.put(key, `v ${key}`)), createServiceStore(database, "jira2").put("due 0", "other")]);

      expect((await store.list("due ", 10)).map(([key]) => key)).toEqual(["due 1", "due 10", "due 2", "due \u{1f389}"]);
      expect(await store.list("due ", 2)).toEqual([
        ["due 1", "v due 1"],
        ["due 10", "v due 10"],
      ]);
      expect(await store.list("none", 10)).toEqual([]);
    });

    it("is not reached from another service, whatever the keys", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const store = createServiceStore(database, "jira");
      const other = createServiceStore(database, "jira-cloud");
      const key = "!service-jira-cloud!key";

      await work.commit([store.put(key, "mine"), other.put("key", "theirs")]);

      expect([await store.get(key), await other.get("key"), await other.get(key)]).toEqual(["mine", "theirs", undefined]);
    });
  });
}
