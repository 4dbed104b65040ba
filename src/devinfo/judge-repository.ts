import type { DevinfoEntry, DevinfoResult, DevinfoSubmission, SubmittedRepository } from "../core/devinfo.js";
import type { RecordedEntry, RecordedRepository } from "../core/ports/devinfo.js";
import type { RepositoryRecord, RepositoryTombstones, StoredEntity, Tags, Tombstone } from "../core/ports/devinfo-store.js";
import { keepsOut } from "./tombstones.js";

/** What is stored of a submitted repository. */
export interface StoredRepositoryState {
  /** Undefined: the repository is not stored. */
  readonly record: RepositoryRecord | undefined;
  /** Of the submitted entries, in their order; empty where the repository is not stored. Those that are deleted and not cleaned away are among them. */
  readonly entities: readonly (StoredEntity | undefined)[];
  readonly tombstones: RepositoryTombstones | undefined;
  /** Of the submitted entries, in their order; empty where there are none. */
  readonly entityTombstones: readonly (Tombstone | undefined)[];
}

export interface JudgedRepository {
  readonly outcome: RecordedRepository;
  readonly state: StoredRepositoryState;
  /** The record as it is to be stored; undefined where it stays as it is. */
  readonly record: Pick<RepositoryRecord, "updateSequenceId" | "json" | "tags" | "deletedUpTo"> | undefined;
}

type Rules = Pick<DevinfoSubmission, "properties" | "skipsUnchanged">;

/**
 * Says what becomes of a repository and of each of its entries: what has a sequence that is not higher than the stored one is passed over, and so
 * is what a delete keeps out. Record and entries are compared independently of each other.
 */
export function judgeRepository(
  repository: SubmittedRepository,
  state: StoredRepositoryState,
  rules: Rules,
  now: number,
): JudgedRepository {
  const entries = repository.entries.map((entry, index) => judgeEntry(entry, index, state, rules, now));
  const verdict = judgeRecord(repository, state, rules, now);
  const base = baseOfRecord(repository, state, verdict, entries);
  const isNew = state.record === undefined && base !== undefined;
  const outcome = { repository, result: isNew ? ("stored" as const) : verdict, entries };
  const tags = base === undefined ? undefined : newTags(repository, state, rules, now);
  if (base === undefined || (outcome.result !== "stored" && tags === undefined)) return { outcome, state, record: undefined };
  const { tags: formerTags, deletedUpTo } = state.record ?? {};
  const kept = tags ?? formerTags;
  const record = { ...base, ...(kept === undefined ? {} : { tags: kept }), ...(deletedUpTo === undefined ? {} : { deletedUpTo }) };
  return { outcome, state, record };
}

/** The record as it is afterwards; undefined where nothing of the repository is stored. */
function baseOfRecord(
  { updateSequenceId, json }: SubmittedRepository,
  { record }: StoredRepositoryState,
  verdict: DevinfoResult,
  entries: readonly RecordedEntry[],
): Pick<RepositoryRecord, "updateSequenceId" | "json"> | undefined {
  if (verdict === "stored") return { updateSequenceId, json };
  if (record !== undefined) return { updateSequenceId: record.updateSequenceId, json: record.json };
  const lowest = lowestStored(entries);
  return lowest === undefined ? undefined : { updateSequenceId: lowest, json };
}

/** The stored entity, unless it is deleted and only not cleaned away yet. */
export function notDeleted(entity: StoredEntity | undefined, record: RepositoryRecord | undefined): StoredEntity | undefined {
  const deletedUpTo = record?.deletedUpTo;
  return entity === undefined || (deletedUpTo !== undefined && entity.updateSequenceId <= deletedUpTo) ? undefined : entity;
}

function judgeEntry(entry: DevinfoEntry, index: number, state: StoredRepositoryState, rules: Rules, now: number): RecordedEntry {
  const before = notDeleted(state.entities[index], state.record);
  const result = resultOf(entry, before, index, state, rules, now);
  return before === undefined ? { entry, result } : { entry, result, before };
}

function resultOf(
  entry: DevinfoEntry,
  before: StoredEntity | undefined,
  index: number,
  { tombstones, entityTombstones }: StoredRepositoryState,
  { skipsUnchanged }: Rules,
  now: number,
): DevinfoResult {
  const { updateSequenceId: sequence } = entry;
  if (before !== undefined && before.updateSequenceId >= sequence) return "older";
  if (keepsOut(tombstones?.own, sequence, now) || keepsOut(entityTombstones[index], sequence, now)) return "deleted";
  return before !== undefined && skipsUnchanged === true && isSameButSequences(before.json, entry.json) ? "unchanged" : "stored";
}

function judgeRecord(repository: SubmittedRepository, state: StoredRepositoryState, rules: Rules, now: number): DevinfoResult {
  const { record } = state;
  if (record !== undefined && record.updateSequenceId >= repository.updateSequenceId) return "older";
  if (keepsOut(state.tombstones?.own, repository.updateSequenceId, now)) return "deleted";
  return record !== undefined && rules.skipsUnchanged === true && record.json === repository.json ? "unchanged" : "stored";
}

/** A repository whose record is kept out, and whose entries are not, is stored with the lowest sequence of those. */
function lowestStored(entries: readonly RecordedEntry[]): bigint | undefined {
  let lowest: bigint | undefined;
  for (const { entry, result } of entries) {
    if (result === "stored" && (lowest === undefined || entry.updateSequenceId < lowest)) lowest = entry.updateSequenceId;
  }
  return lowest;
}

/** Tags have a sequence of their own: the highest of the repository's part of the submission. @returns undefined where they stay as they are */
function newTags(
  repository: SubmittedRepository,
  { record, tombstones }: StoredRepositoryState,
  { properties }: Rules,
  now: number,
): Tags | undefined {
  if (properties === undefined) return undefined;
  let sequence = repository.updateSequenceId;
  for (const { updateSequenceId } of repository.entries) if (updateSequenceId > sequence) sequence = updateSequenceId;
  if (keepsOut(tombstones?.own, sequence, now)) return undefined;
  const before = record?.tags;
  if (before === undefined) return { properties, sequence };
  if (sequence < before.sequence || (sequence === before.sequence && areSame(before.properties, properties))) return undefined;
  return { properties, sequence };
}

function areSame(one: Tags["properties"], other: Tags["properties"]): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && one[name] === other[name]);
}

/** Texts of the same hand: their members come in one order. No text value holds this form, because quotation marks in it are escaped. */
const sequenceMember = /"updateSequenceId":-?\d+/g;

function isSameButSequences(one: string, other: string): boolean {
  return one.replace(sequenceMember, "") === other.replace(sequenceMember, "");
}
