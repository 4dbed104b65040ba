/** Events that a connection can choose, in Hookshot's words (reference 2.3). A name of several parts needs itself or its group. */
export const hookshotEventNames = [
  ...["issue", "issue.created", "issue.changed", "issue.edited", "issue.labeled", "issue.comment", "issue.comment.created"],
  ...["pull_request", "pull_request.opened", "pull_request.closed", "pull_request.merged", "pull_request.ready_for_review"],
  ...["pull_request.reviewed", "push", "release", "release.created", "release.drafted", "workflow", "workflow.run"],
  ...["workflow.run.success", "workflow.run.failure", "workflow.run.neutral", "workflow.run.cancelled", "workflow.run.timed_out"],
  ...["workflow.run.action_required", "workflow.run.stale"],
] as const;

/** Ours. None of them is in a group of Hookshot's, so that rooms hear no more than before until they ask for it. */
export const furtherEventNames = [
  ...["issue.assigned", "issue.unassigned", "issue.milestoned", "issue.demilestoned"],
  ...["pull_request.comment", "pull_request.review.comment", "pull_request.synchronize", "pull_request.reopened"],
  ...["pull_request.converted_to_draft", "pull_request.review_requested", "pull_request.assigned", "pull_request.unassigned"],
  ...["branch.created", "branch.deleted", "tag.created", "tag.deleted", "push.commits"],
  ...["check_run", "deployment", "deployment_status", "star", "fork"],
] as const;

export type GitHubEventName = (typeof hookshotEventNames)[number] | (typeof furtherEventNames)[number];

const eventNames: readonly string[] = [...hookshotEventNames, ...furtherEventNames];

/** What is told unless the state says otherwise. */
const defaultEventNames: readonly string[] = [
  ...["issue", "issue.created", "issue.changed", "issue.edited", "issue.labeled"],
  ...["pull_request", "pull_request.opened", "pull_request.closed", "pull_request.merged", "pull_request.ready_for_review"],
  ...["pull_request.reviewed", "release.created"],
];

/** The body of `uk.half-shot.matrix-hookshot.github.repository`. */
export interface RepositoryState {
  readonly org: string;
  readonly repo: string;
  /** Ours: where people open the GitHub that it is at, unless that is the configured one. */
  readonly url?: string;
  readonly enableHooks?: readonly string[];
  /** Older than `enableHooks`; still read, no longer written. */
  readonly ignoreHooks?: readonly string[];
  readonly commandPrefix?: string;
  readonly showIssueRoomLink?: boolean;
  readonly prDiff?: { readonly enabled: boolean; readonly maxLines?: number };
  readonly includingLabels?: readonly string[];
  readonly excludingLabels?: readonly string[];
  readonly hotlinkIssues?: boolean | { readonly prefix: string };
  readonly newIssue?: { readonly labels?: readonly string[] };
  readonly workflowRun?: {
    /** A regular expression. */
    readonly matchingBranch?: string;
    readonly includingWorkflows?: readonly string[];
    readonly excludingWorkflows?: readonly string[];
  };
  readonly priority?: number;
  readonly showUrlPreviews?: boolean;
}

const names = (key: string, description: string): Readonly<Record<string, unknown>> => {
  const mistake = `'${key}' must be a list of names`;
  return { type: "array", items: { type: "string", mistake }, description, mistake };
};

/** The two keys that name the repository, in the state of whatever belongs to one. */
export const repositoryProperties = (example: string): Readonly<Record<"org" | "repo", Readonly<Record<string, unknown>>>> => ({
  org: {
    type: "string",
    minLength: 1,
    maxLength: 255,
    description: "The account that owns the repository.",
    examples: ["octo"],
    mistake: "'org' must be the account that owns the repository",
  },
  repo: {
    type: "string",
    minLength: 1,
    maxLength: 255,
    description: "The repository's name.",
    examples: [example],
    mistake: "'repo' must be the repository's name",
  },
});

