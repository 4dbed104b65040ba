import { describe, expect, it, vi } from "vitest";
import type { DevinfoEntry } from "../../../src/core/devinfo.js";
import type {
  DevinfoStore,
  ExpiringTombstone,
  Properties,
  RepositoryEdit,
  RepositoryRecord,
  StoredEntity,
} from "../../../src/core/ports/devinfo-store.js";
import type { StoreChange } from "../../../src/core/ports/unit-of-work.js";
import type { Database } from "../../../src/storage/database.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createDevinfoStore } from "../../../src/storage/stores/devinfo-store.js";
import type { OpenDatabase } from "./databases.js";

const highest = 2n ** 63n - 1n;
const lowest = -(2n ** 63n);
const record = { updateSequenceId: 5n, json: '{"id":"ä 🎉"}' };

function entry(id: string, { type = "commit", ...changes }: Partial<DevinfoEntry> = {}): DevinfoEntry {
  return { type, id, issueKeys: ["PLAY-1"], updateSequenceId: 5n, happenedAt: 1_000, json: `{"id":"${id} 🎉"}`, ...changes };
}

/** Deletes in parts until nothing is left. */
async function clean(slice: () => Promise<readonly StoreChange[]>, end: StoreChange, work: GroupCommit): Promise<readonly number[]> {
  const sizes: number[] = [];
  for (let isDone = false; !isDone;) {
    const changes = await slice();
    sizes.push(changes.length);
    await work.commit(changes);
    isDone = changes.some(({ key }) => key === end.key) || changes.length === 0;
  }
  return sizes;
}

async function all<T>(parts: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const part of parts) found.push(...part);
  return found;
}

/** Counts steps of iterators over keys. */
function countSteps(database: Database): () => number {
  let steps = 0;
  const open = database.keys.bind(database);
  vi.spyOn(database, "keys").mockImplementation((options: Parameters<typeof open>[0] = {}) => {
    const iterator = open(options);
    const next = iterator.next.bind(iterator);
    vi.spyOn(iterator, "next").mockImplementation(() => {
      steps += 1;
      return next();
    });
    return iterator;
  });
  return () => steps;
}

