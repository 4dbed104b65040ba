import type { RepositoryName } from "./repository-name.js";

/*
 * What happened, with the fields that messages show. Names are GitHub's: the event, and its action where it has one. Texts that were null,
 * missing or empty are absent. All of it is plain JSON.
 */
export type GitHubEvent =
  | IssueChanged
  | IssueLabeled
  | IssueCommented
  | PullRequestChanged
  | PullRequestReviewed
  | PullRequestLineCommented
  | ReleaseChanged
  | WorkflowRunCompleted
  | Pushed
  | RefChanged
  | CheckRunCompleted
  | Deployed
  | DeploymentStatusChanged
  | Starred
  | Forked
  | DiscussionChanged;

export interface EventBase {
  readonly repository: Repository;
  /** Login of who did it. */
  readonly sender: string;
  /** Present where the App's own webhook brought it: through that installation the App may read. */
  readonly installationId?: number;
}

export interface Repository extends RepositoryName {
  readonly id: number;
  readonly fullName: string;
  readonly url: string;
}

export interface Label {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly color?: string;
  readonly description?: string;
}

/** Pull requests count as issues too. */
export interface Issue {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly state?: string;
  readonly author?: string;
  readonly labels: readonly Label[];
  /** Logins. */
  readonly assignees: readonly string[];
  /** Both in milliseconds since the epoch. */
  readonly createdAt?: number;
  readonly updatedAt?: number;
}

export interface PullRequest extends Issue {
  readonly isDraft: boolean;
  readonly isMerged: boolean;
}

export const issueActions = ["opened", "closed", "reopened", "edited", "assigned", "unassigned", "milestoned", "demilestoned"] as const;

export interface IssueChanged extends EventBase {
  readonly name: `issues.${(typeof issueActions)[number]}`;
  readonly issue: Issue;
  /** Who was assigned, or the milestone's title. */
  readonly subject?: string;
}

/** Made by us of every `issues.labeled` within some seconds. */
export interface IssueLabeled extends EventBase {
  readonly name: "issues.labeled";
  readonly issue: Issue;
  /** The new ones, in the order in which they came. */
  readonly labels: readonly Label[];
}

export interface IssueCommented extends EventBase {
  readonly name: "issue_comment.created";
  readonly issue: Issue;
  readonly isPullRequest: boolean;
  readonly author: string;
  readonly authorAvatarUrl?: string;
  readonly comment?: string;
  readonly commentId?: number;
  readonly commentUrl: string;
}

export const pullRequestActions = [
  ...["opened", "closed", "ready_for_review", "reopened", "synchronize"],
  ...["converted_to_draft", "review_requested", "assigned", "unassigned"],
] as const;

export interface PullRequestChanged extends EventBase {
  readonly name: `pull_request.${(typeof pullRequestActions)[number]}`;
  readonly issue: PullRequest;
  /** Who was assigned or asked for a review. */
  readonly subject?: string;
}

export interface PullRequestReviewed extends EventBase {
  readonly name: "pull_request_review.submitted";
  readonly issue: PullRequest;
  readonly state: string;
  readonly comment?: string;
}

export interface PullRequestLineCommented extends EventBase {
  readonly name: "pull_request_review_comment.created";
  readonly issue: PullRequest;
  readonly author: string;
  readonly comment?: string;
  readonly commentUrl: string;
  /** The file's. */
  readonly path?: string;
}

export interface ReleaseChanged extends EventBase {
  readonly name: "release.published" | "release.created";
  readonly release: {
    /** Its tag where it has no name. */
    readonly title: string;
    readonly url: string;
    readonly notes?: string;
    readonly isDraft: boolean;
  };
}

export interface WorkflowRunCompleted extends EventBase {
  readonly name: "workflow_run.completed";
  readonly workflow: string;
  readonly url: string;
  readonly conclusion?: string;
  readonly branch?: string;
}

export interface Pushed extends EventBase {
  readonly name: "push";
  /** Such as `refs/heads/main`. */
  readonly ref: string;
  readonly baseRef?: string | null;
  readonly url: string;
  /** The order is GitHub's: the oldest first. */
  readonly commits: readonly Commit[];
  readonly pusher: string;
}

export interface Commit {
  readonly id: string;
  /** First line of its message. */
  readonly title?: string;
  readonly author?: string;
  readonly url?: string;
}

export interface RefChanged extends EventBase {
  readonly name: "create" | "delete";
  /** GitHub says nothing of others. */
  readonly kind: "branch" | "tag";
  readonly ref: string;
}

export interface CheckRunCompleted extends EventBase {
  readonly name: "check_run.completed";
  readonly check: string;
  readonly url: string;
  readonly conclusion?: string;
  readonly branch?: string;
}

export interface Deployed extends EventBase {
  readonly name: "deployment.created";
  readonly ref?: string;
  readonly environment?: string;
}

export interface DeploymentStatusChanged extends EventBase {
  readonly name: "deployment_status.created";
  readonly ref?: string;
  readonly environment?: string;
  readonly state: string;
  readonly url?: string;
}

export interface Starred extends EventBase {
  readonly name: "star.created";
}

export interface Forked extends EventBase {
  readonly name: "fork";
  readonly fork: { readonly fullName: string; readonly url: string };
}

/** For the rooms of discussions. */
export interface DiscussionChanged extends EventBase {
  readonly name: "discussion.created" | "discussion_comment.created";
  readonly discussion: {
    readonly id: number;
    readonly nodeId: string;
    readonly number: number;
    readonly title: string;
    readonly url: string;
    readonly author?: string;
    readonly authorAvatarUrl?: string;
    readonly body?: string;
    readonly category?: { readonly name: string; readonly emoji?: string };
  };
  readonly comment?: {
    readonly id: number;
    readonly author: string;
    readonly authorAvatarUrl?: string;
    readonly body: string;
    readonly url: string;
  };
}
