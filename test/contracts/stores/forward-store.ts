import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { ConnectionId } from "../../../src/core/ids.js";
import type { StoredForward } from "../../../src/core/ports/delivery-stores.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { holdsSealedValues } from "../../../src/storage/sealing/sealed-values.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createForwardStore } from "../../../src/storage/stores/forward-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

// The casts: tests give out ids of their own here. The second begins like the first, so that a careless range would hold both.
const one = "0123456789abcdef" as ConnectionId;
const two = "0123456789abcdef0" as ConnectionId;

function forward(number: number, connectionId = one): StoredForward {
  return {
    connectionId,
    place: `p${String(number).padStart(6, "0")}`,
    receivedAt: number,
    event: {
      type: "m.room.message",
      event_id: `$${number}`,
      room_id: "!a:example.org",
      sender: "@alice:example.org",
      origin_server_ts: number,
      content: { body: "ä \u0000 🎉" },
    },
  };
}

/** What every database must give the store of events that are handed on. */
export function forwardStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer?: Sealer) {
    const opened = await openDatabase();
    const commit = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { store: createForwardStore(opened.database, sealer), commit, opened };
  }

  describe.each([
    { form: "in plain", sealer: undefined },
    { form: "sealed", sealer: sealerOf("a") },
  ])(`the store of events that are handed on, on ${name}, $form`, ({ sealer }) => {
    it("keeps them per connection, in order, until they are removed", async () => {
      const { store, commit } = await createStore(sealer);
      await commit.commit([forward(3), forward(1), forward(2), forward(1, two)].flatMap((each) => store.add(each)));
      expect((await store.read(one, undefined, 100)).map(({ item }) => item)).toEqual([forward(1), forward(2), forward(3)]);
      expect(await store.rooms(undefined, 10)).toEqual([one, two]);

      await commit.commit([...store.remove(forward(1)), ...store.remove(forward(1, two))]);

      expect((await store.read(one, undefined, 1)).map(({ place }) => place)).toEqual([forward(2).place]);
      expect((await store.read(one, forward(2).place, 1)).map(({ place }) => place)).toEqual([forward(3).place]);
      expect(await store.rooms(undefined, 10)).toEqual([one]);
      expect(await store.rooms(one, 10)).toEqual([]);
    });

    it("are found again by the next process", async () => {
      const { store, commit, opened } = await createStore(sealer);
      await commit.commit(store.add(forward(1)));

      const next = createForwardStore(await opened.reopen(), sealer);

      expect(await next.read(one, undefined, 10)).toEqual([{ place: forward(1).place, item: forward(1) }]);
    });
  });

  describe(`the sealed store of events that are handed on, on ${name}`, () => {
    it("holds nothing of what was typed in plain, and is known to need the key", async () => {
      const { store, commit, opened } = await createStore(sealerOf("a"));

      await commit.commit(store.add(forward(1)));

      expect((await opened.database.iterator().all()).flat().join()).not.toContain("alice");
      expect(await holdsSealedValues(opened.database)).toBe(true);
    });

    it("reads what was stored before there was a key", async () => {
      const { store, commit, opened } = await createStore();
      await commit.commit(store.add(forward(1)));

      expect(await createForwardStore(opened.database, sealerOf("a")).read(one, undefined, 10)).toHaveLength(1);
    });

    it("does not open what was moved to another connection, or is read without the key", async () => {
      const { store, commit, opened } = await createStore(sealerOf("a"));
      await commit.commit(store.add(forward(1)));
      const [value = ""] = await opened.database.values().all();
      const [elsewhere] = store.add(forward(1, two));

      await commit.commit([{ type: "put", key: elsewhere?.key ?? "", value }]);

      await expect(store.read(two, undefined, 10)).rejects.toThrow(StorageError);
      await expect(createForwardStore(opened.database).read(one, undefined, 10)).rejects.toThrow(StorageError);
    });
  });
}
