import { describe, expect, it } from "vitest";
import type { RoomId } from "../../../src/core/ids.js";
import type { RoomRecord } from "../../../src/core/ports/room-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createRoomStore } from "../../../src/storage/stores/room-store.js";
import type { OpenDatabase } from "./databases.js";

const full: RoomRecord = {
  roomId: "!full:example.org",
  bots: ["@bot:example.org"],
  readAt: 1,
  adminUser: "@alice:example.org",
  encrypted: true,
  replacedBy: "!next:example.org",
  carryOverFrom: "!before:example.org",
  create: { sender: "@alice:example.org", content: { room_version: "12" } },
};

/** What every database must give the store of rooms. */
export function roomStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the room store on ${name}`, () => {
    it("keeps, replaces and removes records once the changes are committed", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const rooms = createRoomStore(database);
      const changes = rooms.put(full);
      expect(await rooms.get(full.roomId)).toBeUndefined();

      await work.commit(changes);
      expect(await rooms.get(full.roomId)).toEqual(full);
      await work.commit(rooms.put({ roomId: full.roomId, bots: [] }));
      expect(await rooms.get(full.roomId)).toEqual({ roomId: full.roomId, bots: [] });
      await work.commit(rooms.remove(full.roomId));

      expect(await rooms.get(full.roomId)).toBeUndefined();
    });

    it("lists in pages, in key order, and nothing of other stores", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const rooms = createRoomStore(database);
      const ids = Array.from({ length: 25 }, (_, number): RoomId => `!${String.fromCharCode(97 + number)}:example.org`);
      await work.commit([
        ...ids.toReversed().flatMap((roomId) => rooms.put({ roomId, bots: [] })),
        { type: "put", key: "!zzz", value: "other" },
      ]);

      const listed: RoomId[] = [];
      let page: readonly RoomRecord[];
      do {
        page = await rooms.list(listed.at(-1), 10);
        listed.push(...page.map(({ roomId }) => roomId));
      } while (page.length === 10);

      expect(listed).toEqual(ids);
    });
  });
}
