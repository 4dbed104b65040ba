import type { ServiceContext } from "../../core/service.js";
import { sleep, type Clock } from "../../shared/clock.js";
import type { GitHubEvent, IssueChanged, PullRequestChanged } from "./events.js";
import type { View } from "./messages.js";
import type { IssueReader } from "./remote.js";
import type { GitHubConfig } from "./schema.js";
import type { RepositoryState } from "./state-schema.js";

/** Who closes an issue with some words has just written them, or writes them in the same moment. */
const commentBeforeMs = 120_000;
const commentAfterMs = 5_000;
/** Look-ups for many rooms wait for each other, and words that do not come in half a minute are given up with their message. */
const longestLookUpMs = 15_000;
/** Lines of a diff that are shown unless the state says otherwise (Hookshot reference 2.3). */
const usualDiffLines = 30;
/** Characters of a diff: a single line of a generated file may be longer than an event. */
const longestDiff = 16_384;

/** Whether a message can only be worded after GitHub was asked. */
export function needsLookUp(event: GitHubEvent, state: RepositoryState): boolean {
  return hasComment(event) || showsDiff(event, state);
}

/** What GitHub says to it. A look-up that fails or takes long leaves its part out: the message itself must come (reference 2.3). */
export async function lookUp(
  event: GitHubEvent,
  state: RepositoryState,
  { reader, clock }: { readonly reader: IssueReader; readonly clock: Clock },
  context: ServiceContext<GitHubConfig>,
): Promise<Pick<View, "comment" | "diff">> {
  try {
    const found = await Promise.race([ask(event, state, reader, context), sleep(clock, longestLookUpMs)]);
    if (found === undefined) throw new Error(`it took longer than ${longestLookUpMs / 1_000} seconds`);
    return found;
  } catch (error) {
    context.log.info({ error, event: event.name }, "What belongs to a message could not be looked up at GitHub, so it goes without");
    return {};
  }
}

async function ask(
  event: GitHubEvent,
  state: RepositoryState,
  reader: IssueReader,
  context: ServiceContext<GitHubConfig>,
): Promise<Pick<View, "comment" | "diff">> {
  if (hasComment(event)) return findComment(event, reader, context);
  return showsDiff(event, state) ? { diff: cutDiff(await findDiff(event, reader, context), state) } : {};
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
