import type { HostedRepository, ReadCommit, ReadPerson, ReadPullRequest } from "../../core/repository-host.js";
import { ownList, ownMember } from "../../shared/own-member.js";
import { addressIn, countIn, cut, hashIn, known, lineIn, person, refIn, textIn, timeIn } from "../../vocabulary/remote-members.js";
import type { HostBranch } from "../../vocabulary/repository-source.js";

// What GitLab's API answers, in our words; versions 3 and 4 name things alike. Of what lacks something that is needed, nothing is made.

export function toRepository(answer: unknown): HostedRepository | undefined {
  const [id, name, url] = [countIn(answer, "id"), lineIn(answer, "path_with_namespace"), addressIn(answer, "web_url")];
  const root = addressIn(answer, "http_url_to_repo") ?? url;
  if (id === undefined || name === undefined || root === undefined) return undefined;
  return { id: String(id), name, root, ...known({ url, description: lineIn(answer, "description") }) };
}

/** @param webUrl of the project */
export function toCommit(answer: unknown, webUrl: string | undefined): ReadCommit | undefined {
  const id = hashIn(answer, "id");
  // Before 8.2 there was no more of it than its title.
  const message = textIn(answer, "message") ?? textIn(answer, "title");
  if (id === undefined || message === undefined) return undefined;
  const made = webUrl === undefined ? undefined : `${webUrl}/commit/${id}`;
  return {
    ...{ id, message },
    author: person({ name: lineIn(answer, "author_name"), email: lineIn(answer, "author_email") }),
    authoredAt: timeIn(answer, "authored_date") ?? timeIn(answer, "committed_date") ?? timeIn(answer, "created_at") ?? 0,
    isMerge: ownList(answer, "parent_ids").length > 1,
    ...known({ url: addressIn(answer, "web_url") ?? made }),
  };
}

/** Characters of a message that stay with a branch: all branches are held at once, and more than that is not shown of any. */
const longestBranchMessage = 1_024;

/** @param webUrl of the project */
export function toBranch(answer: unknown, webUrl: string | undefined): HostBranch | undefined {
  const [name, commit] = [refIn(answer, "name"), toCommit(ownMember(answer, "commit"), webUrl)];
  if (name === undefined || commit === undefined) return undefined;
  const lastCommit = { ...commit, message: cut(commit.message, longestBranchMessage) };
  const made = webUrl === undefined ? undefined : `${webUrl}/tree/${name.split("/").map(encodeURIComponent).join("/")}`;
  const isMerged = ownMember(answer, "merged") === true ? ({ isMerged: true } as const) : {};
  return { name, head: lastCommit.id, lastCommit, ...isMerged, ...known({ url: addressIn(answer, "web_url") ?? made }) };
}

const statuses: ReadonlyMap<string, ReadPullRequest["status"]> = new Map([
  ["opened", "OPEN"],
  ["reopened", "OPEN"],
  // While it is being merged.
  ["locked", "OPEN"],
  ["merged", "MERGED"],
  ["closed", "DECLINED"],
]);

/** @param webUrl of the project */
export function toPullRequest(answer: unknown, webUrl: string | undefined): ReadPullRequest | undefined {
  const [number, updatedAt, sourceBranch] = [countIn(answer, "iid"), timeIn(answer, "updated_at"), refIn(answer, "source_branch")];
  const url = addressIn(answer, "web_url") ?? (webUrl === undefined ? undefined : `${webUrl}/merge_requests/${number ?? ""}`);
  if (number === undefined || updatedAt === undefined || sourceBranch === undefined || url === undefined) return undefined;
  return {
    ...{ id: String(number), displayId: `!${number}`, title: lineIn(answer, "title") ?? `!${number}`, sourceBranch, updatedAt, url },
    status: statuses.get(textIn(answer, "state") ?? "") ?? "UNKNOWN",
    author: toPerson(ownMember(answer, "author")),
    commentCount: countIn(answer, "user_notes_count") ?? 0,
    ...known({ description: textIn(answer, "description"), destinationBranch: refIn(answer, "target_branch") }),
    // Who approved, the list does not tell.
    reviewers: ownList(answer, "reviewers").map((reviewer) => ({ ...toPerson(reviewer), isApproved: false })),
  };
}

function toPerson(account: unknown): ReadPerson {
  return person({ name: lineIn(account, "name"), username: lineIn(account, "username"), url: addressIn(account, "web_url") });
}
