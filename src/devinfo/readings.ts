import { devinfoEntityTypes, type DevinfoEntityType, type StoredEntry } from "../core/devinfo.js";
import type { IssuePage, RepositoryReading } from "../core/ports/devinfo.js";
import type { DevinfoStore, IssueEntry, Properties, RepositoryRecord, StoredEntity } from "../core/ports/devinfo-store.js";
import { notDeleted } from "./judge-repository.js";
import type { ProviderTable } from "./provider-table.js";

/** Of a repository, over commits, branches and pull requests (Development Information API 0.10). */
const mostEntities = 400;

interface ReadingParts {
  readonly store: DevinfoStore;
  readonly providers: ProviderTable;
}

export async function readRepository(parts: ReadingParts, provider: string, repositoryId: string): Promise<RepositoryReading | undefined> {
  const record = await findRecord(parts, provider, repositoryId);
  if (record === undefined) return undefined;
  const { updateSequenceId, json, handle, deletedUpTo } = record;
  return { id: repositoryId, updateSequenceId, json, entries: await parts.store.newest(handle, mostEntities, deletedUpTo) };
}

/** @param upTo only what has a sequence up to it counts */
export async function existsByProperties(
  parts: ReadingParts,
  provider: string,
  properties: Properties,
  upTo: bigint | undefined,
): Promise<boolean> {
  const { store, providers } = parts;
  const known = await providers.find(provider);
  if (known === undefined) return false;
  for await (const handles of store.tagged(known.number, properties)) {
    for (const record of await store.records(handles)) {
      if (record === undefined || record.isDeleted) continue;
      if (upTo === undefined || record.updateSequenceId <= upTo) return true;
      const lowest = await store.lowestAbove(record.handle, record.deletedUpTo);
      if (lowest !== undefined && lowest <= upTo) return true;
    }
  }
  return false;
}

interface ListOptions {
  readonly provider: string;
  readonly repositoryId: string;
  readonly type: DevinfoEntityType;
  readonly after: string;
  readonly limit: number;
}

export async function listEntities(
  parts: ReadingParts,
  { provider, repositoryId, type, after, limit }: ListOptions,
): Promise<readonly StoredEntry[]> {
  const record = await findRecord(parts, provider, repositoryId);
  const listed: StoredEntry[] = [];
  // More than once where some of them are deleted and not cleaned away yet.
  for (let last: string | undefined = after; record !== undefined && last !== undefined && listed.length < limit;) {
    const found: readonly StoredEntity[] = await parts.store.list(record.handle, type, last, limit - listed.length);
    for (const entity of found) if (notDeleted(entity, record) !== undefined) listed.push({ ...entity, provider, repositoryId });
    last = found.at(-1)?.id;
  }
  return listed;
}

export async function repositoriesOfProject(
  { store, providers }: ReadingParts,
  provider: string,
  projectKey: string,
): Promise<readonly string[]> {
  const known = await providers.find(provider);
  if (known === undefined) return [];
  const ids: string[] = [];
  for (const record of await store.records(await store.handlesOfProject(known.number, projectKey))) {
    if (record === undefined || record.isDeleted) continue;
    if (record.deletedUpTo === undefined || (await stillNames(store, record, projectKey))) ids.push(record.repositoryId);
  }
  return ids;
}

/** Of a repository that is being cleaned away in part, so what the index has of the project may be deleted. */
async function stillNames(store: DevinfoStore, record: RepositoryRecord, projectKey: string): Promise<boolean> {
  for (const type of devinfoEntityTypes) {
    for (let after: string | undefined = ""; after !== undefined;) {
      const found: readonly StoredEntity[] = await store.list(record.handle, type, after, mostEntities);
      const isNaming = ({ issueKeys }: StoredEntity): boolean => issueKeys.some((key) => key.startsWith(`${projectKey}-`));
      if (found.some((entity) => isNaming(entity) && notDeleted(entity, record) !== undefined)) return true;
      after = found.at(-1)?.id;
    }
  }
  return false;
}

interface PageOptions {
  readonly limit: number;
  readonly after?: string;
  readonly providers?: ReadonlySet<string>;
}

type FoundEntry = IssuePage["entries"][number];

export async function readByIssueKey(parts: ReadingParts, key: string, { limit, after, providers }: PageOptions): Promise<IssuePage> {
  const records = new Map<string, RepositoryRecord | undefined>();
  const entries: FoundEntry[] = [];
  let position = after === undefined ? undefined : Buffer.from(after, "base64url").toString();
  // One more than is wanted: whether it is there says whether there is another page. As many each time, because there may be many that are passed over.
  const atOnce = limit + 1;
  for (;;) {
    const found = await parts.store.naming(key, position, atOnce);
    for (const [index, entry] of (await readEntries(parts, key, found, records, providers)).entries()) {
      if (entry !== undefined && entries.length === limit) {
        return { entries, ...(position === undefined ? {} : { next: Buffer.from(position).toString("base64url") }) };
      }
      if (entry !== undefined) entries.push(entry);
      position = found[index]?.position;
    }
    if (found.length < atOnce) return { entries };
  }
}

/** @returns in the order of what was found; undefined for what is deleted, moved meanwhile, or of another provider than is wanted */
async function readEntries(
  { store, providers: table }: ReadingParts,
  key: string,
  found: readonly IssueEntry[],
  records: Map<string, RepositoryRecord | undefined>,
  wanted: ReadonlySet<string> | undefined,
): Promise<readonly (FoundEntry | undefined)[]> {
  const handles = [...new Set(found.map(({ handle }) => handle))].filter((handle) => !records.has(handle));
  const read = await store.records(handles);
  handles.forEach((handle, index) => records.set(handle, read[index]));
  const names = await table.all();
  const placed = found.map((place) => {
    const record = records.get(place.handle);
    const provider = record === undefined || record.isDeleted ? undefined : names.get(record.provider)?.name;
    return provider === undefined || record === undefined || wanted?.has(provider) === false ? undefined : { place, provider, record };
  });
  const entities = await store.entities(placed.flatMap((each) => each?.place ?? []));
  let next = 0;
  return placed.map((each) => {
    const entity = each === undefined ? undefined : notDeleted(entities[next++], each.record);
    if (each === undefined || entity?.issueKeys.includes(key) !== true) return undefined;
    const { provider, record } = each;
    return { ...entity, provider, repositoryId: record.repositoryId, repository: { id: record.repositoryId, json: record.json } };
  });
}

async function findRecord(
  { store, providers }: ReadingParts,
  provider: string,
  repositoryId: string,
): Promise<RepositoryRecord | undefined> {
  const known = await providers.find(provider);
  const [found] = known === undefined ? [] : await store.find(known.number, [repositoryId]);
  const [record] = found?.handle === undefined ? [] : await store.records([found.handle]);
  return record?.isDeleted === true ? undefined : record;
}
