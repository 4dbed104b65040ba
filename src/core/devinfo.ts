/**
 * Commits, branches and pull requests with the issues that they name, in the words of Atlassian's Development Information API 0.10.
 * Everything belongs to a provider: who reads or deletes sees its own alone.
 */
export type DevinfoEntityType = "commit" | "branch" | "pull_request";

/** The provider of what we read from registered git hosts ourselves. */
export const gitIntegrationsProvider = "git-integrations";

interface DevinfoEntity {
  /** Unique among those of its type in its repository; letters, digits and `~ . - _`. */
  readonly id: string;
  /** At least one, in upper case, each once. */
  readonly issueKeys: readonly string[];
  /** What is stored is replaced by what has a higher one. */
  readonly updateSequenceId: number;
}

export interface DevinfoCommit extends DevinfoEntity {
  /** Up to 1024 characters. */
  readonly message: string;
  readonly author: DevinfoPerson;
  /** ISO 8601. */
  readonly authorTimestamp: string;
  readonly displayId: string;
  readonly fileCount: number;
  readonly url?: string;
  readonly hash?: string;
  readonly flags?: readonly "MERGE_COMMIT"[];
}

export interface DevinfoBranch extends DevinfoEntity {
  readonly name: string;
  /** Its `issueKeys` may be empty. */
  readonly lastCommit: DevinfoCommit;
  readonly url: string;
}

export interface DevinfoPullRequest extends DevinfoEntity {
  readonly status: "OPEN" | "MERGED" | "DECLINED" | "UNKNOWN";
  readonly title: string;
  readonly author: DevinfoPerson;
  readonly commentCount: number;
  readonly sourceBranch: string;
  readonly destinationBranch?: string;
  /** ISO 8601. */
  readonly lastUpdate: string;
  readonly url: string;
  readonly displayId: string;
  readonly reviewers?: readonly (DevinfoPerson & { readonly approvalStatus: "APPROVED" | "UNAPPROVED" })[];
}

export interface DevinfoPerson {
  readonly name?: string;
  readonly email?: string;
  readonly username?: string;
  readonly url?: string;
}

/** A repository's own record, without what is in it. */
export interface DevinfoRepository {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly description?: string;
  readonly updateSequenceId: number;
}

/** A repository as it is submitted, with what is new in it. */
export interface DevinfoSubmission {
  readonly provider: string;
  readonly repository: DevinfoRepository;
  readonly commits?: readonly DevinfoCommit[];
  readonly branches?: readonly DevinfoBranch[];
  readonly pullRequests?: readonly DevinfoPullRequest[];
}

/** An entity as it is stored. */
export type StoredDevinfo = { readonly provider: string; readonly repositoryId: string } & (
  | { readonly type: "commit"; readonly entity: DevinfoCommit }
  | { readonly type: "branch"; readonly entity: DevinfoBranch }
  | { readonly type: "pull_request"; readonly entity: DevinfoPullRequest }
);
