import { describe, expect, it } from "vitest";
import type { Delivery } from "../../../src/core/delivery.js";
import type { DeliveryId, InboxId, RoomId } from "../../../src/core/ids.js";
import { notice } from "../../../src/core/message.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createDeliveryStore } from "../../../src/storage/stores/delivery-store.js";
import type { OpenDatabase } from "./databases.js";

const roomA: RoomId = "!a:example.org";
/** Begins like the other's id, so that a careless range would hold both. */
const roomB: RoomId = "!a:example.org.uk";

function delivery(number: number, roomId = roomA, more: Partial<Delivery> = {}): Delivery {
  const digits = String(number).padStart(6, "0");
  // The casts: tests give out ids of their own here.
  const inboxId = `i${digits}` as InboxId;
  return {
    id: `${inboxId}.0connection` as DeliveryId,
    roomId,
    sender: "@bot:example.org",
    source: { kind: "remote-event", inboxId, eventName: "said" },
    messages: [notice(`m${number} \u0000 ä 🎉`)],
    acceptedAt: number,
    createdAt: number,
    place: `p${digits}`,
    ...more,
  };
}

/** What every database must give the store of deliveries. */
export function deliveryStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createDeliveryStore(opened.database);
    return {
      ...{ store, work, opened },
      add: (...deliveries: Delivery[]) => work.commit(deliveries.flatMap((one) => store.add(one))),
      itemsIn: async (roomId: RoomId, after?: string, limit = 100) =>
        (await store.read(roomId, after, limit)).map(({ place, item }) => `${place} ${item.id}`),
    };
  }

  describe(`the store of deliveries on ${name}`, () => {
    it("gives back what it was given, once the changes are committed", async () => {
      const { store, work, add } = await createStore();
      const one = delivery(1);
      const changes = store.add(one);
      expect(await store.get(one.id)).toBeUndefined();

      await work.commit(changes);
      await add(delivery(2, roomB));

      expect(await store.get(one.id)).toEqual(one);
      expect(await store.read(roomA, undefined, 10)).toEqual([{ place: one.place, item: one }]);
    });

    it("gives a waiting delivery its words, at its place", async () => {
      const { store, work, add, itemsIn } = await createStore();
      const wordless = delivery(1, roomA, { messages: [], isWordless: true });
      await add(wordless, delivery(2));

      await work.commit(store.putWords(delivery(1)));

      expect(await store.get(wordless.id)).toEqual(delivery(1));
      expect(await itemsIn(roomA)).toEqual([1, 2].map((number) => `${delivery(number).place} ${delivery(number).id}`));
    });

    it("keeps a queue per room, in the order of places, whatever the order of storing and of ids", async () => {
      const { add, itemsIn } = await createStore();

      await add(delivery(3), delivery(1, roomB), delivery(1), delivery(2, roomA, { place: "p000009" }));

      expect(await itemsIn(roomA)).toEqual(["p000001 i000001.0connection", "p000003 i000003.0connection", "p000009 i000002.0connection"]);
      expect(await itemsIn(roomB)).toHaveLength(1);
      expect(await itemsIn(roomA, "p000001")).toHaveLength(2);
      expect(await itemsIn(roomA, undefined, 1)).toEqual(["p000001 i000001.0connection"]);
      expect(await itemsIn("!nothing:example.org")).toEqual([]);
    });

    it("names the rooms in which something waits, in pages, each once", async () => {
      const { store, add, work } = await createStore();
      const rooms = Array.from({ length: 25 }, (_, number): RoomId => `!${String(number).padStart(2, "0")}:example.org`);
      for (const roomId of rooms.toReversed()) await add(...[1, 2, 3].map((number) => delivery(number, roomId)));
      const over = [1, 2, 3].map((number) => delivery(number, rooms[7]));
      await work.commit(over.flatMap((one) => store.end(one, { kind: "discarded", at: 1, reason: "no" })));

      const listed: RoomId[] = [];
      let page: readonly RoomId[];
      do {
        page = await store.rooms(listed.at(-1), 10);
        listed.push(...page);
      } while (page.length === 10);

      expect(listed).toEqual(rooms.filter((roomId) => roomId !== rooms[7]));
      expect(await store.rooms(undefined, 3)).toEqual(rooms.slice(0, 3));
    });

    it("takes what ended out of its queue and keeps its outcome", async () => {
      const { store, work, add, itemsIn } = await createStore();
      await add(delivery(1), delivery(2), delivery(3));

      await work.commit([
        ...store.end(delivery(1), { kind: "sent", at: 5, eventIds: ["$e"] }),
        ...store.end(delivery(3), { kind: "dead", at: 6, reason: "no", eventIds: [] }),
      ]);

      expect(await itemsIn(roomA)).toEqual(["p000002 i000002.0connection"]);
      expect(await store.getOutcome(delivery(1).id)).toEqual({ kind: "sent", at: 5, eventIds: ["$e"] });
      expect(await store.getOutcomes([3, 2, 1].map((number) => delivery(number).id))).toMatchObject([
        { kind: "dead" },
        undefined,
        { kind: "sent" },
      ]);
      expect(await store.countWaiting()).toBe(1);
    });

    it("keeps what ended before it could wait out of every queue", async () => {
      const { store, work } = await createStore();

      await work.commit(store.addEnded(delivery(1), { kind: "dead", at: 1, reason: "no", eventIds: [] }));

      expect(await store.get(delivery(1).id)).toEqual(delivery(1));
      expect([await store.countWaiting(), await store.rooms(undefined, 10)]).toEqual([0, []]);
    });

    it("keeps, replaces and clears progress", async () => {
      const { store, work } = await createStore();
      const { id } = delivery(1);
      expect(await store.getProgress(id)).toBeUndefined();

      await work.commit(store.putProgress(id, { attempts: 1, sentEventIds: [] }));
      await work.commit(store.putProgress(id, { attempts: 2, sentEventIds: ["$e"], unknownSince: 7, lastError: "no" }));
      expect(await store.getProgress(id)).toEqual({ attempts: 2, sentEventIds: ["$e"], unknownSince: 7, lastError: "no" });
      await work.commit(store.clearProgress(id));

      expect(await store.getProgress(id)).toBeUndefined();
    });

    it("knows an inbox event's deliveries, and none of an event whose id begins alike", async () => {
      const { store, add } = await createStore();
      // The casts: tests give out ids of their own here.
      const ids = ["i1.0a", "i1.0b", "i1.1a", "i10.0a", "i1", "i1-", "i1/0a"].map((id) => id as DeliveryId);
      await add(...ids.map((id, number) => delivery(number, roomA, { id })));

      expect(await store.ofInboxEvent("i1" as InboxId)).toEqual(["i1.0a", "i1.0b", "i1.1a"]);
    });

    it("lists from both ends, in pages", async () => {
      const { store, add, work } = await createStore();
      const all = Array.from({ length: 30 }, (_, number) => delivery(number));
      await add(...all);
      const ended = all.filter((_, number) => number % 2 === 0);
      await work.commit(ended.flatMap((one) => store.end(one, { kind: "sent", at: one.createdAt, eventIds: [] })));
      const ids = all.map(({ id }) => id);
      const endedIds = ended.map(({ id }) => id);

      expect([...(await store.oldest(undefined, 20)), ...(await store.oldest(ids[19], 20))]).toEqual(ids);
      expect([...(await store.newest(undefined, 20)), ...(await store.newest(ids[10], 20))]).toEqual(ids.toReversed());
      expect([...(await store.finishedIds(undefined, 10)), ...(await store.finishedIds(endedIds[9], 10))]).toEqual(endedIds);
      expect(await store.finishedAfter(endedIds[12], 10)).toEqual(
        ended.slice(13).map(({ id, createdAt }) => ({ id, outcome: { kind: "sent", at: createdAt, eventIds: [] } })),
      );
    });

    it("counts what waits past one page of its own", async () => {
      const { store, add } = await createStore();
      await add(...Array.from({ length: 5_001 }, (_, number) => delivery(number, number % 2 === 0 ? roomA : roomB)));

      expect(await store.countWaiting()).toBe(5_001);
    });

    it("forgets a finished delivery and all that was noted of it", async () => {
      const { store, work, add } = await createStore();
      const { id } = delivery(1);
      await add(delivery(1), delivery(2));
      await work.commit([
        ...store.putProgress(id, { attempts: 1, sentEventIds: [] }),
        ...store.end(delivery(1), { kind: "sent", at: 1, eventIds: [] }),
      ]);

      await work.commit(store.remove(id));

      expect([await store.get(id), await store.getOutcome(id), await store.getProgress(id)]).toEqual([undefined, undefined, undefined]);
      expect(await store.oldest(undefined, 10)).toEqual([delivery(2).id]);
    });

    it("is found again by the next process", async () => {
      const { opened, add } = await createStore();
      await add(delivery(1));

      const next = createDeliveryStore(await opened.reopen());

      expect(await next.read(roomA, undefined, 10)).toEqual([{ place: delivery(1).place, item: delivery(1) }]);
    });
  });
}
