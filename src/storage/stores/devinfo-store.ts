import type { DevinfoStore, EntityPlace, LoadedRepository, StoredEntity, WantedRepository } from "../../core/ports/devinfo-store.js";
import type { Database } from "../database.js";
import { readValues } from "../read.js";
import { createDevinfoCleaner } from "./devinfo-cleaner.js";
import { del, DevinfoEdit, put } from "./devinfo-edit.js";
import * as keys from "./devinfo-keys.js";
import { findTagged } from "./devinfo-tags.js";
import { createDevinfoTombstones, readTombstones } from "./devinfo-tombstones.js";
import { providerText, readEntity, readProvider, readRecord, recordText } from "./devinfo-values.js";

const countedAtOnce = 1_000;

/** Commits, branches and pull requests, with indexes; the layout is in devinfo-keys.ts. */
export function createDevinfoStore(database: Database): DevinfoStore {
  async function entities(places: readonly EntityPlace[]): Promise<readonly (StoredEntity | undefined)[]> {
    const texts = await database.getMany(places.map(keys.entityKey));
    return places.map((place, index) => readOptional(place, texts[index]));
  }

  async function inRange(handle: string, range: keys.Range, limit: number): Promise<readonly StoredEntity[]> {
    const found = await database.keys({ ...range, limit }).all();
    const stored = await entities(found.map((key) => ({ handle, ...keys.recencyOf(handle, key).name })));
    return stored.filter((entity) => entity !== undefined);
  }

  async function lastOf(range: keys.Range): Promise<string | undefined> {
    return (await database.keys({ ...range, reverse: true, limit: 1 }).all())[0];
  }

  return {
    ...providersIn(database),
    ...createDevinfoTombstones(database),
    ...createDevinfoCleaner(database),
    entities,

    async highestHandle() {
      const last = await lastOf(keys.allOf("H"));
      return last === undefined ? 0 : keys.numberOf(keys.behindLetter(last));
    },
    handleOf: keys.numberText,
    lastAcceptance: async () => Number((await database.get(keys.acceptanceKey)) ?? 0),
    putAcceptance: (acceptance) => put(keys.acceptanceKey, String(acceptance)),

    async find(provider, repositoryIds) {
      const texts = await readValues(
        database,
        repositoryIds.flatMap((id) => [keys.repositoryKey(provider, id), keys.tombstonesKey(provider, id)]),
      );
      return repositoryIds.map((_, index) => {
        const handle = texts[2 * index];
        const tombstones = readTombstones(texts[2 * index + 1]);
        return { ...(handle === undefined ? {} : { handle }), ...(tombstones === undefined ? {} : { tombstones }) };
      });
    },
    load: async (wanted) => readLoaded(wanted, await database.getMany(wanted.flatMap(keysToLoad))),
    async records(handles) {
      const texts = await database.getMany(handles.map(keys.recordKey));
      return handles.map((handle, index) => readRecord(handle, texts[index]));
    },
    editNew: (provider, repositoryId, handle) => new DevinfoEdit({ provider, repositoryId, handle, isStored: false }),
    edit: ({ tags, ...record }) => new DevinfoEdit({ ...record, isStored: true, ...(tags && { properties: tags.properties }) }),
    async changesOf(edits) {
      // All of them: nobody else makes any.
      const own = edits.filter((edit) => edit instanceof DevinfoEdit);
      const unknown = own.flatMap((edit) => edit.unknownCounts().map((project) => ({ edit, project })));
      const countKeys = unknown.map(({ edit, project }) => edit.countKey(project));
      const texts = countKeys.length === 0 ? [] : await readValues(database, countKeys);
      unknown.forEach(({ edit, project }, index) => edit.learnCount(project, texts[index]));
      return own.flatMap((edit) => edit.take());
    },
    unlink: (record) => [
      del(keys.repositoryKey(record.provider, record.repositoryId)),
      put(keys.recordKey(record.handle), recordText({ ...record, json: "", isDeleted: true })),
      put(keys.cleaningKey(record.handle)),
    ],

    newest: (handle, limit, above) => inRange(handle, keys.newerThan(handle, above), limit),
    upTo: (handle, sequence, limit) => inRange(handle, keys.notNewerThan(handle, sequence), limit),
    async lowestAbove(handle, sequence) {
      const last = await lastOf(keys.newerThan(handle, sequence));
      return last === undefined ? undefined : keys.recencyOf(handle, last).sequence;
    },
    async list(handle, type, after, limit) {
      const found = await database.iterator({ ...keys.entitiesAfter(handle, type, after), limit }).all();
      const start = keys.entityPrefix(handle).length;
      return found.map(([key, text]) => readEntity(keys.nameOf(key.slice(start)), text));
    },
    async naming(issueKey, after, limit) {
      const range = keys.issueRange(issueKey);
      const start = keys.issuePrefix(issueKey);
      const found = await database.keys({ gt: after === undefined ? range.gt : start + after, lt: range.lt, limit }).all();
      return found.map((key) => ({ position: key.slice(start.length), ...keys.issuePlace(key.slice(start.length)) }));
    },
    handlesOfProject: async (provider, projectKey) =>
      (await database.keys(keys.projectEntries(provider, projectKey)).all()).map(keys.atEnd),
    tagged: (provider, properties) => findTagged(database, provider, properties),
  };
}

type ProviderPart = Pick<DevinfoStore, "providers" | "putProvider" | "unlinkProvider" | "hasRepositories" | "countRepositories">;

function providersIn(database: Database): ProviderPart {
  return {
    async providers() {
      const live = await database.iterator(keys.allOf("P")).all();
      const deleted = await database.keys(keys.allOf("D")).all();
      return {
        live: live.map(([key, text]) => readProvider(keys.numberOf(keys.behindLetter(key)), text)),
        deleted: deleted.map((key) => keys.numberOf(keys.behindLetter(key))),
      };
    },
    putProvider: (provider) => put(keys.providerKey(provider.number), providerText(provider)),
    unlinkProvider: (number) => [del(keys.providerKey(number)), put(keys.deletedProviderKey(number))],
    hasRepositories: async (provider) => (await database.keys({ ...keys.repositoriesOf(provider), limit: 1 }).all()).length > 0,
    async countRepositories(provider) {
      const iterator = database.keys(keys.repositoriesOf(provider));
      let count = 0;
      for (let found = await iterator.nextv(countedAtOnce); found.length > 0; found = await iterator.nextv(countedAtOnce))
        count += found.length;
      await iterator.close();
      return count;
    },
  };
}

function keysToLoad({ handle, entities }: WantedRepository): readonly string[] {
  const start = keys.entityPrefix(handle);
  return [keys.recordKey(handle), ...entities.map((name) => start + keys.nameText(name))];
}

/** @param texts what is stored under `keysToLoad` of all that is wanted */
function readLoaded(wanted: readonly WantedRepository[], texts: readonly (string | undefined)[]): readonly LoadedRepository[] {
  let next = 0;
  return wanted.map(({ handle, entities }) => ({
    record: readRecord(handle, texts[next++]),
    entities: entities.map((name) => readOptional(name, texts[next++])),
  }));
}

function readOptional(name: Parameters<typeof readEntity>[0], text: string | undefined): StoredEntity | undefined {
  return text === undefined ? undefined : readEntity(name, text);
}
