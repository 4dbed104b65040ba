import type { DevinfoEntityType } from "../../src/core/devinfo.js";
import type { RepositoryRecord, StoredEntity } from "../../src/core/ports/devinfo-store.js";
import * as keys from "../../src/storage/stores/devinfo-keys.js";
import { readEntity, readProvider, readRecord, recencyOfStored } from "../../src/storage/stores/devinfo-values.js";

/** The store's keys and values, as they are on the disk. */
export type DatabaseRecords = readonly (readonly [key: string, value: string])[];

export interface DumpedEntity extends StoredEntity {
  readonly provider: string;
  readonly repositoryId: string;
}

export interface DevinfoDump {
  /** What can be reached: neither deleted nor waiting to be cleaned away. */
  readonly repositories: readonly (RepositoryRecord & { readonly providerName: string })[];
  readonly entities: readonly DumpedEntity[];
  /** Entries of indexes that should be there, and entries that lead to nothing and wait for no cleaning. */
  readonly missing: readonly string[];
  readonly stray: readonly string[];
  /** Keys of what is deleted and waits to be cleaned away. */
  readonly uncleaned: readonly string[];
}

/** Reads all that is stored of development information, and holds every index against what it is an index of. */
export function dumpDevinfo(records: DatabaseRecords): DevinfoDump {
  const own = new Map(records.filter(([key]) => key.startsWith(keys.prefix)));
  const providers = new Map(
    [...own]
      .flatMap(([key, text]) => (letterOf(key) === "P" ? [readProvider(keys.numberOf(keys.behindLetter(key)), text)] : []))
      .map(({ number, name }) => [number, name]),
  );
  const known = [...own].flatMap(([key, text]) => (letterOf(key) === "H" ? (readRecord(keys.behindLetter(key), text) ?? []) : []));
  const live = known.filter((record) => !record.isDeleted && providers.has(record.provider));
  const repositories = live.map((record) => ({ ...record, providerName: providers.get(record.provider) ?? "" }));
  const expected = new Set<string>([keys.acceptanceKey, ...[...providers.keys()].map(keys.providerKey)]);
  const entities = repositories.flatMap((record) => readRepository(own, record, expected));
  // Of repositories of which a part is deleted.
  const ofLive = entities.flatMap(({ uncleanedKey }) => uncleanedKey ?? []);
  // Of deletes, which have no other record.
  const others = [...own.keys()].filter((key) => !expected.has(key) && !"TtxD".includes(letterOf(key)));
  const liveHandles = new Set(live.map(({ handle }) => handle));
  const unclean = new Set(known.map(({ handle }) => handle).filter((handle) => !liveHandles.has(handle)));
  const uncleaned = new Set(others.filter((key) => unclean.has(handleOf(key, own) ?? "") || letterOf(key) === "d"));
  return {
    ...{ repositories, entities: entities.filter(({ uncleanedKey }) => uncleanedKey === undefined), uncleaned: [...uncleaned, ...ofLive] },
    missing: [...expected].filter((key) => !own.has(key) && key !== keys.acceptanceKey),
    stray: others.filter((key) => !uncleaned.has(key)),
  };
}

/** Expects everything that belongs to a repository. */
function readRepository(
  own: ReadonlyMap<string, string>,
  record: RepositoryRecord & { readonly providerName: string },
  expected: Set<string>,
): readonly (DumpedEntity & { readonly uncleanedKey: string | undefined })[] {
  const { handle, provider, repositoryId } = record;
  const start = keys.entityPrefix(handle);
  const entities = [...own]
    .filter(([key]) => key.startsWith(start))
    .map(([key, text]) => readEntity(keys.nameOf(key.slice(start.length)), text));
  const counts = new Map<string, number>();
  expected.add(keys.recordKey(handle)).add(keys.repositoryKey(provider, repositoryId));
  for (const tag of Object.entries(record.tags?.properties ?? {})) expected.add(keys.tagEntry(keys.tagEntries(provider, tag), handle));
  for (const entity of entities) {
    const name = keys.nameText(entity);
    expected.add(start + name).add(keys.recencyPrefix(handle) + recencyOfStored(entity) + name);
    for (const key of entity.issueKeys) {
      expected.add(keys.issueEntry(key, keys.timeText(entity.happenedAt), handle, name));
      const project = key.slice(0, key.lastIndexOf("-"));
      counts.set(project, (counts.get(project) ?? 0) + 1);
    }
  }
  for (const [project, count] of counts) {
    expected.add(keys.projectEntry(provider, project, handle));
    // A wrong count is one that is missing.
    const key = keys.countKey(handle, project);
    expected.add(own.get(key) === String(count) ? key : `${key} = ${count}`);
  }
  const { deletedUpTo } = record;
  return entities.map((entity) => ({
    ...{ ...entity, provider: record.providerName, repositoryId },
    uncleanedKey: deletedUpTo !== undefined && entity.updateSequenceId <= deletedUpTo ? keys.entityKey({ handle, ...entity }) : undefined,
  }));
}

function letterOf(key: string): string {
  return key.charAt(keys.prefix.length);
}

/** Of a key that names one. */
function handleOf(key: string, own: ReadonlyMap<string, string>): string | undefined {
  const parts = keys.behindLetter(key).split("\u0000");
  switch (letterOf(key)) {
    case "H":
    case "d":
    case "e":
    case "r":
    case "c":
      return parts[0];
    case "k":
      return parts[1]?.slice(keys.timeLength);
    case "n":
    case "p":
      return parts.at(-1);
    case "R":
      return own.get(key);
    default:
      return undefined;
  }
}

/** For texts that tests compare. */
export function placeText({
  repositoryId,
  type,
  id,
}: {
  readonly repositoryId: string;
  readonly type: DevinfoEntityType;
  readonly id: string;
}): string {
  return `${repositoryId} ${type} ${id}`;
}
