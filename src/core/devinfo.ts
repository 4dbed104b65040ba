/**
 * Commits, branches and pull requests with the issues that they name, in the words of Atlassian's Development Information API 0.10.
 * Everything belongs to a provider: who reads or deletes sees its own alone.
 */
export type DevinfoEntityType = "commit" | "branch" | "pull_request";

export const devinfoEntityTypes: readonly DevinfoEntityType[] = ["commit", "branch", "pull_request"];

/** The provider of what we read from registered git hosts ourselves. */
export const gitIntegrationsProvider = "git-integrations";

/** What begins the provider of what webhooks of a service tell: `webhooks-github`. */
export const webhooksProviderPrefix = "webhooks-";

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
  /** `DRAFT` is no word of the contract, and sent by real clients. */
  readonly status: "OPEN" | "MERGED" | "DECLINED" | "UNKNOWN" | "DRAFT";
  readonly title: string;
  readonly author: DevinfoPerson;
  readonly commentCount: number;
  readonly sourceBranch: string;
  readonly destinationBranch?: string;
  /** ISO 8601. */
  readonly lastUpdate: string;
  readonly url: string;
  readonly displayId: string;
  readonly reviewers?: readonly (DevinfoPerson & { readonly approvalStatus: "APPROVED" | "UNAPPROVED" | "NEEDSWORK" })[];
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

/** An entity ready to be stored: judged, within its limits, and written as it will be answered. */
export interface DevinfoEntry {
  readonly type: DevinfoEntityType;
  readonly id: string;
  /** Those that fit the form of a key, in upper case, each once; at least one. */
  readonly issueKeys: readonly string[];
  /** An int64, exact. */
  readonly updateSequenceId: bigint;
  /** When it happened, for lists by time; milliseconds since the epoch, 0 where that is not known. */
  readonly happenedAt: number;
  /** The whole entity as JSON text, as the API answers it: `updateSequenceId`, `id` and `issueKeys` included. */
  readonly json: string;
}

/** A repository as it is submitted, with what is new in it. */
export interface SubmittedRepository {
  readonly id: string;
  /** Of its record; an int64, exact. */
  readonly updateSequenceId: bigint;
  /** Its record as JSON text, without `updateSequenceId` (which a delete may lower) and without the arrays of entities. Begins with `{"`. */
  readonly json: string;
  /** No type and id twice. */
  readonly entries: readonly DevinfoEntry[];
}

export interface DevinfoSubmission {
  readonly provider: string;
  /** No id twice. */
  readonly repositories: readonly SubmittedRepository[];
  /** Tags of these repositories; an empty one takes them all away, absent leaves them. */
  readonly properties?: Readonly<Record<string, string>>;
  /** True for what is told afterwards: rooms hear nothing of it. */
  readonly isBackfill: boolean;
  /** True: no smart commits. */
  readonly preventTransitions: boolean;
  /** True: what would change nothing but its sequence is not written again. For what is read over and over; the API always replaces. */
  readonly skipsUnchanged?: boolean;
}

/**
 * What became of a submitted entity: it is stored now; the same or a newer sequence is stored already; or a delete with this sequence or a
 * higher one came before it.
 */
export type DevinfoResult = "stored" | "unchanged" | "older" | "deleted";

/** An entity as it is stored. */
export interface StoredEntry extends DevinfoEntry {
  readonly provider: string;
  readonly repositoryId: string;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
}
