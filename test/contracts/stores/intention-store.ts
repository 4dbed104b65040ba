import { describe, expect, it } from "vitest";
import type { Intention } from "../../../src/core/ports/intention-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createIntentionStore } from "../../../src/storage/stores/intention-store.js";
import type { OpenDatabase } from "./databases.js";

const creation: Intention = {
  roomId: "!a:example.org",
  serviceId: "jira",
  kindId: "project",
  stateKey: 'https://jira.example/\u0000"\\ü',
  content: { url: "https://jira.example/projects/PLAY", events: ["a"] },
  grants: [{ type: "jira", id: "url:https://jira.example/projects/PLAY" }],
  changes: [
    { type: "put", key: "!text", value: "värde" },
    { type: "put", key: "!bytes", value: Buffer.from([0, 255, 10]) },
    { type: "del", key: "!gone" },
  ],
};
const removal: Intention = { roomId: "!b:example.org", serviceId: "generic", kindId: "hook", stateKey: "", grants: [] };

/** What every database must give the store of intended changes. */
export function intentionStoreContract(name: string, openDatabase: OpenDatabase): void {
  describe(`the store of intended changes on ${name}`, () => {
    it("keeps what is intended until it is removed, in the batches that carry it", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const intentions = createIntentionStore(database);
      const put = [intentions.put(creation), intentions.put(removal)];
      expect(await intentions.list()).toEqual([]);

      await work.commit(put);
      expect(await intentions.list()).toEqual([creation, removal]);
      await work.commit([intentions.remove(creation)]);

      expect(await createIntentionStore(database).list()).toEqual([removal]);
    });

    it("has one for each place in a room", async () => {
      const { database } = await openDatabase();
      const work = new GroupCommit({ database, location: name, recover: () => Promise.resolve() });
      const intentions = createIntentionStore(database);
      const elsewhere = [
        { ...removal, stateKey: "other" },
        { ...removal, kindId: "other" },
        { ...removal, serviceId: "other" },
        { ...removal, roomId: "!other:example.org" },
      ] as const;

      await work.commit([removal, ...elsewhere, { ...removal, content: { name: "newer" } }].map((one) => intentions.put(one)));

      const listed = await intentions.list();
      expect(listed).toHaveLength(5);
      expect(listed).toContainEqual({ ...removal, content: { name: "newer" } });
    });
  });
}
