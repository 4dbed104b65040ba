import type { ReadBranch, ReadCommit, RepositorySlice } from "../../core/repository-host.js";
import { markOf, readCursor, stateOf, writeCursor, type Progress } from "./cursor.js";
import { brokenRepository } from "./failures.js";
import type { OpenRepository } from "./open-repository.js";

const commitsPerSlice = 500;
const branchesPerSlice = 200;

/** Commits that a cursor names in the middle of a run. Where histories lie side by side by the thousand, an older cursor has to do. */
const mostNamed = 10_000;

/**
 * What is new in a repository: commits from the oldest to the newest, then branches whose heads are others, and at last what there is in all.
 * A run that was stopped goes on behind its last slice. Where nothing is new there is no slice, and git is not started.
 * @throws RemoteError
 */
export async function* readRepository(repository: OpenRepository, cursor: string | undefined): AsyncGenerator<RepositorySlice> {
  const { refs } = repository;
  const before = readCursor(cursor, refs.hashLength);
  if (before.state === stateOf(refs, refs.heads)) return;
  const run = new Run(repository, before);
  yield* run.commits();
  yield* run.branches();
  // Where a branch is damaged, each run looks whether it still is, and is nothing new as long as it is.
  if (before.state !== run.state) yield run.end();
}

type Branch = readonly [name: string, head: string];

class Run {
  readonly #repository: OpenRepository;
  readonly #changed: readonly Branch[];
  /** Of branches whose last commits were read. */
  readonly #marks: Set<string>;
  /** See `Progress`. */
  readonly #read: Set<string>;
  #heads: readonly string[];
  /** What the next cursor says of commits. */
  #saved: ReadonlySet<string>;
  /** Commits in all. */
  #total = 0;
  #done = 0;
  #expected: number;

  constructor(repository: OpenRepository, before: Progress) {
    const { branches, heads } = repository.refs;
    this.#repository = repository;
    this.#marks = new Set([...branches].map(([name, head]) => markOf(name, head)).filter((mark) => before.branches.has(mark)));
    this.#changed = [...branches].filter(([name, head]) => !this.#marks.has(markOf(name, head)));
    this.#read = new Set(before.read);
    this.#saved = before.read;
    this.#heads = heads;
    this.#expected = this.#changed.length;
  }

  async *commits(): AsyncGenerator<RepositorySlice> {
    if (this.#heads.length === 0) return;
    await this.#passOverMissing();
    const list = await this.#repository.listCommits(this.#heads, this.#read);
    this.#expected += list.length;
    try {
      // Not from what was read before: where clocks went wrong git may list more than is new, for it goes by dates (rev-list, "slop").
      this.#total = this.#read.size === 0 ? list.length : await this.#repository.countCommits(this.#heads);
      for (let from = 0; from < list.length; from += commitsPerSlice) {
        yield this.#slice({ commits: await this.#readCommits(await list.slice(from, commitsPerSlice)) });
      }
    } finally {
      await list.close();
    }
  }

  async *branches(): AsyncGenerator<RepositorySlice> {
    for (let from = 0; from < this.#changed.length; from += branchesPerSlice) {
      const branches = await this.#readBranches(this.#changed.slice(from, from + branchesPerSlice));
      if (branches.length > 0) yield this.#slice({ branches });
    }
  }

  get state(): string {
    return stateOf(this.#repository.refs, this.#heads);
  }

  end(): RepositorySlice {
    const { refs } = this.#repository;
    this.#saved = new Set(this.#heads);
    const content = { allBranches: [...refs.branches.keys()], allTags: refs.tags };
    return { ...content, totals: { commits: this.#total }, cursor: this.#cursor(this.state), percent: 100 };
  }

  /** Commits that were read may have been rewritten and collected since; a head that is damaged hides no other. */
  async #passOverMissing(): Promise<void> {
    const there = await this.#repository.commitsAmong([...new Set([...this.#heads, ...this.#read])]);
    this.#heads = this.#heads.filter((head) => there.has(head));
    if (this.#heads.length === 0) throw brokenRepository("no commit that its branches name is there: it is damaged, or incomplete");
    for (const hash of [...this.#read]) if (!there.has(hash)) this.#read.delete(hash);
  }

  async #readCommits(hashes: readonly string[]): Promise<readonly ReadCommit[]> {
    const commits: ReadCommit[] = [];
    for await (const { commit, parents } of this.#repository.commits(hashes)) {
      parents.forEach((parent) => this.#read.delete(parent));
      this.#read.add(commit.id);
      commits.push(commit);
    }
    if (commits.length < hashes.length) throw brokenRepository("commits of it were deleted while it was read");
    this.#done += commits.length;
    if (this.#read.size <= mostNamed) this.#saved = new Set(this.#read);
    return commits;
  }

  async #readBranches(branches: readonly Branch[]): Promise<readonly ReadBranch[]> {
    const commits = new Map<string, ReadCommit>();
    for await (const { commit } of this.#repository.commits([...new Set(branches.map(([, head]) => head))])) commits.set(commit.id, commit);
    this.#done += branches.length;
    return branches.flatMap(([name, head]): readonly ReadBranch[] => {
      const lastCommit = commits.get(head);
      if (lastCommit === undefined) return [];
      this.#marks.add(markOf(name, head));
      return [{ name, lastCommit }];
    });
  }

  #slice(content: Pick<RepositorySlice, "commits" | "branches">): RepositorySlice {
    const percent = Math.floor((99 * this.#done) / this.#expected);
    return { ...content, totals: { commits: this.#total }, cursor: this.#cursor(""), percent };
  }

  #cursor(state: string): string {
    return writeCursor({ read: this.#saved, branches: this.#marks, state }, this.#repository.refs.hashLength);
  }
}
