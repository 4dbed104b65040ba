import { describe, expect, it } from "vitest";
import { connectionId, type Connection } from "../../../src/core/connection.js";
import type { RoomId } from "../../../src/core/ids.js";
import type { StoreChange, UnitOfWork } from "../../../src/core/ports/unit-of-work.js";
import type { Database } from "../../../src/storage/database.js";
import { openConnectionIndex } from "../../../src/storage/stores/connection-index.js";
import type { OpenDatabase } from "./databases.js";

const type = "org.example.project";
const room: RoomId = "!room:example.org";

function connection(stateKey: string, extra: Partial<Connection> = {}): Connection {
  const roomId = extra.roomId ?? room;
  return {
    id: connectionId(roomId, type, stateKey),
    roomId,
    serviceId: "tracker",
    kindId: "project",
    eventType: type,
    stateKey,
    state: { url: stateKey, nested: { list: [1] } },
    eventId: `$${stateKey}`,
    sender: "@bot:example.org",
    remoteKeys: ["key"],
    status: { kind: "active" },
    priority: -1,
    ...extra,
  };
}

/** Carries changes out, and can be made to wait or fail in between. */
class TestWork implements UnitOfWork {
  before: () => Promise<void> = () => Promise.resolve();
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async commit(changes: readonly StoreChange[]): Promise<void> {
    await this.before();
    await this.#database.batch(
      changes.map((change) => ({ ...change, ...(change.type === "put" ? { value: String(change.value) } : {}) }) as never),
    );
  }
}

