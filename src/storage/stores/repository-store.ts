import type { AbstractSublevel } from "abstract-level";
import type { RepositoryStore, StoredRepository } from "../../core/ports/repository-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";

type Level = AbstractSublevel<Database, string | Buffer | Uint8Array, string, string>;

/*
 * Layout, relative to the sublevel; ids of ours have 16 digits, so that they lie in their order:
 *
 *   repository <id>                       -> the repository as JSON
 *   of <integration> <id>                 -> nothing
 *   indexed <integration>                 -> when a run over one of its repositories last ended well
 *   counted <id> <thing> <the host's id>  -> the generation under which it was counted
 *   forgotten <integration>               -> nothing: it was removed, its repositories are to be
 *   removed <id>                          -> nothing: what was read of it is to be deleted
 *
 * Only the last part of a key comes from outside, so none can run into another.
 */
const repositoriesStoreName = "repositories";

/** Repositories of registered git hosts. */
export function createRepositoryStore(database: Database): RepositoryStore {
  const level: Level = database.sublevel(repositoriesStoreName);
  const put = (key: string, value = ""): StoreChange => ({ type: "put", key: level.prefixKey(key, "utf8", false), value });
  const del = (key: string): StoreChange => ({ type: "del", key: level.prefixKey(key, "utf8", false) });

  return {
    async get(id) {
      return parse(await level.get(recordKey(id)));
    },
    async list(integrationId, after, limit) {
      const keys = await level.keys({ gt: ofKey(integrationId, after), lt: endOf(`of ${padded(integrationId)} `), limit }).all();
      const stored = await level.getMany(keys.map((key) => recordKey(idAtEnd(key))));
      return stored.flatMap((text) => parse(text) ?? []);
    },
    add: (repository) => [put(recordKey(repository.id), JSON.stringify(repository)), put(ofKey(repository.integrationId, repository.id))],
    put: (repository) => put(recordKey(repository.id), JSON.stringify(repository)),
    remove: ({ id, integrationId }) => [del(recordKey(id)), del(ofKey(integrationId, id)), put(`removed ${padded(id)}`)],
    async lastIndexedAt(integrationId) {
      const at = await level.get(`indexed ${padded(integrationId)}`);
      return at === undefined ? undefined : Number(at);
    },
    putLastIndexedAt: (integrationId, at) => put(`indexed ${padded(integrationId)}`, String(at)),

    async uncounted(repositoryId, thing, ids, generation) {
      const distinct = [...new Set(ids)];
      const stored = await level.getMany(distinct.map((id) => countedKey(repositoryId, thing, id)));
      return distinct.filter((_, index) => stored[index] !== String(generation));
    },
    putCounted: (repositoryId, thing, ids, generation) => ids.map((id) => put(countedKey(repositoryId, thing, id), String(generation))),

    forget: (integrationId) => [put(`forgotten ${padded(integrationId)}`)],
    forgotten: (limit) => idsBelow(level, "forgotten ", limit),
    endForgotten: (integrationId) => [del(`forgotten ${padded(integrationId)}`), del(`indexed ${padded(integrationId)}`)],
    removed: (limit) => idsBelow(level, "removed ", limit),
    async removeCounted(repositoryId, limit) {
      const prefix = `counted ${padded(repositoryId)} `;
      return (await level.keys({ gt: prefix, lt: endOf(prefix), limit }).all()).map(del);
    },
    endRemoved: (repositoryId) => [del(`removed ${padded(repositoryId)}`)],
  };
}

async function idsBelow(level: Level, prefix: string, limit: number): Promise<readonly number[]> {
  return (await level.keys({ gt: prefix, lt: endOf(prefix), limit }).all()).map(idAtEnd);
}

function parse(stored: string | undefined): StoredRepository | undefined {
  // Written by `add` and `put` above.
  return stored === undefined ? undefined : (JSON.parse(stored) as StoredRepository);
}

function recordKey(id: number): string {
  return `repository ${padded(id)}`;
}

function ofKey(integrationId: number, id: number): string {
  return `of ${padded(integrationId)} ${padded(id)}`;
}

function countedKey(repositoryId: number, thing: string, id: string): string {
  return `counted ${padded(repositoryId)} ${thing} ${id}`;
}

/** The first text behind all that begin with the prefix, which ends in a space: "!" follows it in ASCII. */
function endOf(prefix: string): string {
  return `${prefix.slice(0, -1)}!`;
}

const digits = 16;

function padded(id: number): string {
  return String(id).padStart(digits, "0");
}

function idAtEnd(key: string): number {
  return Number(key.slice(-digits));
}
