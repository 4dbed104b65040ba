import type { ReadCommit } from "../core/repository-host.js";
import type { CommitWalk, ReadingProgress } from "./reading-progress.js";
import { known } from "./remote-members.js";
import type { CommitRange, HostBranch, ReadPart, RepositorySource, Totals } from "./repository-source.js";

interface Reading {
  readonly progress: ReadingProgress;
  readonly totals: Totals;
}

/** What is done of a run once all branches are read, and once the default one is. */
const donePercent = 70;
const defaultDonePercent = 60;

/** Branches that moved since they were read, each with its new commits. @param branches the default one first */
export async function* readBranches(
  source: RepositorySource,
  branches: readonly HostBranch[],
  { progress, totals }: Reading,
): AsyncGenerator<ReadPart> {
  const [main] = branches;
  for (const [index, branch] of interruptedFirst(branches, progress.walk).entries()) {
    if (progress.heads.get(branch.name) !== branch.head)
      for await (const part of readBranch(source, branch, main, progress)) {
        if (branch === main) progress.reach((defaultDonePercent * (progress.walk?.read ?? 0)) / Math.max(totals.commits ?? Infinity, 1));
        yield part;
      }
    progress.reach(defaultDonePercent + ((donePercent - defaultDonePercent) * index) / branches.length);
  }
  // Of a branch that is gone.
  progress.walk = undefined;
}

function interruptedFirst(branches: readonly HostBranch[], walk: CommitWalk | undefined): readonly HostBranch[] {
  const interrupted = branches.find(({ name }) => name === walk?.name);
  return interrupted === undefined ? branches : [interrupted, ...branches.filter((branch) => branch !== interrupted)];
}

async function* readBranch(
  source: RepositorySource,
  branch: HostBranch,
  main: HostBranch | undefined,
  progress: ReadingProgress,
): AsyncGenerator<ReadPart> {
  const { isComplete, headCommit } = yield* readNewCommits(source, branch, main, progress);
  const lastCommit = branch.lastCommit ?? headCommit ?? (isComplete ? await source.commit(branch.head) : undefined);
  // Else it moved or went while it was read: the next time sees what became of it.
  if (!isComplete || lastCommit === undefined) return;
  progress.finish(branch);
  yield { branches: [{ name: branch.name, lastCommit, ...known({ url: branch.url }) }] };
}

interface Walked {
  /** Everything up to the head was read. */
  readonly isComplete: boolean;
  /** The last commit, if it came by. */
  readonly headCommit?: ReadCommit;
}

async function* readNewCommits(
  source: RepositorySource,
  branch: HostBranch,
  main: HostBranch | undefined,
  progress: ReadingProgress,
): AsyncGenerator<ReadPart, Walked> {
  const interrupted = progress.walk?.name === branch.name ? progress.walk : undefined;
  const walked = interrupted === undefined ? undefined : yield* walkOn(source, interrupted, progress);
  if (walked !== undefined && interrupted?.head === branch.head) return walked;
  // The default branch may not be read yet: one that was interrupted goes first.
  const mainHead = main === undefined ? undefined : progress.heads.get(main.name);
  const isWithinMain = branch.isMerged === true && branch !== main && mainHead === main?.head;
  if (progress.hasRead(branch.head) || isWithinMain) return { isComplete: true };
  const walkedHead = walked?.isComplete === true ? interrupted?.head : undefined;
  const read = [walkedHead, progress.heads.get(branch.name), mainHead].filter((base) => base !== undefined);
  const bases = [...new Set(read)].filter((base) => base !== branch.head);
  return yield* walkOn(source, { name: branch.name, head: branch.head, bases, read: 0 }, progress);
}

/** A page at a time, up to the last one. Its last state stays in the progress: that the branch is read, only its caller knows. */
async function* walkOn(source: RepositorySource, begun: CommitWalk, progress: ReadingProgress): AsyncGenerator<ReadPart, Walked> {
  let headCommit: ReadCommit | undefined;
  let walk = begun;
  for (;;) {
    progress.walk = walk;
    const page = await source.commits(rangeOf(walk), walk.position);
    if (page === undefined) {
      const { name, head, bases } = walk;
      if (bases.length === 0) return { isComplete: false };
      // The host forgot the base, or the branch has nothing in common with it.
      walk = { name, head, bases: bases.slice(1), read: 0 };
      continue;
    }
    headCommit ??= page.items.find(({ id }) => id === begun.head);
    walk = { ...walk, read: walk.read + page.items.length, ...known({ position: page.next }) };
    progress.walk = walk;
    if (page.items.length > 0) yield { commits: page.items };
    if (page.next === undefined) return { isComplete: true, ...known({ headCommit }) };
  }
}

function rangeOf({ head, bases: [base] }: CommitWalk): CommitRange {
  return { head, ...known({ base }) };
}
