import { createHash } from "node:crypto";

export interface StandInCommit {
  readonly hash: string;
  readonly message: string;
  readonly parents: readonly string[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface StandInPull {
  readonly number: number;
  readonly title: string;
  readonly source: string;
  state: "open" | "merged" | "closed";
  /** Milliseconds since the epoch. */
  updatedAt: number;
  /** What it brings. */
  readonly hash: string;
}

const start = Date.UTC(2026, 0, 1);

/** NOT GIT: commits, branches, tags and pull requests in memory, as hosts with an API show them. Time goes on by a minute with all that happens. */
export class HostedRepositoryModel {
  readonly id: number;
  /** As `octo/hello`. */
  name: string;
  defaultBranch = "main";
  readonly branches = new Map<string, string>();
  readonly tags: string[] = [];
  readonly pulls: StandInPull[] = [];
  readonly #commits = new Map<string, StandInCommit>();
  #ticks = 0;

  constructor(id: number, name: string) {
    this.id = id;
    this.name = name;
  }

  get now(): number {
    return start + this.#ticks * 60_000;
  }

  /** @returns its hash */
  commit(
    branch: string,
    message: string,
    { parents = [this.branches.get(branch)] }: { parents?: readonly (string | undefined)[] } = {},
  ): string {
    this.#ticks += 1;
    const hash = createHash("sha1").update(`${this.id} ${this.#ticks} ${message}`).digest("hex");
    this.#commits.set(hash, { hash, message, parents: parents.filter((parent) => parent !== undefined), at: this.now });
    this.branches.set(branch, hash);
    return hash;
  }

  commits(branch: string, count: number, word = "Work"): void {
    for (let index = 1; index <= count; index += 1) this.commit(branch, `PLAY-${index} ${word}`);
  }

  branch(name: string, from = this.defaultBranch): void {
    this.branches.set(name, this.head(from));
  }

  merge(from: string, into = this.defaultBranch): void {
    this.commit(into, `Merge ${from}`, { parents: [this.head(into), this.head(from)] });
  }

  /** @throws TypeError when there is none */
  head(branch: string): string {
    const head = this.branches.get(branch);
    if (head === undefined) throw new TypeError(`The stand-in has no branch ${branch}`);
    return head;
  }

  /** What no branch reaches is gone, as after a while at every host. */
  prune(): void {
    const kept = new Set([...this.branches.values()].flatMap((head) => this.log(head) ?? []).map(({ hash }) => hash));
    for (const hash of this.#commits.keys()) if (!kept.has(hash)) this.#commits.delete(hash);
  }

  find(hash: string): StandInCommit | undefined {
    return this.#commits.get(hash);
  }

  /** The newest first; without what is reachable from `base`. Undefined where one of the two is not known. */
  log(head: string, base?: string): readonly StandInCommit[] | undefined {
    if (!this.#commits.has(head) || (base !== undefined && !this.#commits.has(base))) return undefined;
    const without = base === undefined ? new Set<string>() : this.#reachable(base);
    const found = [...this.#reachable(head)].filter((hash) => !without.has(hash)).flatMap((hash) => this.#commits.get(hash) ?? []);
    return found.sort((left, right) => right.at - left.at);
  }

  isMerged(branch: string): boolean {
    return branch !== this.defaultBranch && this.#reachable(this.head(this.defaultBranch)).has(this.head(branch));
  }

  /** Whether two commits have an ancestor in common. */
  areRelated(left: string, right: string): boolean {
    const others = this.#reachable(right);
    return [...this.#reachable(left)].some((hash) => others.has(hash));
  }

  pull(title: string, source = "feature"): StandInPull {
    this.#ticks += 1;
    const hash = this.branches.get(source) ?? "f".repeat(40);
    const pull: StandInPull = { number: this.pulls.length + 1, title, source, state: "open", updatedAt: this.now, hash };
    this.pulls.push(pull);
    return pull;
  }

  update(pull: StandInPull, state = pull.state): void {
    this.#ticks += 1;
    Object.assign(pull, { state, updatedAt: this.now });
  }

  /** The one that was updated last first. */
  pullsByUpdate(since = 0): readonly StandInPull[] {
    return this.pulls.filter(({ updatedAt }) => updatedAt >= since).sort((left, right) => right.updatedAt - left.updatedAt);
  }

  #reachable(head: string): ReadonlySet<string> {
    const found = new Set<string>();
    const waiting = [head];
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      if (found.has(hash)) continue;
      found.add(hash);
      waiting.push(...(this.#commits.get(hash)?.parents ?? []));
    }
    return found;
  }
}

/** Entries of a page; pages count from 1. */
export function pageOf<T>(items: readonly T[], page: number, size: number): readonly T[] {
  return items.slice((page - 1) * size, page * size);
}
