import type { HostedRepository, ReadCommit, ReadPerson, ReadPullRequest } from "../../core/repository-host.js";
import { parseIsoTime } from "../../shared/iso-time.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";
import { pathSegment } from "../../shared/url.js";
import { wellFormed } from "../../shared/well-formed.js";
import { countIn, hashIn, isRef, known, lineIn, person, textIn } from "../../vocabulary/remote-members.js";
import type { HostBranch, HostPullRequest } from "../../vocabulary/repository-source.js";

// What Gerrit's REST API answers, in our words. Of what lacks something that is needed, nothing is made.

/** Projects of Gerrit's own, which hold settings and people. */
const ownProjects: ReadonlySet<string> = new Set(["All-Projects", "All-Users"]);

/** @param webUrl of Gerrit */
export function toRepository(name: string, answer: unknown, webUrl: string): HostedRepository | undefined {
  if (ownProjects.has(name) || !isProjectName(name)) return undefined;
  const root = `${webUrl}/a/${name.split("/").map(pathSegment).join("/")}`;
  const description = lineIn(answer, "description");
  return { id: name, name, root, url: `${webUrl}/admin/repos/${pathSegment(name)}`, ...known({ description }) };
}

/** What would lead elsewhere as a part of a path is none, nor is what cannot be told apart from another once it is written. */
export function isProjectName(name: string): boolean {
  const parts = name.split("/");
  return name.length <= 255 && wellFormed(name) === name && !/\p{Cc}/u.test(name) && parts.every((part) => !/^\.{0,2}$/.test(part));
}

/** Undefined for what is no branch, such as `HEAD` and `refs/meta/config`. */
export function toBranch(answer: unknown): HostBranch | undefined {
  const [name, head] = [nameIn(answer, "refs/heads/"), hashIn(answer, "revision")];
  return name === undefined || head === undefined ? undefined : { name, head };
}

/** The branch to which `HEAD` points, where this is `HEAD`. */
export function toDefaultName(answer: unknown): string | undefined {
  return textIn(answer, "ref") === "HEAD" ? textIn(answer, "revision")?.replace(/^refs\/heads\//, "") : undefined;
}

export function toTag(answer: unknown): string | undefined {
  return nameIn(answer, "refs/tags/");
}

function nameIn(answer: unknown, folder: string): string | undefined {
  const ref = ownText(answer, "ref") ?? "";
  const name = ref.slice(folder.length);
  return ref.startsWith(folder) && isRef(name) ? name : undefined;
}

/** `CommitInfo`. In changes it has no id of its own: it is the revision's. */
export function toCommit(answer: unknown, id = hashIn(answer, "commit")): ReadCommit | undefined {
  const message = textIn(answer, "message");
  if (id === undefined || message === undefined) return undefined;
  const author = ownMember(answer, "author");
  const authoredAt = timeIn(author, "date") ?? timeIn(ownMember(answer, "committer"), "date") ?? 0;
  return { id, message, author: toPerson(author), authoredAt, isMerge: ownList(answer, "parents").length > 1 };
}

const statuses: ReadonlyMap<string, ReadPullRequest["status"]> = new Map([
  ["NEW", "OPEN"],
  // Before 2.15.
  ["DRAFT", "OPEN"],
  ["SUBMITTED", "OPEN"],
  ["MERGED", "MERGED"],
  ["ABANDONED", "DECLINED"],
]);

/** `ChangeInfo` with its current revision and labels. The commit of one that was merged is in the repository. */
export function toChange(answer: unknown, webUrl: string): HostPullRequest | undefined {
  const [number, updatedAt] = [countIn(answer, "_number"), timeIn(answer, "updated")];
  if (number === undefined || updatedAt === undefined) return undefined;
  const hash = hashIn(answer, "current_revision");
  const revision = hash === undefined ? undefined : ownMember(ownMember(answer, "revisions"), hash);
  const url = `${webUrl}/${number}`;
  const commit = toCommit(ownMember(revision, "commit"), hash);
  const status = statuses.get(textIn(answer, "status") ?? "") ?? "UNKNOWN";
  const pullRequest: ReadPullRequest = {
    ...{ id: String(number), displayId: String(number), title: lineIn(answer, "subject") ?? String(number), status, updatedAt, url },
    author: toPerson(ownMember(answer, "owner")),
    // A change has no branch of its own. People name topics as they name branches elsewhere.
    sourceBranch: lineIn(answer, "topic") ?? lineIn(revision, "ref") ?? `refs/changes/${String(number % 100).padStart(2, "0")}/${number}`,
    commentCount: countIn(answer, "total_comment_count") ?? 0,
    ...known({ description: commit?.message, destinationBranch: lineIn(answer, "branch") }),
    reviewers: reviewersOf(answer),
  };
  return status === "MERGED" && commit !== undefined ? { pullRequest, commits: [{ ...commit, url }] } : { pullRequest };
}

function reviewersOf(answer: unknown): NonNullable<ReadPullRequest["reviewers"]> {
  const approvers = approversOf(ownMember(ownMember(answer, "labels"), "Code-Review"));
  return ownList(ownMember(answer, "reviewers"), "REVIEWER").map((account) => ({
    ...toPerson(account),
    isApproved: approvers.has(countIn(account, "_account_id")),
  }));
}

/** Who gave the highest of the votes that there can be. */
function approversOf(label: unknown): ReadonlySet<number | undefined> {
  const values = ownMember(label, "values");
  const highest = Math.max(1, ...Object.keys(typeof values === "object" && values !== null ? values : {}).map(toVote));
  const voters = ownList(label, "all").filter((vote) => countIn(vote, "value") === highest);
  return new Set(voters.map((vote) => countIn(vote, "_account_id")).filter((id) => id !== undefined));
}

/** As `+2`, ` 0` and `-1`. */
function toVote(text: string): number {
  return /^\s?[+-]?\d{1,4}$/.test(text) ? Number(text) : 0;
}

function toPerson(account: unknown): ReadPerson {
  return person({ name: lineIn(account, "name"), email: lineIn(account, "email"), username: lineIn(account, "username") });
}

/** Gerrit's timestamps are in UTC, without saying so, and have nanoseconds: `2013-02-01 09:59:32.126000000`. */
function timeIn(answer: unknown, key: string): number | undefined {
  return parseIsoTime(`${(ownText(answer, key) ?? "").replace(" ", "T")}Z`);
}
