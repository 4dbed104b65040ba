import { ownList, ownMember } from "../shared/own-member.js";
import { countIn, hashIn, isHash, isRef, refIn } from "./remote-members.js";

// How far a git host's repository was read, and its form as a cursor. Names of branches are foreign text, so they are never keys of objects.

/** Of other forms nothing is understood: everything is read again. */
const version = 1;

/** Commits that are being read, page by page. */
export interface CommitWalk {
  /** Branch that they are read for. */
  readonly name: string;
  /** They are reachable from it. It is fixed, so that pages do not move while there is news. */
  readonly head: string;
  /** What is reachable from the first one that the host knows was read before. */
  readonly bases: readonly string[];
  /** Page; absent: the first. */
  readonly position?: number;
  /** How many came by now. */
  readonly read: number;
}

/** Pull requests that are being read, the newest first. */
export interface PullRequestWalk {
  readonly position: number;
  /** When the newest of all was updated as the walk began; milliseconds since the epoch. */
  readonly newest?: number;
  readonly read: number;
}

export class ReadingProgress {
  /** Heads up to which branches were read, by name. */
  readonly heads: Map<string, string>;
  walk: CommitWalk | undefined;
  pullRequestWalk: PullRequestWalk | undefined;
  /** Pull requests that were updated up to then were read; milliseconds since the epoch. */
  pullRequestsUntil: number | undefined;
  /** Also heads of branches that have moved on since. */
  readonly #readHeads: Set<string>;
  #percent = 0;

  private constructor(value: unknown) {
    this.heads = new Map(ownList(value, "heads").flatMap(readHead));
    this.#readHeads = new Set(this.heads.values());
    this.walk = readCommitWalk(ownMember(value, "walk"));
    this.pullRequestWalk = readPullRequestWalk(ownMember(value, "pullRequestWalk"));
    this.pullRequestsUntil = countIn(value, "pullRequestsUntil");
  }

  /** What is no cursor of ours is the beginning. */
  static from(cursor: string | undefined): ReadingProgress {
    const value = parse(cursor ?? "{}");
    return new ReadingProgress(ownMember(value, "version") === version ? value : {});
  }

  get percent(): number {
    return this.#percent;
  }

  /** It does not go back. */
  reach(percent: number): void {
    this.#percent = Math.max(this.#percent, Math.min(Math.floor(percent), 100));
  }

  /** Everything that is reachable from there was read. */
  hasRead(head: string): boolean {
    return this.#readHeads.has(head);
  }

  finish(branch: { readonly name: string; readonly head: string }): void {
    this.heads.set(branch.name, branch.head);
    this.#readHeads.add(branch.head);
    this.walk = undefined;
  }

  /** Forgets branches that are gone: one that comes back is read again. */
  keepBranches(names: ReadonlySet<string>): void {
    for (const name of this.heads.keys()) if (!names.has(name)) this.heads.delete(name);
  }

  toCursor(): string {
    const { heads, walk, pullRequestWalk, pullRequestsUntil } = this;
    return JSON.stringify({ version, heads: [...heads], walk, pullRequestWalk, pullRequestsUntil });
  }
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(cursor);
  } catch {
    return undefined;
  }
}

function readHead(entry: unknown): readonly (readonly [name: string, head: string])[] {
  if (!Array.isArray(entry)) return [];
  // Of a list only that is known.
  const [name, head] = entry as readonly unknown[];
  return typeof name === "string" && isRef(name) && typeof head === "string" && isHash(head) ? [[name, head]] : [];
}

function readCommitWalk(value: unknown): CommitWalk | undefined {
  const [name, head, read, position] = [refIn(value, "name"), hashIn(value, "head"), countIn(value, "read"), countIn(value, "position")];
  if (name === undefined || head === undefined || read === undefined) return undefined;
  const bases = ownList(value, "bases").filter((base) => typeof base === "string" && isHash(base));
  // The filter lets only text through.
  return { name, head, read, bases: bases as readonly string[], ...(position === undefined ? {} : { position }) };
}

function readPullRequestWalk(value: unknown): PullRequestWalk | undefined {
  const [position, read, newest] = [countIn(value, "position"), countIn(value, "read"), countIn(value, "newest")];
  if (position === undefined || read === undefined) return undefined;
  return { position, read, ...(newest === undefined ? {} : { newest }) };
}
