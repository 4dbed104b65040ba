import type { ServiceContext } from "../../core/service.js";
import type { GitHubEvent, IssueChanged, PullRequestChanged } from "./events.js";
import type { View } from "./messages.js";
import type { IssueReader } from "./remote.js";
import type { GitHubConfig } from "./schema.js";
import type { RepositoryState } from "./state-schema.js";

/** Who closes an issue with some words has just written them, or writes them in the same moment. */
const commentBeforeMs = 120_000;
const commentAfterMs = 5_000;
/** Lines of a diff that are shown unless the state says otherwise (Hookshot reference 2.3). */
const usualDiffLines = 30;
/** Characters of a diff: a single line of a generated file may be longer than an event. */
const longestDiff = 16_384;

/** Whether a message can only be worded after GitHub was asked. */
export function needsLookUp(event: GitHubEvent, state: RepositoryState): boolean {
  return hasComment(event) || showsDiff(event, state);
}

/** What GitHub says to it. A look-up that fails leaves its part out: the message itself must come (reference 2.3). */
export async function lookUp(
  event: GitHubEvent,
  state: RepositoryState,
  reader: IssueReader,
  context: ServiceContext<GitHubConfig>,
): Promise<Pick<View, "comment" | "diff">> {
  try {
    if (hasComment(event)) return { ...(await findComment(event, reader, context)) };
    if (showsDiff(event, state)) return { diff: cutDiff(await findDiff(event, reader, context), state) };
  } catch (error) {
    context.log.info({ error, event: event.name }, "What belongs to a message could not be looked up at GitHub, so it goes without");
  }
  return {};
}

type WithInstallation = IssueChanged | PullRequestChanged;

/** Only the App may look: without its installation there is nothing to ask. */
function hasComment(event: GitHubEvent): event is WithInstallation & { readonly installationId: number } {
  if (event.installationId === undefined) return false;
  if (event.name === "issues.closed" || event.name === "issues.reopened") return true;
  return event.name === "pull_request.closed" && !event.issue.isMerged;
}

function showsDiff(event: GitHubEvent, { prDiff }: RepositoryState): event is PullRequestChanged {
  return event.name === "pull_request.opened" && prDiff?.enabled === true;
}

async function findComment(
  { repository, issue, sender, installationId }: WithInstallation & { readonly installationId: number },
  reader: IssueReader,
  context: ServiceContext<GitHubConfig>,
): Promise<Pick<View, "comment">> {
  const at = issue.updatedAt ?? context.now();
  const span = { since: at - commentBeforeMs, until: at + commentAfterMs };
  const { owner, repo } = repository;
  const comment = await reader.lastCommentBy({ installationId, owner, repo, number: issue.number, login: sender, ...span }, context);
  return comment === undefined ? {} : { comment };
}

function findDiff(
  { repository: { owner, repo }, issue: { number }, installationId }: PullRequestChanged,
  reader: IssueReader,
  context: ServiceContext<GitHubConfig>,
): Promise<string> {
  return reader.diff({ owner, repo, number, ...(installationId === undefined ? {} : { installationId }) }, context);
}

function cutDiff(diff: string, { prDiff }: RepositoryState): string {
  const lines = diff.replace(/\r?\n$/, "").split("\n");
  const cut = lines.slice(0, Math.floor(prDiff?.maxLines ?? usualDiffLines)).join("\n");
  return cut.length <= longestDiff ? cut : `${cut.slice(0, longestDiff).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