/** What every database must give the index of connections. */
export function connectionIndexContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the connection index on ${name}`, () => {
    it("finds a connection by id, room and remote key", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const one = connection("one", { remoteKeys: ["key", "other"] });
      const elsewhere = connection("two", { roomId: "!elsewhere:example.org" });

      await index.apply({ put: [one, elsewhere] });

      expect(await index.get(one.id)).toEqual(one);
      expect(await index.inRoom(room)).toEqual([one]);
      expect(await index.byRemoteKey("tracker", "other")).toEqual([one]);
      expect((await index.byRemoteKey("tracker", "key")).map(({ id }) => id).sort()).toEqual([one.id, elsewhere.id].sort());
      expect(await index.byRemoteKey("another", "key")).toEqual([]);
    });

    it.each([
      ["a key that begins like another", "key", "ke"],
      ["a key with a zero character", "key\u0000tail", "key"],
      ["a service and key that join to the same", "b\u0000c", "c"],
    ])("does not mix up %s", async (_case, stored, asked) => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const one = connection("one", { remoteKeys: [stored] });

      await index.apply({ put: [one] });

      expect(await index.byRemoteKey("tracker", asked)).toEqual([]);
      expect(await index.byRemoteKey("tracker", stored)).toEqual([one]);
    });

    it("does not mix up rooms of which one begins like the other", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));

      await index.apply({ put: [connection("one", { roomId: "!room:example.org.evil" })] });

      expect(await index.inRoom(room)).toEqual([]);
    });

    it("follows changes that were asked for before", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const first = connection("one", { remoteKeys: ["a", "b"] });
      const second = connection("one", { remoteKeys: ["b", "c"], priority: 5 });
      await index.apply({ put: [first] });
      for (const key of ["a", "b", "c"]) await index.byRemoteKey("tracker", key);

      await index.apply({ put: [second] });
      expect([
        await index.byRemoteKey("tracker", "a"),
        await index.byRemoteKey("tracker", "b"),
        await index.byRemoteKey("tracker", "c"),
      ]).toEqual([[], [second], [second]]);
      await index.apply({ remove: [second.id] });

      expect([await index.byRemoteKey("tracker", "b"), await index.get(second.id), await index.inRoom(room)]).toEqual([[], undefined, []]);
    });

    describe("asked which connections of a room listen", () => {
      const kinds = [{ serviceId: "tracker", kindId: "outlet" }];
      const outlet = (stateKey: string, extra: Partial<Connection> = {}): Connection =>
        connection(stateKey, { kindId: "outlet", remoteKeys: [], ...extra });

      it("names active ones of kinds that do, and follows changes", async () => {
        const { database } = await openDatabase();
        const index = await openConnectionIndex(database, new TestWork(database), kinds);
        const invalid = outlet("broken", { status: { kind: "invalid", reason: "it does not fit" } });

        await index.apply({ put: [outlet("one"), invalid, connection("two"), outlet("far", { roomId: "!far:example.org" })] });
        expect(await index.listening(room)).toEqual([outlet("one")]);
        await index.apply({ put: [outlet("one", { priority: 3 }), outlet("broken")] });
        expect(new Set(await index.listening(room))).toEqual(new Set([outlet("one", { priority: 3 }), outlet("broken")]));
        await index.apply({ remove: [outlet("one").id, outlet("broken").id] });

        expect(await index.listening(room)).toEqual([]);
      });

      it("knows after a restart in memory where there are none", async () => {
        const { database } = await openDatabase();
        const before = await openConnectionIndex(database, new TestWork(database));
        await before.apply({ put: [outlet("one"), connection("elsewhere", { serviceId: "forge", roomId: "!forge:example.org" })] });

        const index = await openConnectionIndex(database, new TestWork(database), kinds);

        expect(await index.listening(room)).toEqual([outlet("one")]);
        expect(index.listening("!forge:example.org")).toEqual([]);
        expect(index.listening("!nobody:example.org")).toEqual([]);
        expect(before.listening(room)).toEqual([]);
      });
    });

    it("answers at once what was asked before, and gives everybody the same frozen answer", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      await index.apply({ put: [connection("one")] });
      const first = await index.byRemoteKey("tracker", "key");

      const again = index.byRemoteKey("tracker", "key");

      expect(again).toBe(first);
      expect(Object.isFrozen(first) && Object.isFrozen(first[0]) && Object.isFrozen(first[0]?.state["nested"])).toBe(true);
      expect(await index.byRemoteKey("tracker", "nobody")).toEqual([]);
      expect(index.byRemoteKey("tracker", "nobody")).toEqual([]);
    });

    it("does not remember what was read while a change was written", async () => {
      const { database } = await openDatabase();
      const work = new TestWork(database);
      const index = await openConnectionIndex(database, work);
      const one = connection("one");
      await index.apply({ put: [one] });
      const seen: unknown[] = [];
      work.before = async () => void seen.push(await index.byRemoteKey("tracker", "key"), await index.get(one.id));

      await index.apply({ remove: [one.id] });

      expect(seen).toEqual([[one], one]);
      expect([await index.byRemoteKey("tracker", "key"), await index.get(one.id)]).toEqual([[], undefined]);
    });

    it("shows a read that began before a change nothing wrong afterwards", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const one = connection("one");

      const early = index.byRemoteKey("tracker", "key");
      await index.apply({ put: [one] });
      await early;

      expect(await index.byRemoteKey("tracker", "key")).toEqual([one]);
    });

    it("keeps to what is stored when a change cannot be written", async () => {
      const { database } = await openDatabase();
      const work = new TestWork(database);
      const index = await openConnectionIndex(database, work);
      const one = connection("one", { state: { commandPrefix: "!one" } });
      await index.apply({ put: [one] });
      await index.count();
      work.before = () => Promise.reject(new Error("The disk is full."));

      await expect(index.apply({ remove: [one.id] })).rejects.toThrow("The disk is full.");

      expect(await index.byRemoteKey("tracker", "key")).toEqual([one]);
      expect(await index.count()).toEqual(new Map([["tracker", 1]]));
      expect(index.isCommandPrefix("!one")).toBe(true);
    });

    it("writes other changes in the same batch", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));

      await index.apply({ put: [connection("one")], also: [{ type: "put", key: "beside", value: "it" }] });

      expect(await database.get("beside")).toBe("it");
    });

    it("counts connections by service, while they change too", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      await index.apply({ put: [connection("one"), connection("two"), connection("three", { serviceId: "other" })] });

      const [during] = await Promise.all([index.count(), index.apply({ put: [connection("four")] })]);
      expect([2, 3]).toContain(during.get("tracker"));
      expect(await index.count()).toEqual(
        new Map([
          ["tracker", 3],
          ["other", 1],
        ]),
      );
      await index.apply({ put: [connection("one", { priority: 7 })], remove: [connection("two").id, connection("three").id] });

      expect(await index.count()).toEqual(new Map([["tracker", 2]]));
    });

    it("knows the command prefixes in use, also after a start", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const withPrefix = (stateKey: string, commandPrefix: string): Connection => connection(stateKey, { state: { commandPrefix } });
      await index.apply({ put: [withPrefix("one", "!a"), withPrefix("two", "!a"), withPrefix("three", "!b")] });
      await index.apply({ put: [withPrefix("three", "!c")], remove: [connection("one").id] });

      const reopened = await openConnectionIndex(database, new TestWork(database));

      for (const opened of [index, reopened])
        expect(["!a", "!b", "!c"].map((word) => opened.isCommandPrefix(word))).toEqual([true, false, true]);
    });

    it("finds everything again after a start", async () => {
      const { database, reopen } = await openDatabase();
      const one = connection("one");
      await (await openConnectionIndex(database, new TestWork(database))).apply({ put: [one] });

      const again = await reopen();
      const index = await openConnectionIndex(again, new TestWork(again));

      expect([await index.get(one.id), await index.byRemoteKey("tracker", "key"), await index.inRoom(room)]).toEqual([one, [one], [one]]);
      expect(await index.count()).toEqual(new Map([["tracker", 1]]));
    });

    it("leaves nothing behind when all connections are removed", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const one = connection("one", { state: { commandPrefix: "!one" }, remoteKeys: ["a", "b"] });
      await index.apply({ put: [one] });
      await index.apply({ put: [{ ...one, remoteKeys: ["c"] }] });

      await index.apply({ remove: [one.id] });

      expect(await database.keys().all()).toEqual([]);
    });

    it("serves 200 rooms that listen to one key", async () => {
      const { database } = await openDatabase();
      const index = await openConnectionIndex(database, new TestWork(database));
      const rooms = Array.from({ length: 200 }, (_, number) => connection("one", { roomId: `!room${number}:example.org` }));

      await index.apply({ put: rooms });

      expect(await index.byRemoteKey("tracker", "key")).toHaveLength(200);
      await index.apply({ remove: [rooms[7]!.id] });
      expect(await index.byRemoteKey("tracker", "key")).toHaveLength(199);
    });
  });
}
