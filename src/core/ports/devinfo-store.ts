import type { DevinfoEntityType, DevinfoEntry, StoredEntry } from "../devinfo.js";
import type { StoreChange } from "./unit-of-work.js";

/**
 * How development information is kept; which rules it follows is the engine's matter (devinfo/). Reads see what was committed.
 *
 * Providers have numbers, and each repository has a handle: names of ours that stand in all keys and are never given to another. So a provider
 * gets another name, and a whole repository or provider is deleted, by changing one record; whoever comes to an entry of a deleted handle
 * passes it over, and it is cleaned away later.
 */
export interface DevinfoStore {
  /** Costs as many reads as there are providers. */
  providers(): Promise<StoredProviders>;
  putProvider(provider: ProviderRecord): StoreChange;
  /** Deletes it with all that it has, which is to be cleaned away. */
  unlinkProvider(number: number): readonly StoreChange[];
  hasRepositories(provider: number): Promise<boolean>;
  countRepositories(provider: number): Promise<number>;

  /** The highest number that a handle was made of so far; 0 when there is none. */
  highestHandle(): Promise<number>;
  handleOf(number: number): string;
  /** What `putAcceptance` stored last; 0 before. */
  lastAcceptance(): Promise<number>;
  putAcceptance(acceptance: number): StoreChange;

  find(provider: number, repositoryIds: readonly string[]): Promise<readonly FoundRepository[]>;
  /** Records and entities of repositories, in one read. */
  load(wanted: readonly WantedRepository[]): Promise<readonly LoadedRepository[]>;
  records(handles: readonly string[]): Promise<readonly (RepositoryRecord | undefined)[]>;
  /** Of a repository that is new: its handle is linked with the first record that is put. */
  editNew(provider: number, repositoryId: string, handle: string): RepositoryEdit;
  edit(record: RepositoryRecord): RepositoryEdit;
  /** Takes what the edits came to so far: the next call has what comes after. */
  changesOf(edits: readonly RepositoryEdit[]): Promise<readonly StoreChange[]>;
  /** Deletes a repository with all that it has, which is to be cleaned away. */
  unlink(record: RepositoryRecord): readonly StoreChange[];

  /** By sequence, then by acceptance, newest first; those above a sequence. */
  newest(handle: string, limit: number, above: bigint | undefined): Promise<readonly StoredEntity[]>;
  /** Some of those up to a sequence. */
  upTo(handle: string, sequence: bigint, limit: number): Promise<readonly StoredEntity[]>;
  /** The lowest sequence above the given one; undefined when nothing is above it. */
  lowestAbove(handle: string, sequence: bigint | undefined): Promise<bigint | undefined>;
  /** By id; those after the given one. */
  list(handle: string, type: DevinfoEntityType, after: string, limit: number): Promise<readonly StoredEntity[]>;
  /** What names an issue, newest first; those after a position. */
  naming(issueKey: string, after: string | undefined, limit: number): Promise<readonly IssueEntry[]>;
  /** Entities by their place; undefined where there is none any more. */
  entities(places: readonly EntityPlace[]): Promise<readonly (StoredEntity | undefined)[]>;
  /** Handles of repositories that have anything which names an issue of the project, deleted ones included. */
  handlesOfProject(provider: number, projectKey: string): Promise<readonly string[]>;
  /** Handles of repositories that have all of the tags, deleted ones included; in parts. Costs at most what the rarest tag costs. */
  tagged(provider: number, properties: Properties): AsyncIterable<readonly string[]>;

  entityTombstones(provider: number, repositoryId: string, entities: readonly EntityName[]): Promise<readonly (Tombstone | undefined)[]>;
  putTombstones(provider: number, repositoryId: string, tombstones: RepositoryTombstones): readonly StoreChange[];
  putEntityTombstone(provider: number, repositoryId: string, entity: EntityName, tombstone: Tombstone): readonly StoreChange[];
  /** Tombstones that may have expired, by time; of any provider. */
  expiring(now: number, limit: number): Promise<readonly ExpiringTombstone[]>;
  /** Takes away those of them that have expired. No tombstone of their providers may change meanwhile. */
  dropExpired(tombstones: readonly ExpiringTombstone[], now: number): Promise<readonly StoreChange[]>;

