import { createHash } from "node:crypto";
import type { DevinfoEntityType } from "../../core/devinfo.js";
import type { EntityName, EntityPlace } from "../../core/ports/devinfo-store.js";

/*
 * Layout of the store of development information. A key begins with a letter; its parts are parted by a zero character, which stands in none of
 * them (names of providers, ids and issue keys have alphabets of their own), or have a fixed length.
 *
 *   P <provider>                                       -> the provider's name
 *   D <provider>                                       -> nothing: it is deleted, what it has is to be cleaned away
 *   R <provider> 0 <repository>                        -> the repository's handle
 *   H <handle>                                         -> the repository's record (devinfo-values.ts)
 *   d <handle>                                         -> nothing: something of it is to be cleaned away
 *
 *   e <handle> 0 <type><id>                            -> the entity (devinfo-values.ts)
 *   r <handle> 0 <sequence 16><acceptance 16><type><id>      -> nothing; newest first
 *   k <issue key> 0 <time 16><handle> 0 <type><id>     -> nothing; newest first
 *
 *   c <handle> 0 <project key>                         -> how many entries of issues of the project the repository has
 *   n <provider> 0 <project key> 0 <handle>            -> nothing; as long as there is a count
 *   p <provider> 0 <digest of a tag> 0 <handle>        -> nothing
 *
 *   T <provider> 0 <repository>                        -> the repository's tombstones
 *   t <provider> 0 <repository> 0 <type><id>           -> an entity's tombstone
 *   x <time 16><provider> 0 <repository>[ 0 <type><id>]      -> nothing; when to look whether a tombstone has expired
 *
 *   acceptance                                         -> the highest time of acceptance that was given
 *
 * Why so: an entity is stored with three puts (e, r and one k per issue key), which the rate of storing stands and falls with. Everything else
 * is written once for each repository of a submission. Providers and handles are numbers, so that renaming and deleting touch one record:
 * deleting takes R away and leaves H, which says that the handle is dead, until the cleaning has been through. Whoever finds a handle through an
 * index looks at H.
 *
 * Numbers in keys are in base 36 with their length before them, so they lie in their order. Sequences are int64 and may be negative: they are
 * written as their distance from the highest one, in 16 hexadecimal digits, times likewise in 16 decimal ones; so the newest lies first.
 * A tag is the digest of its name and value, which may be any texts.
 */
export const prefix = "!devinfo!";
const separator = "\u0000";
const afterSeparator = "\u0001";

export interface Range {
  readonly gt: string;
  readonly lt: string;
}

const highestSequence = 2n ** 63n - 1n;
const highestTime = Number.MAX_SAFE_INTEGER;
const digits = 16;
/** Of sequence and acceptance together. */
export const recencyLength = 2 * digits;
export const timeLength = digits;

export function sequenceText(sequence: bigint): string {
  return (highestSequence - sequence).toString(16).padStart(digits, "0");
}

export function sequenceOf(text: string): bigint {
  return highestSequence - BigInt(`0x${text}`);
}

/** Of a time of acceptance, or one at which something happened. */
export function timeText(time: number): string {
  return String(highestTime - time).padStart(digits, "0");
}

export function timeOf(text: string): number {
  return highestTime - Number(text);
}

export function numberText(number: number): string {
  const text = number.toString(36);
  return text.length.toString(36) + text;
}

export function numberOf(text: string): number {
  return Number.parseInt(text.slice(1), 36);
}

const letters: Readonly<Record<DevinfoEntityType, string>> = { commit: "c", branch: "b", pull_request: "p" };
const types: Readonly<Record<string, DevinfoEntityType>> = { c: "commit", b: "branch", p: "pull_request" };

/** Type and id, as keys end. */
export function nameText({ type, id }: EntityName): string {
  return letters[type] + id;
}

export function nameOf(text: string): EntityName {
  // Written by `nameText`: every other letter is a mistake of ours.
  return { type: types[text.charAt(0)] ?? "commit", id: text.slice(1) };
}

/** Everything below a prefix, which is a part of a key. */
function below(start: string): Range {
  return { gt: start + separator, lt: start + afterSeparator };
}

/** All keys that begin with the letter and go on. */
export function allOf(letter: string): Range {
  return { gt: prefix + letter, lt: prefix + String.fromCharCode(letter.charCodeAt(0) + 1) };
}

/** What stands behind the letter. */
export function behindLetter(key: string): string {
  return key.slice(prefix.length + 1);
}

export const providerKey = (provider: number): string => `${prefix}P${numberText(provider)}`;
export const deletedProviderKey = (provider: number): string => `${prefix}D${numberText(provider)}`;

export const repositoryKey = (provider: number, repositoryId: string): string =>
  `${prefix}R${numberText(provider)}${separator}${repositoryId}`;
export const repositoriesOf = (provider: number): Range => below(`${prefix}R${numberText(provider)}`);

export const recordKey = (handle: string): string => `${prefix}H${handle}`;
export const cleaningKey = (handle: string): string => `${prefix}d${handle}`;

