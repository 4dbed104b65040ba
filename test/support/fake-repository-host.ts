import type {
  HostAccess,
  HostedRepository,
  ReadBranch,
  ReadCommit,
  ReadPullRequest,
  RepositoryHost,
  RepositorySlice,
} from "../../src/core/repository-host.js";

/** Where a read is, as the host writes it into its cursor. */
interface Place {
  readonly commits: number;
  /** The repository's version up to which all else was read. */
  readonly version: number;
}

/** A repository that a test fills and changes. */
export class FakeRepository {
  readonly hosted: HostedRepository;
  readonly commits: ReadCommit[] = [];
  readonly branches = new Map<string, ReadBranch>();
  readonly pulls = new Map<string, { readonly pull: ReadPullRequest; readonly version: number }>();
  tags: string[] = [];
  version = 0;

  constructor(hosted: HostedRepository) {
    this.hosted = hosted;
  }

  /** Adds commits; `{n}` in the message is replaced by their number. */
  commit(count: number, message: string): void {
    for (let added = 0; added < count; added += 1) {
      const number = this.commits.length + 1;
      this.commits.push(commitOf(number.toString(16).padStart(40, "0"), message.replaceAll("{n}", String(number))));
    }
  }

  branch(name: string): void {
    this.version += 1;
    this.branches.set(name, { name, lastCommit: this.commits.at(-1) ?? commitOf("0".repeat(40), "nothing") });
  }

  deleteBranch(name: string): void {
    this.version += 1;
    this.branches.delete(name);
  }

  pull(id: string, given: Partial<ReadPullRequest>): void {
    this.version += 1;
    const pull: ReadPullRequest = {
      ...{ id, displayId: `#${id}`, title: "a pull request", status: "OPEN", author: { name: "Ann" }, sourceBranch: "topic" },
      ...{ commentCount: 0, updatedAt: this.version, url: `https://git.example/pulls/${id}`, ...given },
    };
    this.pulls.set(id, { pull, version: this.version });
  }

  tag(...names: readonly string[]): void {
    this.version += 1;
    this.tags.push(...names);
  }
}

export function commitOf(id: string, message: string): ReadCommit {
  return { id, message, author: { name: "Ann", email: "ann@example.org" }, authoredAt: Date.UTC(2025, 0, 1), isMerge: false };
}

/** A host whose repositories lie in memory. It gives three things in a slice, and what it gave last once more in the next. */
export class FakeRepositoryHost implements RepositoryHost {
  readonly repositories = new Map<string, FakeRepository>();
  /** What was read, by name of the repository, with the cursor from which it was. */
  readonly reads: (readonly [name: string, cursor: string | undefined])[] = [];
  readonly remotes: HostAccess["remote"][] = [];
  listings = 0;
  /** Called before each repository of a listing and after the last one, with how many came. */
  onList: (count: number) => Promise<void> | void = () => undefined;
  /** Called before each slice, with the name of the repository and the slice's number in its run. */
  onSlice: (name: string, number: number, access: HostAccess) => Promise<void> | void = () => undefined;

  add(name: string, others: Partial<HostedRepository> = {}): FakeRepository {
    const repository = new FakeRepository({
      id: name,
      name,
      root: `https://git.example/${name}.git`,
      url: `https://git.example/${name}`,
      ...others,
    });
    this.repositories.set(repository.hosted.id, repository);
    return repository;
  }

  async *list({ remote }: HostAccess): AsyncIterable<HostedRepository> {
    this.listings += 1;
    this.remotes.push(remote);
    let count = 0;
    for (const { hosted } of [...this.repositories.values()]) {
      await this.onList(count);
      count += 1;
      yield hosted;
    }
    await this.onList(count);
  }

  async *read({ id }: HostedRepository, cursor: string | undefined, access: HostAccess): AsyncIterable<RepositorySlice> {
    const repository = this.repositories.get(id);
    if (repository === undefined) throw new Error("There is no such repository");
    this.reads.push([repository.hosted.name, cursor]);
    const from: Place = cursor === undefined ? { commits: 0, version: 0 } : (JSON.parse(cursor) as Place);
    let number = 0;
    for (const slice of slicesOf(repository, from)) {
      await this.onSlice(repository.hosted.name, number, access);
      number += 1;
      yield slice;
    }
  }
}

const sliceSize = 3;

function* slicesOf(repository: FakeRepository, from: Place): Generator<RepositorySlice> {
  const total = repository.commits.length;
  for (let start = from.commits; start < total; start += sliceSize) {
    const end = Math.min(start + sliceSize, total);
    const again = start === from.commits ? [] : repository.commits.slice(start - 1, start);
    const cursor = JSON.stringify({ commits: end, version: from.version });
    yield { commits: [...again, ...repository.commits.slice(start, end)], cursor, percent: (90 * end) / total };
  }
  if (from.version === repository.version) return;
  const pulls = [...repository.pulls.values()].filter(({ version }) => version > from.version).map(({ pull }) => pull);
  yield {
    branches: [...repository.branches.values()],
    pullRequests: pulls,
    allBranches: [...repository.branches.keys()],
    allTags: repository.tags,
    cursor: JSON.stringify({ commits: total, version: repository.version }),
    percent: 100,
  };
}
