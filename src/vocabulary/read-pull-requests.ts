import type { PullRequestWalk, ReadingProgress } from "./reading-progress.js";
import type { HostPullRequest, ReadPart, RepositorySource, Totals } from "./repository-source.js";

interface Reading {
  readonly progress: ReadingProgress;
  readonly totals: Totals;
  readonly now: () => number;
}

/** Milliseconds: what was updated at the same time as the newest one may show a little later. */
const overlapMs = 10 * 60_000;

/** What is done of a run when this begins, and when it ends. */
const beganPercent = 70;
const donePercent = 99;

/**
 * From the newest back to those that were read before. What is updated meanwhile comes to the front, where the next time finds it; everything else
 * moves back, so that a page may bring some of the former one's again, and none is left out.
 */
export async function* readPullRequests(source: RepositorySource, { progress, totals, now }: Reading): AsyncGenerator<ReadPart> {
  const until = progress.pullRequestsUntil;
  const since = until === undefined ? undefined : Math.max(until - overlapMs, 0);
  for (;;) {
    const walk = progress.pullRequestWalk;
    const { items, next } = await source.pullRequests(since, walk?.position);
    const fresh = items.filter(({ pullRequest }) => pullRequest.updatedAt >= (since ?? 0));
    const newest = walk?.newest ?? newestOf(items);
    const read = (walk?.read ?? 0) + items.length;
    const isOver = next === undefined || fresh.length < items.length;
    progress.reach(beganPercent + ((donePercent - beganPercent) * read) / Math.max(totals.pullRequests ?? Infinity, 1));
    progress.pullRequestWalk = isOver ? undefined : toWalk(next, read, newest);
    // A host whose clock is ahead, or that names any time at all, must not make us pass over what comes later.
    if (isOver && newest !== undefined) progress.pullRequestsUntil = Math.min(newest, now());
    yield { pullRequests: fresh.map(({ pullRequest }) => pullRequest), commits: fresh.flatMap(({ commits = [] }) => commits) };
    if (isOver) return;
  }
}

function newestOf(items: readonly HostPullRequest[]): number | undefined {
  return items.length === 0 ? undefined : Math.max(...items.map(({ pullRequest }) => pullRequest.updatedAt), 0);
}

function toWalk(position: number, read: number, newest: number | undefined): PullRequestWalk {
  return { position, read, ...(newest === undefined ? {} : { newest }) };
}