/** What every database must give the store of development information. */
export function devinfoStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    const store = createDevinfoStore(opened.database);
    const handle = store.handleOf;
    const commitEdit = async (edit: RepositoryEdit): Promise<void> => work.commit(await store.changesOf([edit]));
    /** Stores a new repository, its handle being of the number. */
    const add = async (number: number, { provider = 1, id = String(number), entries = [], ...others }: Added = {}): Promise<void> => {
      const edit = store.editNew(provider, id, handle(number));
      for (const each of entries) edit.put(each, 7, undefined);
      edit.putRecord({ ...record, ...(others.tags === undefined ? {} : { tags: { properties: others.tags, sequence: 5n } }) });
      await commitEdit(edit);
    };
    /** Replaces entities by others of the same type and id. */
    const replace = async (number: number, entries: readonly DevinfoEntry[], acceptedAt = 8): Promise<void> => {
      const edit = store.edit(await recordOf(store, handle(number)));
      const before = await store.entities(entries.map((each) => ({ ...each, handle: handle(number) })));
      entries.forEach((each, index) => edit.put(each, acceptedAt, before[index]));
      await commitEdit(edit);
    };
    const remove = async (number: number, ...ids: readonly string[]): Promise<void> => {
      const edit = store.edit(await recordOf(store, handle(number)));
      const stored = await store.entities(ids.map((id) => ({ handle: handle(number), type: "commit" as const, id })));
      for (const each of stored) if (each !== undefined) edit.remove(each);
      await commitEdit(edit);
    };
    const named = async (key: string): Promise<readonly string[]> =>
      (await store.naming(key, undefined, 100)).map((place) => `${place.handle} ${place.type} ${place.id}`);
    const newest = async (number: number, above?: bigint): Promise<readonly string[]> =>
      (await store.newest(handle(number), 100, above)).map(({ id }) => id);
    const keys = (): Promise<readonly string[]> => opened.database.keys().all();
    return { opened, work, store, handle, commitEdit, add, replace, remove, named, newest, keys };
  }

  describe(`development information on ${name}`, () => {
    it("is kept as it was given once its changes are committed, and is there for the next process", async () => {
      const { opened, store, work, handle } = await createStore();
      const given = (["commit", "branch", "pull_request"] as const).map((type) => entry("a", { type, issueKeys: ["PLAY-1", "ÄÖ_2-3"] }));
      const edit = store.editNew(1, "~r.1", handle(1));
      for (const each of given) edit.put(each, 7, undefined);
      edit.putRecord({
        updateSequenceId: lowest,
        json: record.json,
        tags: { properties: { a: "\ud800" }, sequence: highest },
        deletedUpTo: 2n,
      });
      const changes = await store.changesOf([edit]);
      expect(await store.find(1, ["~r.1"])).toEqual([{}]);

      await work.commit(changes);

      const next = createDevinfoStore(await opened.reopen());
      expect(await next.find(1, ["none", "~r.1"])).toEqual([{}, { handle: handle(1) }]);
      expect(await next.find(2, ["~r.1"])).toEqual([{}]);
      const wanted = { handle: handle(1), entities: [...given, entry("none")] };
      const stored: RepositoryRecord = {
        ...{ handle: handle(1), provider: 1, repositoryId: "~r.1", updateSequenceId: lowest, json: record.json, isDeleted: false },
        ...{ tags: { properties: { a: "\ud800" }, sequence: highest }, deletedUpTo: 2n },
      };
      const entities: readonly (StoredEntity | undefined)[] = [...given.map((each) => ({ ...each, acceptedAt: 7 })), undefined];
      expect(await next.load([{ handle: handle(9), entities: [entry("a")] }, wanted])).toEqual([
        { record: undefined, entities: [undefined] },
        { record: stored, entities },
      ]);
      expect(await next.records([handle(1), handle(9)])).toEqual([stored, undefined]);
    });

    it("belongs to providers, which are stored, named otherwise and deleted by their number", async () => {
      const { store, work, add } = await createStore();
      expect([await store.providers(), await store.hasRepositories(1)]).toEqual([{ live: [], deleted: [] }, false]);
      await work.commit([1, 2, 40].map((number) => store.putProvider({ number, name: `p${number}`, instance: "the 2nd" })));
      await add(1, { provider: 1 });
      await add(2, { provider: 40, id: "a" });
      await add(3, { provider: 40, id: "b" });

      await work.commit([...store.unlinkProvider(2), store.putProvider({ number: 1, name: "other" })]);

      const live = [
        { number: 1, name: "other" },
        { number: 40, name: "p40", instance: "the 2nd" },
      ];
      expect(await store.providers()).toEqual({ live, deleted: [2] });
      expect(await Promise.all([1, 2, 40, 4].map((number) => store.countRepositories(number)))).toEqual([1, 0, 2, 0]);
      expect(await Promise.all([1, 2, 40, 4].map((number) => store.hasRepositories(number)))).toEqual([true, false, true, false]);
    });

    it("counts what only rises: handles by their numbers, and acceptances", async () => {
      const { store, work, add } = await createStore();
      expect([await store.highestHandle(), await store.lastAcceptance()]).toEqual([0, 0]);

      for (const number of [9, 35, 36, 1_296, 1_295]) await add(number);
      await work.commit([store.putAcceptance(Number.MAX_SAFE_INTEGER)]);

      expect([await store.highestHandle(), await store.lastAcceptance()]).toEqual([1_296, Number.MAX_SAFE_INTEGER]);
      expect(new Set([9, 35, 36, 1_296, 1_295].map((number) => store.handleOf(number))).size).toBe(5);
    });

    it("lies by sequence, then by acceptance, newest first, int64 exact", async () => {
      const { store, handle, add, replace, newest } = await createStore();
      const sequences = { min: lowest, minus: -1n, zero: 0n, odd: 2n ** 53n + 1n, even: 2n ** 53n, max: highest };
      await add(1, { entries: Object.entries(sequences).map(([id, updateSequenceId]) => entry(id, { updateSequenceId })) });
      await add(2, { entries: [entry("foreign", { updateSequenceId: 2n })] });
      await replace(1, [entry("later", { updateSequenceId: 0n })], 8);

      expect(await newest(1)).toEqual(["max", "odd", "even", "later", "zero", "minus", "min"]);
      expect(await newest(1, 0n)).toEqual(["max", "odd", "even"]);
      expect([await newest(1, highest), await newest(1, lowest)]).toEqual([[], ["max", "odd", "even", "later", "zero", "minus"]]);
      expect((await store.newest(handle(1), 2, undefined)).map(({ id }) => id)).toEqual(["max", "odd"]);
      const upTo = async (sequence: bigint, limit = 100): Promise<readonly string[]> =>
        (await store.upTo(handle(1), sequence, limit)).map(({ id }) => id).sort();
      expect([await upTo(0n), await upTo(lowest), (await upTo(highest, 3)).length]).toEqual([
        ["later", "min", "minus", "zero"],
        ["min"],
        3,
      ]);
      const above = await Promise.all([undefined, lowest, 0n, 2n ** 53n, highest].map((each) => store.lowestAbove(handle(1), each)));
      expect(above).toEqual([lowest, -1n, 2n ** 53n, 2n ** 53n + 1n, undefined]);
    });

    it("is listed part by part, of one repository and type alone", async () => {
      const { store, handle, add } = await createStore();
      const ids = ["a", "a.b", "a~", "b", "B", "1"];
      await add(1, { entries: [...ids.map((id) => entry(id)), entry("zz", { type: "branch" }), entry("0", { type: "pull_request" })] });
      await add(37, { entries: [entry("foreign")] });
      const list = async (after: string, limit = 100): Promise<readonly string[]> =>
        (await store.list(handle(1), "commit", after, limit)).map(({ id }) => id);

      expect([await list(""), await list("a", 2), await list("b")]).toEqual([["1", "B", "a", "a.b", "a~", "b"], ["a.b", "a~"], []]);
      expect(await store.list(handle(1), "branch", "", 9)).toEqual([{ ...entry("zz", { type: "branch" }), acceptedAt: 7 }]);
    });

    it("is found by issue, of all repositories, newest first, page by page, and by nothing that only begins alike", async () => {
      const { store, handle, add, named } = await createStore();
      await add(1, {
        entries: [
          entry("old", { happenedAt: 0 }),
          entry("new", { happenedAt: 99_999 }),
          entry("other", { issueKeys: ["PLAY-11", "PLA-1"] }),
        ],
      });
      await add(2, { provider: 2, entries: [entry("mid", { type: "branch", happenedAt: 1_000, issueKeys: ["A-2", "PLAY-1"] })] });

      expect(await named("PLAY-1")).toEqual([`${handle(1)} commit new`, `${handle(2)} branch mid`, `${handle(1)} commit old`]);
      expect([await named("A-2"), await named("PLAY"), await named("")]).toEqual([[`${handle(2)} branch mid`], [], []]);
      const [first, second] = await store.naming("PLAY-1", undefined, 2);
      expect((await store.naming("PLAY-1", first?.position, 1)).map(({ id }) => id)).toEqual(["mid"]);
      expect((await store.naming("PLAY-1", second?.position, 9)).map(({ id }) => id)).toEqual(["old"]);
      expect(
        await store.entities([...(await store.naming("A-2", undefined, 1)), { handle: handle(1), type: "branch", id: "mid" }]),
      ).toEqual([{ ...entry("mid", { type: "branch", issueKeys: ["A-2", "PLAY-1"] }), acceptedAt: 7 }, undefined]);
    });

    it("is replaced with its place in every list", async () => {
      const { store, handle, add, replace, named, newest } = await createStore();
      const issueKeys = ["PLAY-1", "PLAY-2", "OLD-1"];
      await add(1, { entries: [entry("a", { issueKeys }), entry("b", { updateSequenceId: 6n }), entry("a", { type: "branch" })] });

      await replace(1, [entry("a", { updateSequenceId: 7n, issueKeys: ["PLAY-2", "NEW-1"], json: "{}" })]);
      await replace(1, [entry("b", { updateSequenceId: 8n, happenedAt: 2_000 })]);

      const place = (type: string, id: string): string => `${handle(1)} ${type} ${id}`;
      expect(await Promise.all(["PLAY-1", "PLAY-2", "NEW-1", "OLD-1"].map(named))).toEqual([
        [place("commit", "b"), place("branch", "a")],
        [place("commit", "a")],
        [place("commit", "a")],
        [],
      ]);
      expect([await newest(1), await store.handlesOfProject(1, "OLD")]).toEqual([["b", "a", "a"], []]);
      const [stored] = await store.entities([{ handle: handle(1), type: "commit", id: "a" }]);
      expect([stored?.json, stored?.acceptedAt, stored?.issueKeys]).toEqual(["{}", 8, ["PLAY-2", "NEW-1"]]);
    });

    it("knows which repositories name issues of a project, each once, as long as they do", async () => {
      const { store, handle, add, replace, remove } = await createStore();
      await add(1, { entries: [entry("a", { issueKeys: ["PLAY-1", "PLAY-2", "A_B-2", "ÄÖ-3"] }), entry("b")] });
      await add(2, { entries: [entry("a", { issueKeys: ["WEB-1"] })] });
      await add(3, { provider: 2, entries: [entry("a")] });
      await add(4, { provider: 1, entries: [entry("a")] });
      const naming = (...projects: readonly string[]) => Promise.all(projects.map((project) => store.handlesOfProject(1, project)));
      expect(await naming("PLAY", "A_B", "ÄÖ", "WEB")).toEqual([[handle(1), handle(4)], [handle(1)], [handle(1)], [handle(2)]]);
      expect(await naming("PLA", "PLAY-1", "A", "")).toEqual([[], [], [], []]);

      await replace(1, [entry("a", { issueKeys: ["WEB-1"] })]);
      expect(await naming("PLAY", "A_B", "WEB")).toEqual([[handle(1), handle(4)], [], [handle(1), handle(2)]]);
      await remove(1, "b");
      expect(await naming("PLAY", "WEB")).toEqual([[handle(4)], [handle(1), handle(2)]]);
    });

    it("takes the changes of an edit once, and goes on from there", async () => {
      const { store, work, add, handle, keys, named } = await createStore();
      await add(1, { entries: [entry("a")] });
      const edit = store.edit(await recordOf(store, handle(1)));
      const take = async (): Promise<void> => work.commit(await store.changesOf([edit]));
      for (const id of ["b", "c"]) edit.put(entry(id), 8, undefined);

      await take();
      expect(await named("PLAY-1")).toHaveLength(3);
      edit.remove({ ...entry("a"), acceptedAt: 7 });
      edit.remove({ ...entry("b"), acceptedAt: 8 });
      await take();
      expect([await named("PLAY-1"), await store.handlesOfProject(1, "PLAY")]).toEqual([[`${handle(1)} commit c`], [handle(1)]]);
      edit.remove({ ...entry("c"), acceptedAt: 8 });
      await take();

      expect([await store.changesOf([edit]), await store.handlesOfProject(1, "PLAY")]).toEqual([[], []]);
      // The record and what leads to it.
      expect(await keys()).toHaveLength(2);
    });

    it("is found by one tag or several, of the provider alone, and by new ones after they change", async () => {
      const { store, handle, add, commitEdit } = await createStore();
      const odd = Object.fromEntries([["__proto__", "x"]]);
      const tags: readonly Properties[] = [{ a: "1" }, { a: "1", b: "1" }, { a: "1", b: "2" }, { b: "1", ...odd }, { a1: "" }, {}];
      for (const [index, each] of tags.entries()) await add(index + 1, { tags: each });
      await add(9, { provider: 2, tags: { a: "1" } });
      const tagged = (properties: Properties): Promise<readonly string[]> => all(store.tagged(1, properties));

      expect(await tagged({ a: "1" })).toEqual([1, 2, 3].map(handle));
      expect(await Promise.all([{ a: "1", b: "1" }, { b: "1", a: "2" }, { a: "", b: "1" }, odd].map(tagged))).toEqual([
        [handle(2)],
        [],
        [],
        [handle(4)],
      ]);

      const edit = store.edit(await recordOf(store, handle(2)));
      edit.putRecord({ ...record, tags: { properties: { b: "1", c: "1" }, sequence: 6n } });
      await commitEdit(edit);
      expect(await Promise.all([{ a: "1" }, { b: "1" }, { c: "1" }].map(tagged))).toEqual([
        [1, 3].map(handle),
        [2, 4].map(handle),
        [handle(2)],
      ]);
    });

    it("is found by several tags at the cost of the rarest, and by a common one in parts", async () => {
      const { opened, store, work, handle } = await createStore();
      const edits = Array.from({ length: 1_200 }, (_, index) => {
        const edit = store.editNew(1, String(index), handle(index + 1));
        const isRare = index === 100 || index === 1_100;
        edit.putRecord({ ...record, tags: { properties: { common: "1", ...(isRare ? { rare: "1" } : {}) }, sequence: 5n } });
        return edit;
      });
      await work.commit(await store.changesOf(edits));
      const sizes: number[] = [];
      for await (const part of store.tagged(1, { common: "1" })) sizes.push(part.length);
      const steps = countSteps(opened.database);

      expect(await all(store.tagged(1, { common: "1", rare: "1" }))).toEqual([handle(101), handle(1_101)]);
      expect(steps()).toBeLessThan(10);
      expect([sizes.reduce((one, other) => one + other), sizes.length > 1]).toEqual([1_200, true]);
    });

    it("keeps tombstones of repositories and of entities, each until it has expired", async () => {
      const { store, work, keys } = await createStore();
      const own = { sequence: highest, until: 100 };
      await work.commit([
        ...store.putTombstones(1, "r", { own }),
        ...store.putTombstones(1, "r", { own, entitiesUntil: 200 }),
        ...store.putTombstones(40, "r", { entitiesUntil: 100 }),
        ...store.putEntityTombstone(1, "r", { type: "branch", id: "b" }, { sequence: lowest, until: 200 }),
      ]);
      const entities = [
        { type: "commit", id: "b" },
        { type: "branch", id: "b" },
      ] as const;

      expect(await store.find(1, ["r", "r2"])).toEqual([{ tombstones: { own, entitiesUntil: 200 } }, {}]);
      expect(await store.find(40, ["r"])).toEqual([{ tombstones: { entitiesUntil: 100 } }]);
      expect(await store.entityTombstones(1, "r", entities)).toEqual([undefined, { sequence: lowest, until: 200 }]);
      expect([await store.expiring(99, 10), (await store.expiring(200, 10)).length]).toEqual([[], 4]);
      const drop = async (now: number): Promise<readonly ExpiringTombstone[]> => {
        const expiring = await store.expiring(now, 10);
        await work.commit(await store.dropExpired(expiring, now));
        return expiring;
      };

      expect((await drop(100)).map(({ provider }) => provider).sort()).toEqual([1, 40]);
      expect([await store.find(1, ["r"]), await store.find(40, ["r"])]).toEqual([[{ tombstones: { own, entitiesUntil: 200 } }], [{}]]);
      await drop(200);
      expect(await keys()).toEqual([]);
    });

    it("of a deleted repository is out of reach at once, and is cleaned away in parts without a rest", async () => {
      const { store, work, handle, add, keys, named } = await createStore();
      const entries = Array.from({ length: 25 }, (_, index) => entry(`c${index}`, { issueKeys: ["PLAY-1", `P${index}-1`] }));
      await add(1, { id: "r", entries, tags: { a: "1", b: "2" } });
      await add(2, { id: "r.1", entries: [entry("a")], tags: { a: "1" } });
      const others = (await keys()).length;

      await work.commit(store.unlink(await recordOf(store, handle(1))));

      expect([await store.find(1, ["r"]), await store.countRepositories(1), await store.toBeCleaned(10)]).toEqual([[{}], 1, [handle(1)]]);
      expect((await recordOf(store, handle(1))).isDeleted).toBe(true);
      expect((await keys()).length).toBe(others);

      // The same repository again is another one, and nothing of it is cleaned away.
      await add(3, { id: "r", entries: [entry("a")], tags: { a: "1" } });
      const sizes = await clean(() => store.cleanSlice(handle(1), 10), store.unmarkForCleaning(handle(1)), work);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(40);
      expect([await named("PLAY-1"), await all(store.tagged(1, { a: "1" }))]).toEqual([
        [`${handle(2)} commit a`, `${handle(3)} commit a`],
        [handle(2), handle(3)],
      ]);
      // Of each: record, what leads to it, a tag, an entity, its recency, its issue, a count and a project.
      expect([(await keys()).length, await store.toBeCleaned(10)]).toEqual([16, []]);
    });

    it("of a part that is to be cleaned away has a mark until it is taken off", async () => {
      const { store, work, handle, add } = await createStore();
      await add(1);

      await work.commit([store.markForCleaning(handle(1)), store.markForCleaning(handle(2))]);
      expect([await store.toBeCleaned(10), await store.toBeCleaned(1)]).toEqual([[handle(1), handle(2)], [handle(1)]]);
      await work.commit([store.unmarkForCleaning(handle(1))]);

      expect([await store.toBeCleaned(10), await store.find(1, ["1"])]).toEqual([[handle(2)], [{ handle: handle(1) }]]);
    });

    it("of a deleted provider is cleaned away in parts without a rest, beside that of others", async () => {
      const { store, work, handle, add, keys } = await createStore();
      await work.commit([4, 40].map((number) => store.putProvider({ number, name: `p${number}` })));
      for (let number = 1; number <= 5; number += 1) await add(number, { provider: 4, entries: [entry("a")], tags: { a: "1" } });
      await work.commit([
        ...store.putTombstones(4, "r", { own: { sequence: 5n, until: 100 } }),
        ...store.putEntityTombstone(4, "r", entry("a"), { sequence: 5n, until: 100 }),
      ]);
      await add(6, { provider: 40 });

      const unlinked = store.unlinkProvider(4);
      await work.commit(unlinked);
      const end = unlinked.find(({ type }) => type === "put");
      if (end === undefined) throw new Error("A deleted provider has no mark.");
      await clean(() => store.cleanProviderSlice(4, 2), end, work);
      expect(await store.toBeCleaned(10)).toEqual([1, 2, 3, 4, 5].map(handle));
      for (const each of await store.toBeCleaned(10)) await clean(() => store.cleanSlice(each, 2), store.unmarkForCleaning(each), work);
      expect([await store.find(4, ["r"]), await store.entityTombstones(4, "r", [entry("a")])]).toEqual([[{}], [undefined]]);
      await work.commit(await store.dropExpired(await store.expiring(100, 10), 100));

      expect([await store.providers(), await store.countRepositories(40)]).toEqual([
        { live: [{ number: 40, name: "p40" }], deleted: [] },
        1,
      ]);
      // The provider, its repository's record, and what leads to that.
      expect(await keys()).toHaveLength(3);
    });
  });
}

interface Added {
  readonly provider?: number;
  readonly id?: string;
  readonly entries?: readonly DevinfoEntry[];
  readonly tags?: Properties;
}

async function recordOf(store: DevinfoStore, handle: string): Promise<RepositoryRecord> {
  const [record] = await store.records([handle]);
  if (record === undefined) throw new Error(`There is no repository ${handle}.`);
  return record;
}
