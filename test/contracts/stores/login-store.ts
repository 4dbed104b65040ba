import { describe, expect, it } from "vitest";
import { StorageError } from "../../../src/core/errors.js";
import type { UserId } from "../../../src/core/ids.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import type { Sealer } from "../../../src/storage/sealing/sealer.js";
import { createLoginStore } from "../../../src/storage/stores/login-store.js";
import { sealerOf } from "../../support/sealers.js";
import type { OpenDatabase } from "./databases.js";

const alice: UserId = "@alice:example.org";
const main = "https://jira.example.org";
const cloud = "https://example.atlassian.net";

/** What every database must give the store of people's own logins. */
export function loginStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore(sealer: Sealer | undefined = sealerOf("a"), service = "jira") {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, logins: createLoginStore(opened.database, service, sealer) };
  }

  describe(`people's own logins on ${name}`, () => {
    it("are kept, replaced and removed once the changes are committed", async () => {
      const { logins, work } = await createStore();
      const change = logins.put(alice, main, '{"token":"ä \\u0000 🎉"}');
      expect(await logins.get(alice, main)).toBeUndefined();

      await work.commit([change, logins.put(alice, cloud, "first"), logins.put(alice, cloud, "second")]);
      expect([await logins.get(alice, main), await logins.get(alice, cloud)]).toEqual(['{"token":"ä \\u0000 🎉"}', "second"]);
      expect(await logins.list(alice)).toEqual([cloud, main]);
      await work.commit([logins.remove(alice, cloud), logins.remove(alice, "https://never.example.org")]);

      expect(await logins.get(alice, cloud)).toBeUndefined();
      expect(await logins.list(alice)).toEqual([main]);
    });

    it.each<{ title: string; other: UserId; remote: string }>([
      { title: "a longer name", other: "@alice:example.org.evil.example", remote: main },
      { title: "a shorter name", other: "@alice:example.or", remote: `g${main}` },
      { title: "what looks like person and remote", other: `@alice:example.org","${main}`, remote: "x" },
      { title: "a backslash at the end", other: "@alice:example.org\\", remote: main },
      { title: "a control character", other: "@alice:example.org\u0000", remote: main },
      { title: "half a surrogate pair", other: "@alice:example.org\ud800", remote: main },
      { title: "characters behind all others", other: "@alice:example.org\uffff", remote: main },
    ])("are never those of another person: $title", async ({ other, remote }) => {
      const { logins, work } = await createStore();

      await work.commit([logins.put(alice, main, "alice's"), logins.put(other, remote, "the other's")]);

      expect(await logins.list(alice)).toEqual([main]);
      expect(await logins.list(other)).toEqual([remote]);
      expect([await logins.get(alice, main), await logins.get(other, remote)]).toEqual(["alice's", "the other's"]);
      await work.commit([logins.remove(other, remote)]);
      expect(await logins.get(alice, main)).toBe("alice's");
    });

    it("are listed over all people, a page at a time", async () => {
      const { logins, work } = await createStore();
      const bob: UserId = "@bob:example.org";
      await work.commit([logins.put(alice, main, "1"), logins.put(bob, cloud, "2"), logins.put(alice, cloud, "3")]);

      const first = await logins.all(undefined, 2);
      const rest = await logins.all(first.at(-1), 2);

      expect([first, rest]).toEqual([
        [
          [alice, cloud],
          [alice, main],
        ],
        [[bob, cloud]],
      ]);
      expect(await logins.all(rest.at(-1), 2)).toEqual([]);
    });

    it("are not reached from another service", async () => {
      const { logins, work, opened } = await createStore();
      const other = createLoginStore(opened.database, "jira-cloud", sealerOf("a"));

      await work.commit([logins.put(alice, main, "mine")]);

      expect([await other.get(alice, main), await other.list(alice)]).toEqual([undefined, []]);
    });

    it("lie nowhere in plain", async () => {
      const { logins, work, opened } = await createStore();

      await work.commit([logins.put(alice, main, "planted-token"), logins.put(alice, cloud, "planted-token")]);

      const entries = await opened.database.iterator().all();
      const values = entries.map(([, value]) => value);
      expect(entries.flat().filter((text) => /planted|cGxhbnRlZC/.test(text))).toEqual([]);
      expect(new Set(values).size).toBe(2);
    });

    it("open in no other place: swapped by hand between people, remotes or services, they are errors", async () => {
      const { logins, work, opened } = await createStore();
      const other = createLoginStore(opened.database, "gitlab", sealerOf("a"));
      const mallory: UserId = "@mallory:example.org";
      const change = logins.put(alice, main, "alice's");
      const places = [logins.remove(mallory, main), logins.remove(alice, cloud), other.remove(alice, main)];

      await work.commit([change, ...places.map(({ key }) => ({ ...change, key }))]);

      await expect(logins.get(mallory, main)).rejects.toThrow(StorageError);
      await expect(logins.get(alice, cloud)).rejects.toThrow(/cannot be decrypted/);
      await expect(other.get(alice, main)).rejects.toThrow(StorageError);
      expect(await logins.get(alice, main)).toBe("alice's");
    });

    it("sealed with another key are errors that say so", async () => {
      const { logins, work, opened } = await createStore();
      await work.commit([logins.put(alice, main, "alice's")]);

      const withOtherKey = createLoginStore(opened.database, "jira", sealerOf("b"));

      await expect(withOtherKey.get(alice, main)).rejects.toThrow(/another key/);
    });

    it("cannot be kept without a key, and asking gives nothing", async () => {
      const { opened } = await createStore();
      const logins = createLoginStore(opened.database, "jira", undefined);

      expect(logins.canKeep).toBe(false);
      expect([await logins.get(alice, main), await logins.list(alice)]).toEqual([undefined, []]);
      expect(() => logins.put(alice, main, "token")).toThrow(StorageError);
    });

    it("are found again by the next process", async () => {
      const { logins, work, opened } = await createStore();
      await work.commit([logins.put(alice, main, "alice's")]);

      const next = createLoginStore(await opened.reopen(), "jira", sealerOf("a"));

      expect([next.canKeep, await next.get(alice, main)]).toEqual([true, "alice's"]);
    });
  });
}
