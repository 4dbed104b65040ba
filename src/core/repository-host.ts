import type { HttpClient } from "./ports/http-client.js";
import type { RegisteredRemote } from "./registered-remote.js";

/** A system that holds git repositories: a host with an API, or a folder on our own disk. */
export interface RepositoryHost {
  /** What the account sees, as it comes in. @throws RemoteError */
  list(access: HostAccess): AsyncIterable<HostedRepository>;
  /**
   * What is in a repository, as far as it was not read before. Absent where repositories are only listed.
   * Each slice is stored before the next one is asked for, together with its cursor.
   * @param cursor of the last slice that was stored; undefined at the beginning, and where everything is to be read again
   * @throws RemoteError
   */
  read?(repository: HostedRepository, cursor: string | undefined, access: HostAccess): AsyncIterable<RepositorySlice>;
}

export interface HostAccess {
  readonly remote: RegisteredRemote;
  /** Guarded, and with the ways around certificates and proxy that were registered. */
  readonly http: HttpClient;
  /** Aborted when we stop; what is under way may end with any error then. */
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface HostedRepository {
  /** By which the host knows it; stays when it is renamed, where the host has such a thing. */
  readonly id: string;
  /** For people: `octo/hello`, or the folder's name. */
  readonly name: string;
  /** Clone URL or path. */
  readonly root: string;
  /** Where people open it; absent for a folder. */
  readonly url?: string;
  readonly description?: string;
}

/** A part of what is in a repository, some hundred things at most. */
export interface RepositorySlice {
  /** In the host's order; those that came in an earlier slice may come again. */
  readonly commits?: readonly ReadCommit[];
  readonly branches?: readonly ReadBranch[];
  readonly pullRequests?: readonly ReadPullRequest[];
  /** Names of all branches that there are now, in the slice in which that is known: what was stored of others is deleted. */
  readonly allBranches?: readonly string[];
  /** Names of all tags. */
  readonly allTags?: readonly string[];
  /** How many there are now, where the host can tell; commits are counted as they are read otherwise. */
  readonly totals?: Partial<Readonly<Record<"commits" | "pullRequests", number>>>;
  /** From where to go on once this slice is stored; only its host reads it. */
  readonly cursor: string;
  /** How much of the run is done with it, from 0 to 100, where that can be told. */
  readonly percent?: number;
}

export interface ReadCommit {
  /** The whole hash. */
  readonly id: string;
  readonly message: string;
  readonly author: ReadPerson;
  /** Milliseconds since the epoch. */
  readonly authoredAt: number;
  readonly isMerge: boolean;
  readonly url?: string;
  /** How many files it changes, where the host tells. */
  readonly fileCount?: number;
}

export interface ReadBranch {
  readonly name: string;
  readonly lastCommit: ReadCommit;
  readonly url?: string;
}

export interface ReadPullRequest {
  /** By which the host knows it within the repository, for example its number. */
  readonly id: string;
  /** As people call it, for example `#12`. */
  readonly displayId: string;
  readonly title: string;
  readonly description?: string;
  readonly status: "OPEN" | "MERGED" | "DECLINED" | "UNKNOWN" | "DRAFT";
  readonly author: ReadPerson;
  readonly sourceBranch: string;
  readonly destinationBranch?: string;
  readonly commentCount: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
  readonly url: string;
  readonly reviewers?: readonly (ReadPerson & { readonly isApproved: boolean })[];
}

export interface ReadPerson {
  readonly name?: string;
  readonly email?: string;
  readonly username?: string;
  readonly url?: string;
}
