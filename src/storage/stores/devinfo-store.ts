import { isDeepStrictEqual } from "node:util";
import type { AbstractSublevel } from "abstract-level";
import type { DevinfoRepository, DevinfoSubmission, StoredDevinfo } from "../../core/devinfo.js";
import type { DevinfoStore } from "../../core/ports/devinfo-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import * as keys from "./devinfo-keys.js";

type Level = AbstractSublevel<Database, string | Buffer | Uint8Array, string, string>;

/** Commits, branches and pull requests, with indexes of the issues that they name; the layout is in devinfo-keys.ts. */
export function createDevinfoStore(database: Database): DevinfoStore {
  const level: Level = database.sublevel("devinfo");
  const put = (key: string, value = ""): StoreChange => ({ type: "put", key: level.prefixKey(key, "utf8", false), value });
  const del = (key: string): StoreChange => ({ type: "del", key: level.prefixKey(key, "utf8", false) });

  async function read(addresses: readonly keys.EntityAddress[]): Promise<readonly (StoredDevinfo | undefined)[]> {
    const stored = await level.getMany(addresses.map(keys.entityKey));
    return addresses.map((address, index) => parse(address, stored[index]));
  }

  async function readRange(range: keys.Range, limit: number): Promise<readonly StoredDevinfo[]> {
    const entries = await level.iterator({ ...range, limit }).all();
    return entries.flatMap(([key, text]) => parse(keys.addressAtEnd(key), text) ?? []);
  }

  async function repository(provider: string, repositoryId: string): Promise<DevinfoRepository | undefined> {
    const stored = await level.get(keys.repositoryKey(provider, repositoryId));
    // Written by `submit` below.
    return stored === undefined ? undefined : (JSON.parse(stored) as DevinfoRepository);
  }

  async function submitRepository({ provider, repository: record }: DevinfoSubmission): Promise<readonly StoreChange[]> {
    if (!replaces(await repository(provider, record.id), record)) return [];
    return [put(keys.repositoryKey(provider, record.id), JSON.stringify(record))];
  }

  function replaceEntity(after: StoredDevinfo, before: StoredDevinfo | undefined): readonly StoreChange[] {
    const address = addressOf(after);
    const { issueKeys } = after.entity;
    const formerKeys = before?.entity.issueKeys ?? [];
    return [
      put(keys.entityKey(address), JSON.stringify(after.entity)),
      ...without(issueKeys, formerKeys).flatMap((key) => keys.issueEntries(address, key).map((entry) => put(entry))),
      ...without(formerKeys, issueKeys).flatMap((key) => keys.issueEntries(address, key).map(del)),
    ];
  }

  function removeEntity(stored: StoredDevinfo): readonly StoreChange[] {
    const address = addressOf(stored);
    const entries = stored.entity.issueKeys.flatMap((key) => keys.issueEntries(address, key));
    return [keys.entityKey(address), ...entries].map(del);
  }

  return {
    repository,
    async submit(submission) {
      const entities = newestOfEach(submission);
      const stored = await read(entities.map(addressOf));
      const replaced = entities.flatMap((after, index) =>
        replaces(stored[index]?.entity, after.entity) ? [replaceEntity(after, stored[index])] : [],
      );
      return { changes: [...(await submitRepository(submission)), ...replaced.flat()], written: replaced.length };
    },
    list: (provider, repositoryId, type, after, limit) => readRange(keys.entitiesAfter(provider, repositoryId, type, after), limit),
    async byIssueKey(key, limit) {
      const entries = await level.keys({ ...keys.entriesOfIssue(key), limit }).all();
      return (await read(entries.map(keys.addressAtEnd))).filter((stored) => stored !== undefined);
    },
    async repositoriesOfProject(provider, projectKey) {
      const named: string[] = [];
      for (;;) {
        // From one repository to the next, past all that the first one names.
        const [entry] = await level.keys({ ...keys.entriesOfProject(provider, projectKey, named.at(-1)), limit: 1 }).all();
        if (entry === undefined) return named;
        named.push(keys.repositoryNaming(entry));
      }
    },
    async remove(provider, repositoryId, type, ids) {
      const stored = await read([...new Set(ids)].map((id) => ({ provider, repositoryId, type, id })));
      return stored.flatMap((each) => (each === undefined ? [] : removeEntity(each)));
    },
    async removeSlice(provider, repositoryId, limit) {
      const slice = await readRange(keys.entitiesOf(provider, repositoryId), limit);
      if (slice.length > 0) return slice.flatMap(removeEntity);
      return (await repository(provider, repositoryId)) === undefined ? [] : [del(keys.repositoryKey(provider, repositoryId))];
    },
  };
}

function parse({ provider, repositoryId, type }: keys.EntityAddress, text: string | undefined): StoredDevinfo | undefined {
  if (text === undefined) return undefined;
  // Written by `submit` under a key with the type.
  return { provider, repositoryId, type, entity: JSON.parse(text) as StoredDevinfo["entity"] } as StoredDevinfo;
}

function addressOf({ provider, repositoryId, type, entity }: StoredDevinfo): keys.EntityAddress {
  return { provider, repositoryId, type, id: entity.id };
}

/** Of what comes twice in one submission the newer one, and the first of two that are equally new. */
function newestOfEach({
  provider,
  repository,
  commits = [],
  branches = [],
  pullRequests = [],
}: DevinfoSubmission): readonly StoredDevinfo[] {
  const place = { provider, repositoryId: repository.id };
  const entities: readonly StoredDevinfo[] = [
    ...commits.map((entity) => ({ ...place, type: "commit" as const, entity })),
    ...branches.map((entity) => ({ ...place, type: "branch" as const, entity })),
    ...pullRequests.map((entity) => ({ ...place, type: "pull_request" as const, entity })),
  ];
  const newest = new Map<string, StoredDevinfo>();
  for (const each of entities) {
    const key = keys.entityKey(addressOf(each));
    const other = newest.get(key);
    if (other === undefined || other.entity.updateSequenceId < each.entity.updateSequenceId) newest.set(key, each);
  }
  return [...newest.values()];
}

interface Sequenced {
  readonly updateSequenceId: number;
}

/** A newer one replaces an older one, unless nothing else would change. */
function replaces(before: Sequenced | undefined, after: Sequenced): boolean {
  if (before === undefined) return true;
  if (before.updateSequenceId >= after.updateSequenceId) return false;
  return !isDeepStrictEqual(withoutSequences(before), withoutSequences(after));
}

/** As it is read back, without its own sequence and the one of a branch's last commit. */
function withoutSequences(value: Sequenced): unknown {
  return JSON.parse(JSON.stringify(value, (name, member: unknown) => (name === "updateSequenceId" ? undefined : member)));
}

function without(keysOfIssues: readonly string[], others: readonly string[]): readonly string[] {
  const excluded = new Set(others);
  return keysOfIssues.filter((key) => !excluded.has(key));
}
