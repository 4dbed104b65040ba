import type { ReadCommit, ReadPullRequest } from "../../core/repository-host.js";
import { ownList, ownMember } from "../../shared/own-member.js";
import { addressIn, countIn, hashIn, known, lineIn, person, textIn, timeIn } from "../../vocabulary/remote-members.js";
import { toPullRequest } from "./repository-answers.js";

/** As many as GitHub sends in a push (documentation "Webhook events and payloads", `push`). */
const mostCommits = 2_048;

/** Each once, in GitHub's order. A push does not tell which of them are merges. */
export function pushedCommits(payload: object): readonly ReadCommit[] {
  const commits = ownList(payload, "commits").slice(0, mostCommits).flatMap(toPushedCommit);
  return [...new Map(commits.map((commit) => [commit.id, commit])).values()];
}

/** The last commit of the branch that was pushed. */
export function headOf(payload: object): ReadCommit | undefined {
  return toPushedCommit(ownMember(payload, "head_commit"))[0];
}

function toPushedCommit(entry: unknown): readonly [] | readonly [ReadCommit] {
  const [id, message] = [hashIn(entry, "id"), textIn(entry, "message")];
  if (id === undefined || message === undefined) return [];
  const author = ownMember(entry, "author");
  const named = { name: lineIn(author, "name"), email: lineIn(author, "email"), username: lineIn(author, "username") };
  return [
    {
      ...{ id, message, author: person(named), isMerge: false, fileCount: countFiles(entry) },
      authoredAt: Math.max(timeIn(entry, "timestamp") ?? 0, 0),
      ...known({ url: addressIn(entry, "url") }),
    },
  ];
}

function countFiles(commit: unknown): number {
  return new Set(["added", "removed", "modified"].flatMap((list) => ownList(commit, list))).size;
}

/** Comments on its lines are counted apart. */
export function toToldPullRequest(payload: unknown): ReadPullRequest | undefined {
  const pull = toPullRequest(payload);
  return pull === undefined ? undefined : { ...pull, commentCount: pull.commentCount + (countIn(payload, "review_comments") ?? 0) };
}
