import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { EventId, RoomId } from "../../../src/core/ids.js";
import type { StoredWork } from "../../../src/core/ports/delivery-stores.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createWorkStore } from "../../../src/storage/stores/work-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

const roomA: RoomId = "!a:example.org";
const roomB: RoomId = "!b:example.org";

function work(number: number, roomId = roomA): StoredWork {
  const eventId: EventId = `$${number}`;
  return {
    place: `p${String(number).padStart(6, "0")}`,
    receivedAt: number,
    begun: false,
    event: {
      type: "m.room.member",
      event_id: eventId,
      room_id: roomId,
      sender: "@alice:example.org",
      origin_server_ts: number,
      state_key: "",
      content: { body: "ä \u0000 🎉" },
      unsigned: { age: 1 },
    },
  };
}

/** What every database must give the store of room work. */
export function workStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer?: Sealer) {
    const opened = await openDatabase();
    const commit = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createWorkStore(opened.database, sealer);
    return { store, commit, opened, itemsIn: async (roomId: RoomId) => (await store.read(roomId, undefined, 100)).map(({ item }) => item) };
  }

  describe.each([
    { form: "in plain", sealer: undefined },
    { form: "sealed", sealer: sealerOf("a") },
  ])(`the store of room work on ${name}, $form`, ({ sealer }) => {
    it("keeps work per room, in order, until it is removed", async () => {
      const { store, commit, itemsIn } = await createStore(sealer);
      await commit.commit([work(3), work(1), work(2), work(1, roomB)].flatMap((one) => store.add(one)));
      expect(await itemsIn(roomA)).toEqual([work(1), work(2), work(3)]);
      expect(await store.rooms(undefined, 10)).toEqual([roomA, roomB]);

      await commit.commit([...store.remove(work(1)), ...store.remove(work(1, roomB))]);

      expect(await itemsIn(roomA)).toEqual([work(2), work(3)]);
      expect(await store.rooms(undefined, 10)).toEqual([roomA]);
      expect((await store.read(roomA, work(2).place, 1)).map(({ place }) => place)).toEqual([work(3).place]);
    });

    it("remembers what was begun, at its place", async () => {
      const { store, commit, itemsIn } = await createStore(sealer);
      await commit.commit([...store.add(work(1)), ...store.add(work(2))]);

      await commit.commit(store.markBegun(work(1)));

      expect(await itemsIn(roomA)).toEqual([{ ...work(1), begun: true }, work(2)]);
    });

    it("is found again by the next process", async () => {
      const { store, commit, opened } = await createStore(sealer);
      await commit.commit([...store.add(work(1)), ...store.markBegun(work(1))]);

      const next = createWorkStore(await opened.reopen(), sealer);

      expect(await next.read(roomA, undefined, 10)).toEqual([{ place: work(1).place, item: { ...work(1), begun: true } }]);
    });
  });

  describe(`the sealed store of room work on ${name}`, () => {
    it("holds nothing of what was typed in plain", async () => {
      const { store, commit, opened } = await createStore(sealerOf("a"));
      const typed = { ...work(1).event, content: { body: "tracker token main planted-token" } };

      await commit.commit([...store.add({ ...work(1), event: typed }), ...store.markBegun({ ...work(1), event: typed })]);

      const entries = await opened.database.iterator().all();
      expect(entries).toHaveLength(1);
      expect(entries.flat().join()).not.toContain("planted-token");
      expect(entries.flat().join()).not.toContain("alice");
    });

    it("reads work that was stored before there was a key", async () => {
      const { store, commit, opened } = await createStore();
      await commit.commit(store.add(work(1)));

      const sealed = createWorkStore(opened.database, sealerOf("a"));
      await commit.commit(sealed.add(work(2)));

      expect((await sealed.read(roomA, undefined, 10)).map(({ item }) => item)).toEqual([work(1), work(2)]);
    });

    it("does not open what was moved to another room, or sealed with another key", async () => {
      const { store, commit, opened } = await createStore(sealerOf("a"));
      await commit.commit(store.add(work(1)));
      const [value = ""] = await opened.database.values().all();
      const [elsewhere] = store.add(work(1, roomB));

      await commit.commit([{ type: "put", key: elsewhere?.key ?? "", value }]);

      await expect(store.read(roomB, undefined, 10)).rejects.toThrow(StorageError);
      await expect(createWorkStore(opened.database, sealerOf("b")).read(roomA, undefined, 10)).rejects.toThrow(/another key/);
      await expect(createWorkStore(opened.database).read(roomA, undefined, 10)).rejects.toThrow(StorageError);
    });
  });
}
