import type { DevinfoEntry } from "../../core/devinfo.js";
import type { EntityName, ProviderRecord, RepositoryRecord, StoredEntity, Tombstone } from "../../core/ports/devinfo-store.js";
import { recencyLength, sequenceOf, sequenceText, timeLength, timeOf, timeText } from "./devinfo-keys.js";

/*
 * Values of the store of development information. Those of entities and records begin with one line of our own; what follows is the JSON that was
 * stored, so that nothing has to be parsed to replace, list or answer it.
 *
 *   entity: <sequence 16><acceptance 16><time 16><issue keys, parted by blanks>
 *   record: JSON with short names, see `RecordHead`
 *
 * The first two parts of an entity's line are what its key of recency has, the third is what its keys by issue have.
 */
const endOfLine = "\n";
const blank = " ";
const keysStart = recencyLength + timeLength;

/** Sequence and acceptance, as in keys. */
export function recencyText(sequence: string, acceptance: string): string {
  return sequence + acceptance;
}

/** @param recency of `recencyText`; @param time of `timeText` */
export function entityText(recency: string, time: string, { issueKeys, json }: DevinfoEntry): string {
  const keys = issueKeys.length === 1 ? (issueKeys[0] ?? "") : issueKeys.join(blank);
  return recency + time + keys + endOfLine + json;
}

export function readEntity({ type, id }: EntityName, text: string): StoredEntity {
  const end = text.indexOf(endOfLine);
  return {
    type,
    id,
    issueKeys: text.slice(keysStart, end).split(blank),
    updateSequenceId: sequenceOf(text.slice(0, recencyLength - timeLength)),
    acceptedAt: timeOf(text.slice(recencyLength - timeLength, recencyLength)),
    happenedAt: timeOf(text.slice(recencyLength, keysStart)),
    json: text.slice(end + 1),
  };
}

/** As `recencyText` of what it was stored with. */
export function recencyOfStored({ updateSequenceId, acceptedAt }: StoredEntity): string {
  return recencyText(sequenceText(updateSequenceId), timeText(acceptedAt));
}

interface RecordHead {
  readonly provider: number;
  readonly id: string;
  readonly sequence: string;
  /** In pairs, since a name may be `__proto__`. */
  readonly tags?: readonly (readonly [name: string, value: string])[];
  readonly tagSequence?: string;
  readonly deletedUpTo?: string;
  readonly deleted?: true;
}

export function recordText({ provider, repositoryId, updateSequenceId, tags, deletedUpTo, isDeleted, json }: RepositoryRecord): string {
  const head: RecordHead = {
    ...{ provider, id: repositoryId, sequence: String(updateSequenceId) },
    ...(tags === undefined ? {} : { tags: Object.entries(tags.properties), tagSequence: String(tags.sequence) }),
    ...(deletedUpTo === undefined ? {} : { deletedUpTo: String(deletedUpTo) }),
    ...(isDeleted ? { deleted: true as const } : {}),
  };
  return JSON.stringify(head) + endOfLine + json;
}

export function readRecord(handle: string, text: string | undefined): RepositoryRecord | undefined {
  if (text === undefined) return undefined;
  const end = text.indexOf(endOfLine);
  // Written by `recordText`.
  const { provider, id, sequence, tags, tagSequence = "0", deletedUpTo, deleted } = JSON.parse(text.slice(0, end)) as RecordHead;
  return {
    ...{ handle, provider, repositoryId: id, updateSequenceId: BigInt(sequence), json: text.slice(end + 1) },
    ...(tags === undefined ? {} : { tags: { properties: Object.fromEntries(tags), sequence: BigInt(tagSequence) } }),
    ...(deletedUpTo === undefined ? {} : { deletedUpTo: BigInt(deletedUpTo) }),
    isDeleted: deleted === true,
  };
}

/** A tombstone as text: when it expires, and the sequence. */
export function tombstoneText({ until, sequence }: Tombstone): string {
  return `${until}${blank}${sequence}`;
}

export function readTombstone(text: string | undefined): Tombstone | undefined {
  const [until, sequence] = text?.split(blank) ?? [];
  return until === undefined || sequence === undefined ? undefined : { until: Number(until), sequence: BigInt(sequence) };
}

/** A provider as text: its name, and behind a blank the Jira that it is bound to. */
export function providerText({ name, instance }: ProviderRecord): string {
  return instance === undefined ? name : name + blank + instance;
}

export function readProvider(number: number, text: string): ProviderRecord {
  const end = text.indexOf(blank);
  return end === -1 ? { number, name: text } : { number, name: text.slice(0, end), instance: text.slice(end + 1) };
}
