import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { InboxEvent } from "../../../src/core/delivery.js";
import type { ConnectionId, InboxId } from "../../../src/core/ids.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createInboxStore } from "../../../src/storage/stores/inbox-store.js";
import type { OpenDatabase } from "./databases.js";

// The cast: tests give out ids of their own here.
const idOf = (number: number): InboxId => `i${String(number).padStart(6, "0")}` as InboxId;

function event(number: number, body: Buffer = Buffer.from(`{"number": ${number}}`)): InboxEvent {
  return { id: idOf(number), serviceId: "test", receivedAt: 1_000 + number, headers: { "x-event": `ä ${number}` }, body };
}

/** What every database must give the store of accepted events. */
export function inboxStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createInboxStore(opened.database);
    return { store, work, opened, add: (...events: InboxEvent[]) => work.commit(events.flatMap((one) => store.add(one))) };
  }

  describe(`the inbox on ${name}`, () => {
    it.each([
      { what: "JSON", body: Buffer.from('{"a": "ä"}') },
      { what: "nothing", body: Buffer.alloc(0) },
      { what: "lines", body: Buffer.from("\n\n{}\n") },
      { what: "bytes that are no text", body: randomBytes(5_000) },
    ])("gives a body of $what back byte for byte", async ({ body }) => {
      const { store, add } = await createStore();

      await add(event(1, body));

      const found = await store.get(idOf(1));
      expect(found && Buffer.compare(found.body, body)).toBe(0);
      expect({ ...found, body: "" }).toEqual({ ...event(1), body: "" });
    });

    it("keeps for whom alone an event is", async () => {
      const { store, add } = await createStore();
      // The cast: tests give out ids of their own here.
      const onlyFor = ["connection" as ConnectionId];

      await add({ ...event(1), onlyFor });

      expect(await store.get(idOf(1))).toMatchObject({ onlyFor });
    });

    it("is read in pages, in the order of acceptance", async () => {
      const { store, add } = await createStore();
      await add(...Array.from({ length: 25 }, (_, number) => event(24 - number)));

      const first = await store.after(undefined, 20);
      const rest = await store.after(first.at(-1)?.id, 20);

      expect([...first, ...rest].map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, number) => idOf(number)));
      expect(await store.ages(idOf(21), 2)).toEqual([
        { id: idOf(22), receivedAt: 1_022 },
        { id: idOf(23), receivedAt: 1_023 },
      ]);
    });

    it("counts past one page of its own", async () => {
      const { store, add } = await createStore();
      expect(await store.count()).toBe(0);

      await add(...Array.from({ length: 5_001 }, (_, number) => event(number)));

      expect(await store.count()).toBe(5_001);
    });

    it("notes why an event reached nobody, and forgets that with the event", async () => {
      const { store, work, add } = await createStore();
      await add(event(1), event(2));
      await work.commit(store.putVerdict(idOf(1), "no connection listens to it"));
      expect([await store.getVerdict(idOf(1)), await store.getVerdict(idOf(2))]).toEqual(["no connection listens to it", undefined]);

      await work.commit(store.remove(idOf(1)));

      expect([await store.get(idOf(1)), await store.getVerdict(idOf(1))]).toEqual([undefined, undefined]);
      expect((await store.after(undefined, 10)).map(({ id }) => id)).toEqual([idOf(2)]);
    });

    it("is found again by the next process", async () => {
      const { opened, add } = await createStore();
      await add(event(1));

      const next = createInboxStore(await opened.reopen());

      expect(await next.after(undefined, 10)).toEqual([event(1)]);
    });
  });
}
