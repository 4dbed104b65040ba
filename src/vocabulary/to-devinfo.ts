import type { DevinfoBranch, DevinfoCommit, DevinfoPerson, DevinfoPullRequest, DevinfoRepository } from "../core/devinfo.js";
import type { HostedRepository, ReadBranch, ReadCommit, ReadPerson, ReadPullRequest } from "../core/repository-host.js";
import { cutText } from "./cut-text.js";
import { entityId } from "./entity-id.js";
import { findIssueKeys } from "./issue-keys.js";

/*
 * What a host reads, in the words of the Development Information API 0.10, within its limits: texts are cut, and an address that is too long is
 * left out, because half of one leads nowhere.
 */
const longest = { message: 1024, title: 1024, description: 1024, branch: 512, name: 255, email: 254, url: 2000 } as const;
const mostReviewers = 100;
const largestInt32 = 2 ** 31 - 1;
/** The last millisecond of the year 9999: what is later has another form in ISO 8601. Commits say whatever their author's clock did. */
const latestTime = Date.UTC(10_000, 0, 1) - 1;

/** What all entities of a submission share. */
export interface Mapping {
  readonly repository: HostedRepository;
  readonly sequence: number;
}

/** @param id ours, as text */
export function toDevinfoRepository(id: string, { repository, sequence }: Mapping): DevinfoRepository {
  const { name, description } = repository;
  return {
    id,
    name: cutText(name, longest.name),
    url: placeOf(repository),
    ...(description === undefined ? {} : { description: cutText(description, longest.description) }),
    updateSequenceId: sequence,
  };
}

export function toDevinfoCommit(commit: ReadCommit, { sequence }: Mapping): DevinfoCommit {
  return {
    id: entityId(commit.id),
    issueKeys: findIssueKeys(commit.message),
    updateSequenceId: sequence,
    message: cutText(commit.message, longest.message),
    author: toPerson(commit.author),
    authorTimestamp: toIsoTime(commit.authoredAt),
    displayId: commit.id.slice(0, 7),
    fileCount: toCount(commit.fileCount ?? 0),
    ...optionalUrl(commit.url),
    ...(commit.isMerge ? { flags: ["MERGE_COMMIT"] as const } : {}),
  };
}

export function toDevinfoBranch(branch: ReadBranch, mapping: Mapping): DevinfoBranch {
  return {
    id: entityId(branch.name),
    issueKeys: findIssueKeys(branch.name),
    updateSequenceId: mapping.sequence,
    name: cutText(branch.name, longest.branch),
    lastCommit: toDevinfoCommit(branch.lastCommit, mapping),
    url: optionalUrl(branch.url).url ?? placeOf(mapping.repository),
  };
}

export function toDevinfoPullRequest(pull: ReadPullRequest, { repository, sequence }: Mapping): DevinfoPullRequest {
  return {
    id: entityId(pull.id),
    issueKeys: findIssueKeys(pull.title, pull.sourceBranch, pull.destinationBranch, pull.description),
    updateSequenceId: sequence,
    status: pull.status,
    title: cutText(pull.title, longest.title),
    author: toPerson(pull.author),
    commentCount: toCount(pull.commentCount),
    sourceBranch: cutText(pull.sourceBranch, longest.name),
    ...(pull.destinationBranch === undefined ? {} : { destinationBranch: cutText(pull.destinationBranch, longest.name) }),
    lastUpdate: toIsoTime(pull.updatedAt),
    url: optionalUrl(pull.url).url ?? placeOf(repository),
    displayId: cutText(pull.displayId, longest.name),
    ...(pull.reviewers === undefined ? {} : { reviewers: pull.reviewers.slice(0, mostReviewers).map(toReviewer) }),
  };
}

type Reviewers = NonNullable<DevinfoPullRequest["reviewers"]>;

function toReviewer({ isApproved, ...person }: NonNullable<ReadPullRequest["reviewers"]>[number]): Reviewers[number] {
  return { ...toPerson(person), approvalStatus: isApproved ? "APPROVED" : "UNAPPROVED" };
}

function toPerson({ name, email, username, url }: ReadPerson): DevinfoPerson {
  return {
    ...(name === undefined ? {} : { name: cutText(name, longest.name) }),
    ...(email === undefined ? {} : { email: cutText(email, longest.email) }),
    ...(username === undefined ? {} : { username: cutText(username, longest.name) }),
    ...optionalUrl(url),
  };
}

/** Where people find the repository: a folder has no page, and is called by its path. */
function placeOf({ url, root }: HostedRepository): string {
  return optionalUrl(url).url ?? cutText(root, longest.url);
}

function optionalUrl(url: string | undefined): { readonly url?: string } {
  return url === undefined || url.trim() === "" || url.length > longest.url ? {} : { url };
}

function toCount(count: number): number {
  return Number.isFinite(count) ? Math.min(Math.max(Math.trunc(count), 0), largestInt32) : 0;
}

function toIsoTime(ms: number): string {
  const time = Number.isFinite(ms) ? Math.min(Math.max(ms, 0), latestTime) : 0;
  return new Date(time).toISOString();
}
