import type { DevinfoEntry } from "../../core/devinfo.js";
import type { Properties, RepositoryEdit, RepositoryRecord, StoredEntity } from "../../core/ports/devinfo-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import * as keys from "./devinfo-keys.js";
import { entityText, recencyOfStored, recencyText, recordText } from "./devinfo-values.js";

/** Among so many a list is searched faster than a set is made. */
const fewKeys = 10;

/** What an edit is about. */
export interface EditedRepository {
  readonly handle: string;
  readonly provider: number;
  readonly repositoryId: string;
  /** False: nothing is stored of it yet. */
  readonly isStored: boolean;
  /** As they are stored. */
  readonly properties?: Properties;
}

/**
 * Changes of one repository, with all its indexes. How many entries of a project's issues it has is counted as a difference, and added to what is
 * stored when the changes are taken.
 */
export class DevinfoEdit implements RepositoryEdit {
  readonly #repository: EditedRepository;
  readonly #entityPrefix: string;
  readonly #recencyPrefix: string;
  #changes: StoreChange[] = [];
  #isLinked: boolean;
  #properties: Properties | undefined;
  /** What is stored, by project's key, as far as it is known. */
  readonly #counts = new Map<string, number>();
  readonly #differences = new Map<string, number>();
  /** Most entities of a submission have one sequence, and all one time of acceptance. */
  #lastSequence: readonly [sequence: bigint | undefined, text: string] = [undefined, ""];
  #lastAcceptance: readonly [acceptance: number | undefined, text: string] = [undefined, ""];

  constructor(repository: EditedRepository) {
    this.#repository = repository;
    this.#isLinked = repository.isStored;
    this.#properties = repository.properties;
    this.#entityPrefix = keys.entityPrefix(repository.handle);
    this.#recencyPrefix = keys.recencyPrefix(repository.handle);
  }

  put(entry: DevinfoEntry, acceptedAt: number, before: StoredEntity | undefined): void {
    const name = keys.nameText(entry);
    const recency = recencyText(this.#sequenceText(entry.updateSequenceId), this.#acceptanceText(acceptedAt));
    const time = keys.timeText(entry.happenedAt);
    if (before !== undefined) this.#changes.push(del(this.#recencyPrefix + recencyOfStored(before) + name));
    this.#changes.push(put(this.#entityPrefix + name, entityText(recency, time, entry)), put(this.#recencyPrefix + recency + name));
    if (before === undefined) for (const key of entry.issueKeys) this.#list(key, time, name);
    else this.#relist(before, entry, name);
  }

  remove(stored: StoredEntity): void {
    const name = keys.nameText(stored);
    this.#changes.push(del(this.#entityPrefix + name), del(this.#recencyPrefix + recencyOfStored(stored) + name));
    for (const key of stored.issueKeys) this.#unlist(key, keys.timeText(stored.happenedAt), name);
  }

  putRecord({ updateSequenceId, json, tags, deletedUpTo }: Parameters<RepositoryEdit["putRecord"]>[0]): void {
    const { handle, provider, repositoryId } = this.#repository;
    const record: RepositoryRecord = {
      ...{ handle, provider, repositoryId, updateSequenceId, json, isDeleted: false },
      ...(tags === undefined ? {} : { tags }),
      ...(deletedUpTo === undefined ? {} : { deletedUpTo }),
    };
    if (!this.#isLinked) this.#changes.push(put(keys.repositoryKey(provider, repositoryId), handle));
    this.#isLinked = true;
    this.#changes.push(put(keys.recordKey(handle), recordText(record)));
    this.#moveTags(tags?.properties ?? {});
  }

  /** Keys of counts that have to be known before the changes can be taken. */
  unknownCounts(): readonly string[] {
    const projects = [...this.#differences.keys()].filter((project) => !this.#counts.has(project));
    if (this.#repository.isStored) return projects;
    for (const project of projects) this.#counts.set(project, 0);
    return [];
  }

  learnCount(project: string, stored: string | undefined): void {
    this.#counts.set(project, Number(stored ?? 0));
  }

  countKey(project: string): string {
    return keys.countKey(this.#repository.handle, project);
  }

  /** Needs all counts to be known. */
  take(): readonly StoreChange[] {
    const { handle, provider } = this.#repository;
    for (const [project, difference] of this.#differences) {
      const before = this.#counts.get(project) ?? 0;
      const after = before + difference;
      if (difference === 0) continue;
      const entry = keys.projectEntry(provider, project, handle);
      if (after > 0) this.#changes.push(put(this.countKey(project), String(after)));
      else this.#changes.push(del(this.countKey(project)), del(entry));
      if (before <= 0) this.#changes.push(put(entry));
      this.#counts.set(project, after);
    }
    this.#differences.clear();
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  /** Under issues that it names before and behind it stays as it is, unless it happened at another time. */
  #relist(before: StoredEntity, entry: DevinfoEntry, name: string): void {
    const isMoved = before.happenedAt !== entry.happenedAt;
    for (const key of isMoved ? before.issueKeys : without(before.issueKeys, entry.issueKeys))
      this.#unlist(key, keys.timeText(before.happenedAt), name);
    for (const key of isMoved ? entry.issueKeys : without(entry.issueKeys, before.issueKeys))
      this.#list(key, keys.timeText(entry.happenedAt), name);
  }

  #list(issueKey: string, time: string, name: string): void {
    this.#changes.push(put(this.#issueEntry(issueKey, time, name)));
    this.#count(issueKey, 1);
  }

  #unlist(issueKey: string, time: string, name: string): void {
    this.#changes.push(del(this.#issueEntry(issueKey, time, name)));
    this.#count(issueKey, -1);
  }

  #issueEntry(issueKey: string, time: string, name: string): string {
    return keys.issueEntry(issueKey, time, this.#repository.handle, name);
  }

  #count(issueKey: string, difference: number): void {
    // No project key holds a hyphen.
    const project = issueKey.slice(0, issueKey.lastIndexOf("-"));
    this.#differences.set(project, (this.#differences.get(project) ?? 0) + difference);
  }

  #moveTags(after: Properties): void {
    const { provider, handle } = this.#repository;
    const before = this.#properties ?? {};
    const change = (tags: Properties, others: Properties, make: (key: string) => StoreChange): void => {
      for (const tag of Object.entries(tags))
        if (!hasTag(others, tag)) this.#changes.push(make(keys.tagEntry(keys.tagEntries(provider, tag), handle)));
    };
    change(before, after, del);
    change(after, before, put);
    this.#properties = after;
  }

  #sequenceText(sequence: bigint): string {
    if (this.#lastSequence[0] !== sequence) this.#lastSequence = [sequence, keys.sequenceText(sequence)];
    return this.#lastSequence[1];
  }

  #acceptanceText(acceptance: number): string {
    if (this.#lastAcceptance[0] !== acceptance) this.#lastAcceptance = [acceptance, keys.timeText(acceptance)];
    return this.#lastAcceptance[1];
  }
}

export function put(key: string, value = ""): StoreChange {
  return { type: "put", key, value };
}

export function del(key: string): StoreChange {
  return { type: "del", key };
}

/** Those of the keys that the others are not. Looking for each of 500 among 500 would take milliseconds. */
function without(issueKeys: readonly string[], others: readonly string[]): readonly string[] {
  if (others.length < fewKeys) return issueKeys.filter((key) => !others.includes(key));
  const known = new Set(others);
  return issueKeys.filter((key) => !known.has(key));
}

function hasTag(properties: Properties, [name, value]: readonly [string, string]): boolean {
  return Object.hasOwn(properties, name) && properties[name] === value;
}
