import { describe, expect, it } from "vitest";
import type { StoredRepository } from "../../../src/core/ports/repository-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createRepositoryStore } from "../../../src/storage/stores/repository-store.js";
import type { OpenDatabase } from "./databases.js";

function repository(id: number, integrationId = 1): StoredRepository {
  return {
    ...{ id, integrationId, place: "fake https://git.example ", isDisabled: false, cursor: "\u0000 ä", sequence: 5, generation: 1 },
    hosted: { id: `host ${id}`, name: "octo/hello 🎉", root: "/srv/git" },
    ...{ counts: { commits: 1, branches: 2, tags: 3, pullRequests: 4 }, told: ["commits"] },
  };
}

/** What every database must give the store of repositories. */
export function repositoryStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const repositories = createRepositoryStore(opened.database);
    const add = (...added: readonly StoredRepository[]): Promise<void> => work.commit(added.flatMap((each) => repositories.add(each)));
    return { opened, work, repositories, add };
  }

  describe(`repositories on ${name}`, () => {
    it("are kept and replaced once the changes are committed", async () => {
      const { opened, work, repositories } = await createStore();
      const changes = repositories.add(repository(2));
      expect(await repositories.get(2)).toBeUndefined();

      await work.commit(changes);
      expect(await repositories.get(2)).toEqual(repository(2));
      await work.commit([repositories.put({ ...repository(2), cursor: "next" })]);

      const next = createRepositoryStore(await opened.reopen());
      expect([await next.get(2), await next.list(1, 0, 10)]).toEqual([
        { ...repository(2), cursor: "next" },
        [{ ...repository(2), cursor: "next" }],
      ]);
    });

    it("are listed by their numbers, part by part, of one integration alone", async () => {
      const { repositories, add } = await createStore();
      await add(...[100, 9, 10, 2].map((id) => repository(id)), repository(3, 11), repository(4, 2));
      const ids = async (integrationId: number, after: number, limit: number): Promise<readonly number[]> =>
        (await repositories.list(integrationId, after, limit)).map(({ id }) => id);

      expect(await ids(1, 0, 10)).toEqual([2, 9, 10, 100]);
      expect(await ids(1, 2, 2)).toEqual([9, 10]);
      expect([await ids(1, 100, 10), await ids(11, 0, 10), await ids(3, 0, 10)]).toEqual([[], [3], []]);
    });

    it("that are removed are in no list, and are known until what was read of them is deleted", async () => {
      const { opened, work, repositories, add } = await createStore();
      await add(repository(2), repository(3));

      await work.commit(repositories.remove(repository(2)));

      expect([await repositories.get(2), await repositories.list(1, 0, 10)]).toEqual([undefined, [repository(3)]]);
      const next = createRepositoryStore(await opened.reopen());
      expect(await next.removed(10)).toEqual([2]);
    });

    it("end without a trace", async () => {
      const { opened, work, repositories, add } = await createStore();
      await add(repository(2));
      await work.commit([
        repositories.putLastIndexedAt(1, 7),
        ...repositories.putCounted(2, "commits", ["a", "b"], 1),
        ...repositories.forget(1),
      ]);
      expect(await repositories.forgotten(10)).toEqual([1]);

      await work.commit(repositories.remove(repository(2)));
      await work.commit(repositories.endForgotten(1));
      await work.commit(await repositories.removeCounted(2, 1));
      await work.commit(await repositories.removeCounted(2, 10));
      expect(await repositories.removeCounted(2, 10)).toEqual([]);
      await work.commit(repositories.endRemoved(2));

      expect(await opened.database.keys().all()).toEqual([]);
    });

    it("say when one of an integration's was read last", async () => {
      const { work, repositories } = await createStore();

      await work.commit([repositories.putLastIndexedAt(1, 5), repositories.putLastIndexedAt(11, 6)]);
      await work.commit([repositories.putLastIndexedAt(1, 7)]);

      expect(await Promise.all([1, 11, 2].map((id) => repositories.lastIndexedAt(id)))).toEqual([7, 6, undefined]);
    });

    it("know what was counted, under each generation anew", async () => {
      const { work, repositories } = await createStore();
      await work.commit(repositories.putCounted(2, "commits", ["a", "b"], 1));

      expect(await repositories.uncounted(2, "commits", ["c", "a", "c", "b"], 1)).toEqual(["c"]);
      expect(await repositories.uncounted(2, "commits", ["a", "b"], 2)).toEqual(["a", "b"]);
      expect(await repositories.uncounted(2, "pullRequests", ["a"], 1)).toEqual(["a"]);
      expect(await repositories.uncounted(22, "commits", ["a"], 1)).toEqual(["a"]);
      expect(await repositories.uncounted(2, "commits", [], 1)).toEqual([]);
    });
  });
}
