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