export const stateSchema = {
  type: "object",
  properties: {
    ...repositoryProperties("hello"),
    url: {
      type: "string",
      format: "http-url",
      maxLength: 2_048,
      description: "The GitHub that the repository is at, if it is a registered one and not the configured one.",
      examples: ["https://github.example.org"],
      mistake: "'url' must be the address of a GitHub",
    },
    // Not an enum: names that Hookshot took, or will take, keep no connection from loading (reference 2.3).
    enableHooks: { ...names("enableHooks", "What is told to the room."), examples: [eventNames] },
    ignoreHooks: names("ignoreHooks", "What is not told, of the usual events and of `enableHooks`. Replaced by `enableHooks`."),
    commandPrefix: {
      type: "string",
      minLength: 2,
      maxLength: 24,
      description: "What commands in the room begin with.",
      mistake: "'commandPrefix' must have 2 to 24 characters",
    },
    showIssueRoomLink: {
      type: "boolean",
      description: "Whether messages about issues link to the room of the issue.",
      mistake: "'showIssueRoomLink' must be true or false",
    },
    prDiff: {
      type: "object",
      description: "Whether the message about a new pull request shows its diff, and how much of it.",
      properties: {
        enabled: { type: "boolean", mistake: "'prDiff.enabled' must be true or false" },
        maxLines: { type: "number", minimum: 1, mistake: "'prDiff.maxLines' must be 1 or more" },
      },
      required: ["enabled"],
      mistake: "'prDiff' must be an object with 'enabled'",
    },
    includingLabels: names("includingLabels", "Of issues and pull requests only those with one of these labels are told."),
    excludingLabels: names("excludingLabels", "Issues and pull requests with one of these labels are not told."),
    hotlinkIssues: {
      type: ["boolean", "object"],
      description: "Whether `#12` in a message is answered with a link: false, true, or an object with the prefix that stands for `#`.",
      properties: { prefix: { type: "string", mistake: "'hotlinkIssues.prefix' must be text" } },
      required: ["prefix"],
      mistake: "'hotlinkIssues' must be true, false or an object with 'prefix'",
    },
    newIssue: {
      type: "object",
      description: "What issues get that are made from the room.",
      properties: { labels: names("newIssue.labels", "Their labels.") },
      mistake: "'newIssue' must be an object",
    },
    workflowRun: {
      type: "object",
      description: "Which workflow runs are told.",
      properties: {
        matchingBranch: {
          type: "string",
          maxLength: 1_000,
          description: "A regular expression that the branch has to match.",
          mistake: "'workflowRun.matchingBranch' must be a regular expression",
        },
        includingWorkflows: names("workflowRun.includingWorkflows", "Only these workflows; an empty list stands for none."),
        excludingWorkflows: names("workflowRun.excludingWorkflows", "Not these workflows."),
      },
      mistake: "'workflowRun' must be an object",
    },
    priority: { type: "number", description: "Connections with a higher one are asked first.", mistake: "'priority' must be a number" },
    showUrlPreviews: {
      type: "boolean",
      description: "Whether clients show previews of links in its messages.",
      mistake: "'showUrlPreviews' must be true or false",
    },
  },
  required: ["org", "repo"],
  additionalProperties: false,
};

/** What the room hears. An `ignoreHooks` stands for everything usual besides what it and the names below it name (reference 2.3). */
export function enabledEvents({ enableHooks, ignoreHooks }: RepositoryState): ReadonlySet<string> {
  if (ignoreHooks === undefined) return new Set(enableHooks ?? defaultEventNames);
  const isIgnored = (name: string): boolean => ignoreHooks.some((ignored) => name === ignored || name.startsWith(`${ignored}.`));
  return new Set([...(enableHooks ?? []), ...defaultEventNames].filter((name) => !isIgnored(name)));
}

/** The names among a state's events that no version knows. */
export function unknownEvents({ enableHooks = [] }: Pick<RepositoryState, "enableHooks">): readonly string[] {
  return enableHooks.filter((name) => !eventNames.includes(name));
}
