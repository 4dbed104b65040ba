import type { RepositorySlice } from "../core/repository-host.js";
import { readBranches } from "./read-branches.js";
import { readPullRequests } from "./read-pull-requests.js";
import { ReadingProgress } from "./reading-progress.js";
import { known } from "./remote-members.js";
import type { ReadPart, RepositorySource } from "./repository-source.js";

/** Things in a slice, from which on it is handed over. A page more may be in it. */
const sliceSize = 200;

/**
 * Reads a repository of a host with an API: branches and the commits of each up to where it was read before, then pull requests from the newest
 * back to where they were read before, then tags. Interrupted, it goes on with the next page. Without news it takes a handful of requests, however
 * many commits there are.
 * @param now milliseconds since the epoch
 */
export async function* readRepository(
  source: RepositorySource,
  cursor: string | undefined,
  now: () => number,
): AsyncGenerator<RepositorySlice> {
  const progress = ReadingProgress.from(cursor);
  const totals = await source.totals();
  const branches = await source.branches();
  yield* inSlices(readBranches(source, branches, { progress, totals }), progress);
  yield* inSlices(readPullRequests(source, { progress, totals, now }), progress);
  const allTags = await source.tags();
  const allBranches = branches.map(({ name }) => name);
  progress.keepBranches(new Set(allBranches));
  yield { allBranches, allTags, totals, cursor: progress.toCursor(), percent: 100 };
}

/** What came before a failure is handed over, too: the next time goes on behind it. */
async function* inSlices(parts: AsyncIterable<ReadPart>, progress: ReadingProgress): AsyncGenerator<RepositorySlice> {
  let held: readonly ReadPart[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const part of parts) {
      held = [...held, part];
      if (sizeOf(held) < sliceSize) continue;
      yield toSlice(held, progress);
      held = [];
    }
  } catch (error) {
    failure = { error };
  }
  if (sizeOf(held) > 0) yield toSlice(held, progress);
  if (failure !== undefined) throw failure.error;
}

function sizeOf(parts: readonly ReadPart[]): number {
  return all(parts, "commits").length + all(parts, "branches").length + all(parts, "pullRequests").length;
}

function toSlice(parts: readonly ReadPart[], progress: ReadingProgress): RepositorySlice {
  const [commits, branches, pullRequests] = [all(parts, "commits"), all(parts, "branches"), all(parts, "pullRequests")];
  const things = known({
    commits: orNone(commits),
    branches: orNone(branches),
    pullRequests: orNone(pullRequests),
  });
  return { ...things, cursor: progress.toCursor(), percent: progress.percent };
}

function all<K extends keyof ReadPart>(parts: readonly ReadPart[], kind: K): NonNullable<ReadPart[K]>[number][] {
  return parts.flatMap((part): readonly NonNullable<ReadPart[K]>[number][] => part[kind] ?? []);
}

function orNone<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
