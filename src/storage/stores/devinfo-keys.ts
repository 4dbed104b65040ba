import type { DevinfoEntityType } from "../../core/devinfo.js";

/*
 * Layout of the store of development information, relative to its sublevel; parts are parted by a zero character, which stands in none of
 * them (providers, ids and issue keys have alphabets of their own):
 *
 *   repository <provider> <repository>                                -> the repository's record as JSON
 *   entity <provider> <repository> <type> <id>                        -> the entity as JSON
 *   key <issue key> <provider> <repository> <type> <id>               -> nothing
 *   names <provider> <project key> <repository> <number> <type> <id>  -> nothing
 */
const separator = "\u0000";
const afterSeparator = "\u0001";

export interface Range {
  readonly gt: string;
  readonly lt: string;
}

/** What an entity is found by. */
export interface EntityAddress {
  readonly provider: string;
  readonly repositoryId: string;
  readonly type: DevinfoEntityType;
  readonly id: string;
}

export function repositoryKey(provider: string, repositoryId: string): string {
  return keyOf("repository", provider, repositoryId);
}

export function entityKey({ provider, repositoryId, type, id }: EntityAddress): string {
  return keyOf("entity", provider, repositoryId, type, id);
}

/** Those under which an entity is found by an issue that it names. */
export function issueEntries({ provider, repositoryId, type, id }: EntityAddress, issueKey: string): readonly string[] {
  // No project key holds a hyphen.
  const hyphen = issueKey.lastIndexOf("-");
  const [projectKey, number] = [issueKey.slice(0, hyphen), issueKey.slice(hyphen + 1)];
  return [keyOf("key", issueKey, provider, repositoryId, type, id), keyOf("names", provider, projectKey, repositoryId, number, type, id)];
}

export function entitiesOf(provider: string, repositoryId: string): Range {
  return rangeOf("entity", provider, repositoryId);
}

/** Entities of one type behind the given id. */
export function entitiesAfter(provider: string, repositoryId: string, type: DevinfoEntityType, after: string): Range {
  const { lt } = rangeOf("entity", provider, repositoryId, type);
  return { gt: keyOf("entity", provider, repositoryId, type, after), lt };
}

export function entriesOfIssue(issueKey: string): Range {
  return rangeOf("key", issueKey);
}

/** Entries of all issues of a project: all of them, or those of the repositories behind the given one. */
export function entriesOfProject(provider: string, projectKey: string, after?: string): Range {
  const range = rangeOf("names", provider, projectKey);
  return after === undefined ? range : { gt: `${keyOf("names", provider, projectKey, after)}${afterSeparator}`, lt: range.lt };
}

/** Of an entry of a project's issues. */
export function repositoryNaming(entry: string): string {
  const [, , , repositoryId = ""] = entry.split(separator);
  return repositoryId;
}

/** Of a key that `entityKey` or the first of `issueEntries` made: both end in the four parts. */
export function addressAtEnd(key: string): EntityAddress {
  const [provider = "", repositoryId = "", type = "", id = ""] = key.split(separator).slice(-4);
  // Written by the functions above.
  return { provider, repositoryId, type: type as DevinfoEntityType, id };
}

function keyOf(...parts: readonly string[]): string {
  return parts.join(separator);
}

function rangeOf(...parts: readonly string[]): Range {
  const start = keyOf(...parts);
  return { gt: `${start}${separator}`, lt: `${start}${afterSeparator}` };
}
