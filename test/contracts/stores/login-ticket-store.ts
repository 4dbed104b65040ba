import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { UserId } from "../../../src/core/ids.js";
import type { BegunLogin } from "../../../src/core/ports/login-tickets.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { holdsSealedValues } from "../../../src/storage/sealing/sealed-values.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createBegunLoginStore, createUndoableLoginStore } from "../../../src/storage/stores/login-ticket-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

const alice: UserId = "@alice:example.org";

function ticket(more: Partial<BegunLogin> = {}): BegunLogin {
  return { serviceId: "code", person: alice, remote: "main", codeVerifier: "planted-verifier", endsAt: 1_000, ...more };
}

/** What every database must give the store of logins that are under way in the browser. */
export function loginTicketStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer: Sealer | undefined = sealerOf("a")) {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, store: createBegunLoginStore(opened.database, sealer) };
  }

  describe(`tickets of logins on ${name}`, () => {
    it("are kept and removed once the changes are committed, and found again by the next process", async () => {
      const { store, work, opened } = await createStore();
      const whole = ticket({ kept: "ä \u0000 🎉" });
      const changes = store.put("one", whole);
      expect(await store.get("one")).toBeUndefined();

      await work.commit(changes);
      expect(await createBegunLoginStore(await opened.reopen(), sealerOf("a")).get("one")).toEqual(whole);
    });

    it("go with everything that leads to them", async () => {
      const { store, work, opened } = await createStore();
      await work.commit(store.put("one", ticket()));

      await work.commit(store.remove("one", alice));

      expect([await store.get("one"), await store.ofPerson(alice)]).toEqual([undefined, []]);
      expect(await opened.database.keys().all()).toEqual([]);
    });

    it("are listed by person, those that end first in front", async () => {
      const { store, work } = await createStore();
      const other: UserId = "@alice:example.org.evil.example";
      const odd: UserId = '@alice:example.org","one';

      await work.commit([
        ...[
          ...store.put("c", ticket({ endsAt: 90 })),
          ...store.put("a", ticket({ endsAt: 1_000 })),
          ...store.put("b", ticket({ endsAt: 200 })),
        ],
        ...[...store.put("d", ticket({ person: other })), ...store.put("e", ticket({ person: odd }))],
      ]);

      expect(await store.ofPerson(alice)).toEqual([
        { id: "c", endsAt: 90 },
        { id: "b", endsAt: 200 },
        { id: "a", endsAt: 1_000 },
      ]);
      expect(await store.ofPerson(other)).toEqual([{ id: "d", endsAt: 1_000 }]);
    });

    it("are removed when they have ended, part by part", async () => {
      const { store, work } = await createStore();
      const old = Array.from({ length: 600 }, (_none, number) => store.put(`old${number}`, ticket({ endsAt: 1_000 })));
      await work.commit([...old.flat(), ...store.put("young", ticket({ endsAt: 1_001 }))]);

      let slices = 0;
      for (let changes = await store.removeEnded(1_000); changes.length > 0; changes = await store.removeEnded(1_000)) {
        slices += 1;
        await work.commit(changes);
      }

      expect(slices).toBeGreaterThan(1);
      expect(await store.ofPerson(alice)).toEqual([{ id: "young", endsAt: 1_001 }]);
    });

    it("of one sort are not those of another", async () => {
      const { store, work, opened } = await createStore();
      await work.commit(store.put("one", ticket()));

      expect(await createUndoableLoginStore(opened.database, sealerOf("a")).get("one")).toBeUndefined();
    });

    it("lie nowhere in plain, are known to need the key, and open in no other place", async () => {
      const { store, work, opened } = await createStore();
      const [change, ...others] = store.put("one", ticket());
      const [elsewhere] = store.remove("two", alice);

      await work.commit([change!, ...others, { ...change!, key: elsewhere!.key }]);

      expect((await opened.database.iterator().all()).flat().join()).not.toMatch(/planted|cGxhbnRlZC/);
      expect(await holdsSealedValues(opened.database)).toBe(true);
      await expect(store.get("two")).rejects.toThrow(StorageError);
    });

    it("cannot be kept without a key, and asking gives nothing", async () => {
      const { work, store, opened } = await createStore();
      await work.commit(store.put("one", ticket()));
      const without = createBegunLoginStore(opened.database, undefined);

      expect(await without.get("one")).toBeUndefined();
      expect(() => without.put("one", ticket())).toThrow(StorageError);
    });
  });
}
