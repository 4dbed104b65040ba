/** What the GitHub stand-in knows. */
export interface StandInGitHubAccount {
  readonly id: number;
  readonly login: string;
  /** Taken as a personal access token. */
  readonly token: string;
  readonly isOrganization: boolean;
}

export type StandInPermission = "admin" | "write" | "read";

export interface StandInRepository {
  readonly id: number;
  readonly owner: StandInGitHubAccount;
  readonly name: string;
  /** Names from before it was renamed, as `octo/old`; requests for them are sent on. */
  readonly formerNames: string[];
  readonly isPrivate: boolean;
  readonly description: string;
  readonly defaultBranch: string;
  /** By login; the owner is an administrator. */
  readonly permissions: Map<string, StandInPermission>;
  readonly labels: Map<string, StandInLabel>;
  readonly issues: StandInGitHubIssue[];
  readonly discussions: StandInDiscussion[];
  readonly workflows: readonly StandInWorkflow[];
  /** Webhooks that were made over the REST API, in order. */
  readonly hooks: StandInHook[];
}

/** A webhook of a repository. */
export interface StandInHook {
  readonly id: number;
  active: boolean;
  events: readonly string[];
  url: string;
  secret: string;
}

export interface StandInLabel {
  readonly name: string;
  readonly color: string;
  readonly description?: string;
}

export interface StandInGitHubComment {
  readonly id: number;
  readonly author: StandInGitHubAccount;
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface StandInReview {
  readonly id: number;
  readonly author: StandInGitHubAccount;
  readonly event: "APPROVE" | "REQUEST_CHANGES" | "COMMENT";
  readonly body: string;
}

/** An issue or a pull request. What happens to it is written into it. */
export interface StandInGitHubIssue {
  readonly id: number;
  readonly number: number;
  readonly author: StandInGitHubAccount;
  readonly createdAt: number;
  /** Of the last change to it or comment on it; milliseconds since the epoch. */
  updatedAt: number;
  title: string;
  body: string;
  state: "open" | "closed";
  labels: readonly StandInLabel[];
  assignees: readonly StandInGitHubAccount[];
  readonly comments: StandInGitHubComment[];
  readonly reactions: { readonly content: string; readonly by: string }[];
  /** Who closed it last, and when; milliseconds since the epoch. */
  closed?: { readonly by: StandInGitHubAccount; readonly at: number };
  /** Present for a pull request. */
  readonly pull?: {
    readonly diff: string;
    readonly branch: string;
    isDraft: boolean;
    isMerged: boolean;
    readonly reviews: StandInReview[];
  };
}

export interface StandInDiscussion {
  readonly id: number;
  /** Discussions are counted together with issues; here from 101 on. */
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: StandInGitHubAccount;
  readonly comments: StandInGitHubComment[];
}

/** An entry of somebody's list of notifications. */
export interface StandInNotification {
  readonly id: number;
  /** Whose list it is on. */
  readonly login: string;
  readonly repository: StandInRepository;
  readonly issue: StandInGitHubIssue;
  readonly reason: string;
  readonly comment?: StandInGitHubComment;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface StandInWorkflow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly runs: { readonly ref: string; readonly inputs: Readonly<Record<string, unknown>>; readonly by: string }[];
}

/** Where the App is installed. */
export interface StandInInstallation {
  readonly id: number;
  readonly account: StandInGitHubAccount;
  /** Names of repositories; all of the account's unless given. */
  readonly selected?: readonly string[];
  isSuspended: boolean;
}

/** One thing that was done over the REST API. */
export interface GitHubChange {
  /** As `octo/hello#1`, or the repository where no issue is concerned. */
  readonly where: string;
  readonly what: "created" | "closed" | "reopened" | "commented" | "assigned" | "reacted" | "reviewed" | "dispatched";
  /** The login. */
  readonly by: string;
}

export function fullNameOf({ owner, name }: StandInRepository): string {
  return `${owner.login}/${name}`;
}