/** Behind it stand type and id. */
export const entityPrefix = (handle: string): string => `${prefix}e${handle}${separator}`;
export const entityKey = ({ handle, ...name }: EntityPlace): string => entityPrefix(handle) + nameText(name);
export const entitiesOf = (handle: string): Range => below(`${prefix}e${handle}`);
/** Entities of one type behind the given id. */
export function entitiesAfter(handle: string, type: DevinfoEntityType, after: string): Range {
  const start = entityPrefix(handle) + letters[type];
  return { gt: start + after, lt: entityPrefix(handle) + String.fromCharCode(letters[type].charCodeAt(0) + 1) };
}

/** Behind it stand sequence and acceptance, then type and id. */
export const recencyPrefix = (handle: string): string => `${prefix}r${handle}${separator}`;

/** What is newer than a sequence; all there is without one. */
export function newerThan(handle: string, sequence: bigint | undefined): Range {
  const range = below(`${prefix}r${handle}`);
  return sequence === undefined ? range : { gt: range.gt, lt: recencyPrefix(handle) + sequenceText(sequence) };
}

/** What has that sequence or a lower one. */
export function notNewerThan(handle: string, sequence: bigint): Range {
  return { gt: recencyPrefix(handle) + sequenceText(sequence), lt: below(`${prefix}r${handle}`).lt };
}

/** Of a key of recency. */
export function recencyOf(handle: string, key: string): { readonly sequence: bigint; readonly name: EntityName } {
  const start = recencyPrefix(handle).length;
  return { sequence: sequenceOf(key.slice(start, start + digits)), name: nameOf(key.slice(start + recencyLength)) };
}

export const issueEntry = (issueKey: string, time: string, handle: string, name: string): string =>
  issuePrefix(issueKey) + time + handle + separator + name;
/** Behind it stand time, handle, type and id. */
export const issuePrefix = (issueKey: string): string => `${prefix}k${issueKey}${separator}`;
export const issueRange = (issueKey: string): Range => below(`${prefix}k${issueKey}`);

/** Of what stands behind `issuePrefix`. */
export function issuePlace(position: string): EntityPlace {
  const end = position.indexOf(separator, digits);
  return { handle: position.slice(digits, end), ...nameOf(position.slice(end + 1)) };
}

export const countKey = (handle: string, projectKey: string): string => `${prefix}c${handle}${separator}${projectKey}`;
export const countsOf = (handle: string): Range => below(`${prefix}c${handle}`);
export const projectEntry = (provider: number, projectKey: string, handle: string): string =>
  `${prefix}n${numberText(provider)}${separator}${projectKey}${separator}${handle}`;
export const projectEntries = (provider: number, projectKey: string): Range =>
  below(`${prefix}n${numberText(provider)}${separator}${projectKey}`);

/** Of two tags with one digest nobody knows any. */
export function tagEntries(provider: number, [name, value]: readonly [name: string, value: string]): Range {
  // As JSON, in which a half of a pair of surrogates is escaped, and nothing of a name can pass for something of a value.
  const digest = createHash("sha256")
    .update(JSON.stringify([name, value]))
    .digest("base64url");
  return below(`${prefix}p${numberText(provider)}${separator}${digest}`);
}
export const tagEntry = (range: Range, handle: string): string => range.gt + handle;
/** Before whatever follows the entry. @param handle "" for before all */
export const behindTagEntry = (range: Range, handle: string): string => range.gt + handle + separator;

/** What ends a key: a handle, a project's key, or a repository's id. */
export function atEnd(key: string): string {
  return key.slice(key.lastIndexOf(separator) + 1);
}

const tombstoneReference = (provider: number, repositoryId: string, entity: EntityName | undefined): string =>
  `${numberText(provider)}${separator}${repositoryId}${entity === undefined ? "" : separator + nameText(entity)}`;

/** @param reference what stands behind the letter of a tombstone's key */
export function tombstoneKey(reference: string): string {
  const isOfEntity = reference.indexOf(separator) !== reference.lastIndexOf(separator);
  return `${prefix}${isOfEntity ? "t" : "T"}${reference}`;
}
export const tombstonesKey = (provider: number, repositoryId: string, entity?: EntityName): string =>
  tombstoneKey(tombstoneReference(provider, repositoryId, entity));
export const expiryKey = (until: number, provider: number, repositoryId: string, entity?: EntityName): string =>
  `${prefix}x${pastText(until)}${tombstoneReference(provider, repositoryId, entity)}`;
/** Those that expire up to a time. */
export const expiries = (now: number): Range => ({ gt: `${prefix}x`, lt: `${prefix}x${pastText(Math.floor(now) + 1)}` });
/** What stands in an entry of expiry behind its time. */
export const expiryReference = (key: string): string => key.slice(prefix.length + 1 + digits);
export const providerOfReference = (reference: string): number => numberOf(reference.slice(0, reference.indexOf(separator)));
/** Tombstones of a provider's repositories, or of entities in them. */
export const tombstonesOf = (provider: number, letter: "T" | "t"): Range => below(`${prefix}${letter}${numberText(provider)}`);

/** Earliest first. */
function pastText(time: number): string {
  return String(time).padStart(digits, "0");
}

export const acceptanceKey = `${prefix}acceptance`;
