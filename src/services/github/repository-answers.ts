import type { HostedRepository, ReadCommit, ReadPerson, ReadPullRequest } from "../../core/repository-host.js";
import { ownList, ownMember } from "../../shared/own-member.js";
import { addressIn, countIn, hashIn, known, lineIn, person, refIn, textIn, timeIn } from "../../vocabulary/remote-members.js";
import type { HostBranch } from "../../vocabulary/repository-source.js";
import { repositoryName, type RepositoryName } from "./repository-name.js";

// What GitHub's REST API answers, in our words. Of what lacks something that is needed, nothing is made.

export function toRepository(answer: unknown): HostedRepository | undefined {
  const [id, name] = [countIn(answer, "id"), nameIn(answer)];
  const [root, url] = [addressIn(answer, "clone_url"), addressIn(answer, "html_url")];
  const address = root ?? url;
  if (id === undefined || name === undefined || address === undefined) return undefined;
  const description = lineIn(answer, "description");
  return { id: String(id), name: `${name.owner}/${name.repo}`, root: address, ...known({ url, description }) };
}

export function nameIn(answer: unknown): RepositoryName | undefined {
  return parseFullName(textIn(answer, "full_name") ?? "");
}

/** As `octo/hello`. Undefined for names that no repository can have. */
export function parseFullName(fullName: string): RepositoryName | undefined {
  const [owner, repo, ...others] = fullName.split("/");
  return others.length > 0 ? undefined : repositoryName(owner, repo);
}

/** Of a list of commits, or of a comparison. */
export function toCommit(answer: unknown): ReadCommit | undefined {
  const commit = ownMember(answer, "commit");
  const [id, message] = [hashIn(answer, "sha"), textIn(commit, "message")];
  if (id === undefined || message === undefined) return undefined;
  const author = ownMember(commit, "author");
  const authoredAt = timeIn(author, "date") ?? timeIn(ownMember(commit, "committer"), "date") ?? 0;
  return {
    ...{ id, message, authoredAt },
    author: { ...person({ name: lineIn(author, "name"), email: lineIn(author, "email") }), ...toPerson(ownMember(answer, "author")) },
    isMerge: ownList(answer, "parents").length > 1,
    ...known({ url: addressIn(answer, "html_url") }),
  };
}

/** @param webUrl of the repository */
export function toBranch(answer: unknown, webUrl: string | undefined): HostBranch | undefined {
  const [name, head] = [refIn(answer, "name"), hashIn(ownMember(answer, "commit"), "sha")];
  if (name === undefined || head === undefined) return undefined;
  return { name, head, ...known({ url: branchUrl(name, webUrl) }) };
}

/** The list of them does not count comments, and names only those reviewers who have not reviewed yet. */
export function toPullRequest(answer: unknown): ReadPullRequest | undefined {
  const [number, title, updatedAt] = [countIn(answer, "number"), lineIn(answer, "title"), timeIn(answer, "updated_at")];
  const [sourceBranch, url] = [refIn(ownMember(answer, "head"), "ref"), addressIn(answer, "html_url")];
  if (number === undefined || updatedAt === undefined || sourceBranch === undefined || url === undefined) return undefined;
  const destinationBranch = refIn(ownMember(answer, "base"), "ref");
  return {
    ...{ id: String(number), displayId: `#${number}`, title: title ?? `#${number}` },
    ...{ status: statusOf(answer), author: toPerson(ownMember(answer, "user")) },
    ...{ sourceBranch, commentCount: countIn(answer, "comments") ?? 0, updatedAt, url },
    ...known({ description: textIn(answer, "body"), destinationBranch }),
    reviewers: ownList(answer, "requested_reviewers").map((reviewer) => ({ ...toPerson(reviewer), isApproved: false })),
  };
}

function statusOf(answer: unknown): ReadPullRequest["status"] {
  const state = textIn(answer, "state");
  if (state === "open") return ownMember(answer, "draft") === true ? "DRAFT" : "OPEN";
  if (state !== "closed") return "UNKNOWN";
  return textIn(answer, "merged_at") === undefined ? "DECLINED" : "MERGED";
}

function toPerson(account: unknown): ReadPerson {
  return person({ username: lineIn(account, "login"), url: addressIn(account, "html_url") });
}

/** A branch's page. Slashes of its name stay. @param webUrl of the repository */
export function branchUrl(name: string, webUrl: string | undefined): string | undefined {
  return webUrl === undefined ? undefined : `${webUrl}/tree/${name.split("/").map(encodeURIComponent).join("/")}`;
}