  /** Marks a repository of which a part is to be cleaned away, because its record has `deletedUpTo`. */
  markForCleaning(handle: string): StoreChange;
  unmarkForCleaning(handle: string): StoreChange;
  /** Those with that mark, deleted ones among them. */
  toBeCleaned(limit: number): Promise<readonly string[]>;
  /** Deletes a part of a deleted repository; with the last part its mark is gone. */
  cleanSlice(handle: string, limit: number): Promise<readonly StoreChange[]>;
  /** Deletes a part of a deleted provider; with the last part it is gone. Its repositories are then marked to be cleaned away themselves. */
  cleanProviderSlice(provider: number, limit: number): Promise<readonly StoreChange[]>;
}

export type Properties = Readonly<Record<string, string>>;

export interface ProviderRecord {
  readonly number: number;
  /** Without blanks. */
  readonly name: string;
  /** The Jira that whoever sent something last is bound to, by its name. */
  readonly instance?: string;
}

export interface StoredProviders {
  readonly live: readonly ProviderRecord[];
  /** Numbers of those that are being cleaned away. */
  readonly deleted: readonly number[];
}

export interface FoundRepository {
  /** Absent where it is not stored. */
  readonly handle?: string;
  readonly tombstones?: RepositoryTombstones;
}

export interface EntityName {
  readonly type: DevinfoEntityType;
  readonly id: string;
}

export interface EntityPlace extends EntityName {
  readonly handle: string;
}

export interface WantedRepository {
  readonly handle: string;
  readonly entities: readonly EntityName[];
}

export interface LoadedRepository {
  readonly record: RepositoryRecord | undefined;
  /** In the order in which they were wanted; what is deleted and not cleaned away yet is among them. */
  readonly entities: readonly (StoredEntity | undefined)[];
}

export interface RepositoryRecord {
  readonly handle: string;
  readonly provider: number;
  readonly repositoryId: string;
  readonly updateSequenceId: bigint;
  /** As `SubmittedRepository.json`. */
  readonly json: string;
  readonly tags?: Tags;
  /** Entities up to this sequence are deleted, and not all of them cleaned away yet. */
  readonly deletedUpTo?: bigint;
  /** It is deleted, and not cleaned away yet. */
  readonly isDeleted: boolean;
}

export interface Tags {
  readonly properties: Properties;
  readonly sequence: bigint;
}

/** An entity as it is stored; `acceptedAt` tells apart what is equally new. */
export type StoredEntity = Omit<StoredEntry, "provider" | "repositoryId">;

export interface IssueEntry extends EntityPlace {
  /** Names the entry's place in the list. */
  readonly position: string;
}

/** Keeps out what has a sequence up to this one. */
export interface Tombstone {
  readonly sequence: bigint;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface RepositoryTombstones {
  /** Of the repository, and so of all in it. */
  readonly own?: Tombstone;
  /** Until when there may be any of entities. */
  readonly entitiesUntil?: number;
}

export interface ExpiringTombstone {
  readonly provider: number;
  /** In a form that is only given back. */
  readonly reference: string;
}

/**
 * Changes of one repository, with those of all its indexes: what belongs to an entity is taken together. What it is told of as stored is what
 * the store has now; nobody else may change the repository meanwhile.
 */
export interface RepositoryEdit {
  /** @param before what is stored of the entity now, be it deleted and not cleaned away yet */
  put(entry: DevinfoEntry, acceptedAt: number, before: StoredEntity | undefined): void;
  remove(stored: StoredEntity): void;
  /** The repository itself, with its tags. */
  putRecord(record: Pick<RepositoryRecord, "updateSequenceId" | "json" | "tags" | "deletedUpTo">): void;
}
