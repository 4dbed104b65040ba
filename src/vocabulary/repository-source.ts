import type { ReadBranch, ReadCommit, ReadPullRequest, RepositorySlice } from "../core/repository-host.js";
import type { HostPage } from "./host-pages.js";

/**
 * How one host shows one repository. Positions are numbers of its own, of pages or of entries; undefined is the first. Every method throws
 * RemoteError.
 */
export interface RepositorySource {
  /** All that there are, the default one first, where the host tells which that is. */
  branches(): Promise<readonly HostBranch[]>;
  tags(): Promise<readonly string[]>;
  /**
   * Commits of a branch that are not reachable from `base`.
   * @returns undefined where the host does not know one of the two, or nothing that they have in common
   */
  commits(range: CommitRange, position: number | undefined): Promise<HostPage<ReadCommit> | undefined>;
  /** Undefined when there is no such commit. */
  commit(hash: string): Promise<ReadCommit | undefined>;
  /**
   * The one that was updated last comes first.
   * @param since milliseconds since the epoch: the host may leave out what was not updated since then
   */
  pullRequests(since: number | undefined, position: number | undefined): Promise<HostPage<HostPullRequest>>;
  totals(): Promise<Totals>;
}

export type Totals = NonNullable<RepositorySlice["totals"]>;

export interface CommitRange {
  readonly head: string;
  readonly base?: string;
}

export interface HostBranch {
  readonly name: string;
  readonly head: string;
  readonly url?: string;
  /** Where the host tells it at once. */
  readonly lastCommit?: ReadCommit;
  /** All its commits are in the default branch as well. */
  readonly isMerged?: true;
}

export interface HostPullRequest {
  readonly pullRequest: ReadPullRequest;
  /** Commits in the repository that are known by it. */
  readonly commits?: readonly ReadCommit[];
}

/** What a step of reading brought. The progress counts it already. */
export interface ReadPart {
  readonly commits?: readonly ReadCommit[];
  readonly branches?: readonly ReadBranch[];
  readonly pullRequests?: readonly ReadPullRequest[];
}
