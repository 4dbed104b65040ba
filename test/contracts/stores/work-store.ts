import { describe, expect, it } from "vitest";
import type { EventId, RoomId } from "../../../src/core/ids.js";
import type { StoredWork } from "../../../src/core/ports/delivery-stores.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createWorkStore } from "../../../src/storage/stores/work-store.js";
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
  async function createStore() {
    const opened = await openDatabase();
    const commit = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createWorkStore(opened.database);
    return { store, commit, opened, itemsIn: async (roomId: RoomId) => (await store.read(roomId, undefined, 100)).map(({ item }) => item) };
  }

  describe(`the store of room work on ${name}`, () => {
    it("keeps work per room, in order, until it is removed", async () => {
      const { store, commit, itemsIn } = await createStore();
      await commit.commit([work(3), work(1), work(2), work(1, roomB)].flatMap((one) => store.add(one)));
      expect(await itemsIn(roomA)).toEqual([work(1), work(2), work(3)]);
      expect(await store.rooms(undefined, 10)).toEqual([roomA, roomB]);

      await commit.commit([...store.remove(work(1)), ...store.remove(work(1, roomB))]);

      expect(await itemsIn(roomA)).toEqual([work(2), work(3)]);
      expect(await store.rooms(undefined, 10)).toEqual([roomA]);
      expect((await store.read(roomA, work(2).place, 1)).map(({ place }) => place)).toEqual([work(3).place]);
    });

    it("remembers what was begun, at its place", async () => {
      const { store, commit, itemsIn } = await createStore();
      await commit.commit([...store.add(work(1)), ...store.add(work(2))]);

      await commit.commit(store.markBegun(work(1)));

      expect(await itemsIn(roomA)).toEqual([{ ...work(1), begun: true }, work(2)]);
    });

    it("is found again by the next process", async () => {
      const { store, commit, opened } = await createStore();
      await commit.commit([...store.add(work(1)), ...store.markBegun(work(1))]);

      const next = createWorkStore(await opened.reopen());

      expect(await next.read(roomA, undefined, 10)).toEqual([{ place: work(1).place, item: { ...work(1), begun: true } }]);
    });
  });
}
