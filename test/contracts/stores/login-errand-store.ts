import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import { notice } from "../../../src/core/message.js";
import type { AccountDataErrand, NoticeErrand } from "../../../src/core/ports/login-errands.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { holdsSealedValues } from "../../../src/storage/sealing/sealed-values.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createLoginErrandStore } from "../../../src/storage/stores/login-errand-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

function toKeep(id: string): AccountDataErrand {
  return { id, type: `type of ${id}`, content: { deleted: true }, onlyIfThere: true };
}

function toTell(id: string): NoticeErrand {
  return { id, person: "@alice:example.org", message: notice("planted-word ä \u0000 🎉"), createdAt: 7 };
}

/** What every database must give the store of what is to be done at the homeserver because of logins. */
export function loginErrandStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer: Sealer | undefined = sealerOf("a")) {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, store: createLoginErrandStore(opened.database, sealer) };
  }

  describe(`errands of logins on ${name}`, () => {
    it("are kept in the order of their ids until they are removed", async () => {
      const { store, work } = await createStore();
      await work.commit(["a2", "a1", "b0"].flatMap((id) => [store.putAccountData(toKeep(id)), store.putNotice(toTell(id))]));
      expect(await store.accountData()).toEqual(["a1", "a2", "b0"].map(toKeep));
      expect(await store.notices()).toEqual(["a1", "a2", "b0"].map(toTell));

      await work.commit([store.removeAccountData({ id: "a2" }), store.removeNotice({ id: "a1" })]);

      expect((await store.accountData()).map(({ id }) => id)).toEqual(["a1", "b0"]);
      expect((await store.notices()).map(({ id }) => id)).toEqual(["a2", "b0"]);
    });

    it("are found again by the next process", async () => {
      const { store, work, opened } = await createStore();
      await work.commit([store.putAccountData(toKeep("a")), store.putNotice(toTell("a"))]);

      const next = createLoginErrandStore(await opened.reopen(), sealerOf("a"));

      expect([await next.accountData(), await next.notices()]).toEqual([[toKeep("a")], [toTell("a")]]);
    });

    it("tell nothing of what is to be said in plain, and need the key for it", async () => {
      const { store, work, opened } = await createStore();

      await work.commit([store.putNotice(toTell("a"))]);

      expect((await opened.database.iterator().all()).flat().join()).not.toMatch(/planted|alice/);
      expect(await holdsSealedValues(opened.database)).toBe(true);
      await expect(createLoginErrandStore(opened.database, sealerOf("b")).notices()).rejects.toThrow(StorageError);
    });

    it("need no key for what is kept for Hookshot, which is encrypted already", async () => {
      const { opened, work } = await createStore();
      const store = createLoginErrandStore(opened.database, undefined);

      await work.commit([store.putAccountData(toKeep("a"))]);

      expect([await store.accountData(), await store.notices()]).toEqual([[toKeep("a")], []]);
      expect(() => store.putNotice(toTell("a"))).toThrow(StorageError);
    });
  });
}
