import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createServiceSecretStore } from "../../../src/storage/stores/service-secret-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

/** What every database must give the store of services' own secrets. */
export function serviceSecretStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer: Sealer | undefined = sealerOf("a"), service = "generic") {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, secrets: createServiceSecretStore(opened.database, service, sealer) };
  }

  describe(`services' own secrets on ${name}`, () => {
    it("are kept, replaced and removed once the changes are committed", async () => {
      const { secrets, work } = await createStore();
      const change = secrets.put("hook ä", "first \u0000 🎉");
      expect(await secrets.get("hook ä")).toBeUndefined();

      await work.commit([change, secrets.put("hook", "one"), secrets.put("hook", "two")]);
      expect([await secrets.get("hook ä"), await secrets.get("hook")]).toEqual(["first \u0000 🎉", "two"]);
      await work.commit([secrets.remove("hook"), secrets.remove("never")]);

      expect([await secrets.get("hook"), await secrets.get("hook ä")]).toEqual([undefined, "first \u0000 🎉"]);
    });

    it("lie nowhere in plain", async () => {
      const { secrets, work, opened } = await createStore();

      await work.commit([secrets.put("a", "planted-secret"), secrets.put("b", "planted-secret")]);

      const entries = await opened.database.iterator().all();
      expect(entries.flat().filter((text) => /planted|cGxhbnRlZC/.test(text))).toEqual([]);
      expect(new Set(entries.map(([, value]) => value)).size).toBe(2);
    });

    it("open in no other place: copied by hand to another key or service they are errors", async () => {
      const { secrets, work, opened } = await createStore();
      const other = createServiceSecretStore(opened.database, "generic-outbound", sealerOf("a"));
      const change = secrets.put("hook", "planted-secret");

      await work.commit([change, ...[secrets.remove("other"), other.remove("hook")].map(({ key }) => ({ ...change, key }))]);

      await expect(secrets.get("other")).rejects.toThrow(/cannot be decrypted/);
      await expect(other.get("hook")).rejects.toThrow(StorageError);
      expect(await secrets.get("hook")).toBe("planted-secret");
    });

    it("are not reached from another service", async () => {
      const { secrets, work, opened } = await createStore();

      await work.commit([secrets.put("hook", "mine")]);

      expect(await createServiceSecretStore(opened.database, "github", sealerOf("a")).get("hook")).toBeUndefined();
    });

    it("sealed with another key are errors that say so", async () => {
      const { secrets, work, opened } = await createStore();
      await work.commit([secrets.put("hook", "mine")]);

      await expect(createServiceSecretStore(opened.database, "generic", sealerOf("b")).get("hook")).rejects.toThrow(/another key/);
    });

    it("cannot be kept without a key, and asking gives nothing", async () => {
      const { opened, work, secrets } = await createStore();
      await work.commit([secrets.put("hook", "mine")]);
      const without = createServiceSecretStore(opened.database, "generic", undefined);

      expect([without.canKeep, await without.get("hook")]).toEqual([false, undefined]);
      expect(() => without.put("hook", "other")).toThrow(StorageError);
    });

    it("are found again by the next process", async () => {
      const { secrets, work, opened } = await createStore();
      await work.commit([secrets.put("hook", "mine")]);

      const next = createServiceSecretStore(await opened.reopen(), "generic", sealerOf("a"));

      expect([next.canKeep, await next.get("hook")]).toEqual([true, "mine"]);
    });
  });
}
