import type { DevinfoEntityType } from "../../src/core/devinfo.js";
import * as keys from "../../src/storage/stores/devinfo-keys.js";
import { entityId } from "../../src/vocabulary/entity-id.js";
import { dumpDevinfo, placeText, type DatabaseRecords } from "./devinfo-dump.js";
import type { TestRepository } from "./git-repositories.js";

/** What is in a repository, as git itself says. */
export interface GitContent {
  readonly root: string;
  readonly commits: readonly GitCommit[];
  /** Names and heads. */
  readonly branches: readonly (readonly [name: string, head: string])[];
  readonly tags: number;
}

interface GitCommit {
  readonly hash: string;
  readonly isMerge: boolean;
  readonly author: { readonly name: string; readonly email: string };
  readonly authoredAt: string;
  readonly message: string;
}

/** Not of one whose configuration names programs: they would run. */
export function readByGit(repository: TestRepository): GitContent {
  const list = (...folders: readonly string[]): readonly string[] =>
    repository.git("for-each-ref", "--format=%(refname:short) %(objectname)", ...folders).split("\n");
  const commits = repository.git("log", "--branches", "--format=%H%x1f%P%x1f%an%x1f%ae%x1f%at%x1f%B%x1e").split("\u001e");
  return {
    root: repository.path,
    commits: commits.filter((text) => text.trim() !== "").map(parseCommit),
    branches: list("refs/heads").map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]),
    tags: list("refs/tags").filter((line) => line !== "").length,
  };
}

function parseCommit(text: string): GitCommit {
  const [hash = "", parents = "", name = "", email = "", at = "", message = ""] = text.trim().split("\u001f");
  return {
    ...{ hash, isMerge: parents.includes(" "), author: { name, email } },
    ...{ authoredAt: new Date(Number(at) * 1_000).toISOString(), message: message.trim() },
  };
}

/** All that has to be stored of a repository: what names an issue, under texts of our own. */
export function devinfoOfGit(id: number, name: string, { root, commits, branches }: GitContent): ReadonlyMap<string, unknown> {
  const repositoryId = String(id);
  const expected = new Map<string, unknown>([[repositoryId, { id: repositoryId, name, url: root }]]);
  const add = (type: DevinfoEntityType, entity: { readonly id: string; readonly issueKeys: readonly string[] }): void => {
    if (entity.issueKeys.length > 0) expected.set(placeText({ repositoryId, type, id: entity.id }), entity);
  };
  const entities = new Map(commits.map((commit) => [commit.hash, commitEntity(commit)]));
  for (const entity of entities.values()) add("commit", entity);
  for (const [branch, head] of branches) {
    const lastCommit = entities.get(head);
    add("branch", { id: entityId(branch), issueKeys: keysIn(branch), ...{ name: branch, lastCommit, url: root } });
  }
  return expected;
}

function commitEntity({ hash, isMerge, author, authoredAt, message }: GitCommit) {
  return {
    ...{ id: hash, issueKeys: keysIn(message), message, author, authorTimestamp: authoredAt, displayId: hash.slice(0, 7), fileCount: 0 },
    ...(isMerge ? { flags: ["MERGE_COMMIT"] } : {}),
  };
}

function keysIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b[A-Z]+-\d+\b/g))];
}

/**
 * What is stored, under the same texts; without sequences, which tell when it was read. What is wrong with an index is there under the index's own
 * key, so that no comparison passes over it.
 */
export function storedDevinfo(records: DatabaseRecords): ReadonlyMap<string, unknown> {
  const { repositories, entities, missing, stray } = dumpDevinfo(records);
  return new Map<string, unknown>([
    ...repositories.map(({ repositoryId, json }) => [repositoryId, parseEntity(json)] as const),
    ...entities.map((entity) => [placeText(entity), parseEntity(entity.json)] as const),
    ...missing.map((key) => [key, "missing"] as const),
    ...stray.map((key) => [key, "stray"] as const),
  ]);
}

/** How much there is, what is deleted and not cleaned away yet included. */
export function countDevinfo(records: DatabaseRecords): { readonly repositories: number; readonly entities: number } {
  const { repositories, entities, uncleaned } = dumpDevinfo(records);
  const count = (letter: string): number => uncleaned.filter((key) => key.startsWith(keys.prefix + letter)).length;
  return { repositories: repositories.length + count("H"), entities: entities.length + count("e") };
}

function parseEntity(value: string): unknown {
  // Where git ends a message with a newline, so does the store.
  return JSON.parse(value, (name, member: unknown) =>
    name === "updateSequenceId" ? undefined : name === "message" ? String(member).trim() : member,
  );
}
