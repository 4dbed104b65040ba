import { describe, expect, it } from "vitest";
import type { DevinfoForward } from "../../../src/core/ports/devinfo-forward-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createDevinfoForwardStore } from "../../../src/storage/stores/devinfo-forward-store.js";
import type { OpenDatabase } from "./databases.js";

const target = { id: "a1", url: "https://site.example", clientId: "client" };

function bulk(place: string, given: Partial<DevinfoForward> = {}): DevinfoForward {
  const request = { kind: "bulk", bodyBytes: 9 } as const;
  return { target: "a1", place, provider: "ci", acceptedAt: 5, request, storedBytes: 3, ...given };
}

function deletion(place: string, given: Partial<DevinfoForward> = {}): DevinfoForward {
  return bulk(place, { request: { kind: "delete", pathAndQuery: "/repository/ä?x=1" }, storedBytes: 0, ...given });
}

// Bytes that are no UTF-8.
const body = new Uint8Array([0xff, 0x00, 0xfe]);
const death = { reason: "it answered 400", at: 7 };

/** What every database must give the copies of development information that wait for other sites. */
export function devinfoForwardStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, store: createDevinfoForwardStore(opened.database) };
  }

  describe(`copies of development information on ${name}`, () => {
    it("wait in their order, each site's apart, and are there for the next process", async () => {
      const { opened, store, work } = await createStore();

      await work.commit([...store.add(bulk("2"), body), ...store.add(deletion("1")), ...store.add(deletion("1", { target: "a10" }))]);

      const next = createDevinfoForwardStore(await opened.reopen());
      expect(await next.waiting("a1", undefined, 10)).toEqual([deletion("1"), bulk("2")]);
      expect(await next.waiting("a1", undefined, 1)).toEqual([deletion("1")]);
      expect(await next.waiting("a1", "2", 10)).toEqual([bulk("2")]);
      expect(await next.waiting("a1", "3", 10)).toEqual([]);
      expect(await next.waiting("a", undefined, 10)).toEqual([]);
      expect(await next.findWaiting("a10", "1")).toEqual(deletion("1", { target: "a10" }));
      expect(await next.findWaiting("a10", "2")).toBeUndefined();
      expect([...((await next.readBody(bulk("2"))) ?? [])]).toEqual([...body]);
      expect(await next.readBody(deletion("1"))).toBeUndefined();
    });

    it("leave nothing when they are removed", async () => {
      const { opened, store, work } = await createStore();
      await work.commit([...store.add(bulk("1"), body), ...store.add(bulk("2"), body)]);
      await work.commit(store.bury(bulk("2"), death));

      await work.commit([...store.remove(bulk("1")), ...store.remove(bulk("2")), ...store.remove(bulk("3"))]);

      expect(await opened.database.keys().all()).toEqual([]);
    });

    it("that a site refused lie apart, with their bodies, until they wait again", async () => {
      const { store, work } = await createStore();
      await work.commit([...store.add(bulk("1"), body), ...store.add(bulk("2"), body), ...store.add(bulk("3"), body)]);

      await work.commit([...store.bury(bulk("1"), death), ...store.bury(bulk("3"), death)]);

      const dead = [
        { ...bulk("1"), death },
        { ...bulk("3"), death },
      ];
      expect(await store.waiting("a1", undefined, 10)).toEqual([bulk("2")]);
      expect(await store.dead("a1", "oldest", 10)).toEqual(dead);
      expect(await store.dead("a1", "newest", 1)).toEqual(dead.slice(1));
      expect([await store.findDead("a1", "3"), await store.findDead("a1", "2")]).toEqual([dead[1], undefined]);

      await work.commit(store.revive({ ...bulk("1"), death }));
      expect(await store.waiting("a1", undefined, 10)).toEqual([bulk("1"), bulk("2")]);
      expect(await store.dead("a1", "oldest", 10)).toEqual(dead.slice(1));
      expect([...((await store.readBody(bulk("1"))) ?? [])]).toEqual([...body]);
    });

    it("are counted up to a place", async () => {
      const { store, work } = await createStore();
      const waiting = Array.from({ length: 2_345 }, (_, index) => bulk(String(index).padStart(5, "0"), { storedBytes: 2 }));
      await work.commit([...waiting.flatMap((forward) => store.add(forward)), ...store.add(bulk("1", { target: "other" }))]);

      expect(await store.measure("a1", "waiting", "9")).toEqual({ count: 2_345, bytes: 4_690 });
      expect(await store.measure("a1", "waiting", "00010")).toEqual({ count: 10, bytes: 20 });
      expect(await store.measure("a1", "dead", "9")).toEqual({ count: 0, bytes: 0 });
    });

    it("know the sites that they are for", async () => {
      const { store, work } = await createStore();

      await work.commit([store.putTarget(target), store.putTarget({ ...target, id: "b2" })]);
      expect(await store.targets()).toEqual([target, { ...target, id: "b2" }]);
      await work.commit([store.removeTarget("b2"), store.removeTarget("none")]);

      expect(await store.targets()).toEqual([target]);
    });
  });
}
