/*
 * What is read of GitHub's payloads (Hookshot reference 4.6; the rest: GitHub's documentation "Webhook events and payloads"). Everything
 * that a message can do without may be absent or null. Entries of lists are checked one by one where they are read, so that a bad one does
 * not lose the rest.
 */

export interface AccountPayload {
  readonly login: string;
  readonly avatar_url?: string | null;
}

export interface RepositoryPayload {
  readonly id: number;
  readonly name: string;
  readonly full_name: string;
  readonly html_url: string;
  readonly owner: AccountPayload;
}

/** What stands in every payload. */
export interface PayloadBase {
  readonly repository: RepositoryPayload;
  readonly sender: AccountPayload;
  /** Present where the App's own webhook brought it. */
  readonly installation?: { readonly id: number } | null;
}

export interface IssuePayload {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly html_url: string;
  readonly state?: string | null;
  readonly user?: AccountPayload | null;
  readonly labels?: readonly unknown[] | null;
  readonly assignees?: readonly unknown[] | null;
  readonly created_at?: string | null;
  readonly updated_at?: string | null;
  /** Present where the issue is a pull request. */
  readonly pull_request?: unknown;
}

export interface PullRequestPayload extends IssuePayload {
  readonly draft?: boolean | null;
  readonly merged?: boolean | null;
}

export interface CommentPayload {
  readonly id?: number | null;
  readonly user?: AccountPayload | null;
  readonly body?: string | null;
  readonly html_url: string;
}

/** Somebody who was assigned or asked, a label that was set and the like: depends on the action, so it may be anything. */
interface Subjects {
  readonly label?: unknown;
  readonly assignee?: unknown;
  readonly milestone?: unknown;
  readonly requested_reviewer?: unknown;
  readonly requested_team?: unknown;
}

/** A check run or workflow run. */
interface RunPayload {
  readonly name?: string | null;
  readonly html_url: string;
  readonly conclusion?: string | null;
}

interface DeploymentPayload {
  readonly ref?: string | null;
  readonly environment?: string | null;
}

/** By the shape of the payload. */
export interface Payloads {
  readonly issue: PayloadBase & Subjects & { readonly issue: IssuePayload };
  readonly issueComment: PayloadBase & { readonly issue: IssuePayload; readonly comment: CommentPayload };
  readonly pullRequest: PayloadBase & Subjects & { readonly pull_request: PullRequestPayload };
  readonly review: PayloadBase & {
    readonly pull_request: PullRequestPayload;
    readonly review: { readonly state: string; readonly body?: string | null; readonly html_url?: string | null };
  };
  readonly reviewComment: PayloadBase & {
    readonly pull_request: PullRequestPayload;
    readonly comment: CommentPayload & { readonly path?: string | null };
  };
  readonly release: PayloadBase & {
    readonly release: {
      readonly name?: string | null;
      readonly tag_name: string;
      readonly html_url: string;
      readonly body?: string | null;
      readonly draft?: boolean | null;
    };
  };
  readonly workflowRun: PayloadBase & {
    readonly workflow_run: RunPayload & { readonly head_branch?: string | null };
    readonly workflow?: { readonly name?: string | null } | null;
  };
  readonly push: PayloadBase & {
    readonly ref: string;
    readonly base_ref?: string | null;
    readonly compare: string;
    readonly commits: readonly unknown[];
    readonly pusher?: { readonly name?: string | null; readonly email?: string | null } | null;
  };
  /** A branch or tag that came or went. */
  readonly ref: PayloadBase & { readonly ref: string; readonly ref_type: string };
  readonly checkRun: PayloadBase & {
    readonly check_run: RunPayload & { readonly check_suite?: { readonly head_branch?: string | null } | null };
  };
  readonly deployment: PayloadBase & { readonly deployment: DeploymentPayload };
  readonly deploymentStatus: PayloadBase & {
    readonly deployment: DeploymentPayload;
    readonly deployment_status: { readonly state: string; readonly environment_url?: string | null; readonly target_url?: string | null };
  };
  readonly star: PayloadBase;
  readonly fork: PayloadBase & { readonly forkee: { readonly full_name: string; readonly html_url: string } };
  readonly discussion: PayloadBase & { readonly discussion: DiscussionPayload };
  readonly discussionComment: PayloadBase & {
    readonly discussion: DiscussionPayload;
    readonly comment: CommentPayload & { readonly id: number };
  };
}

export interface DiscussionPayload {
  readonly id: number;
  readonly node_id: string;
  readonly number: number;
  readonly title: string;
  readonly html_url: string;
  readonly body?: string | null;
  readonly user?: AccountPayload | null;
  readonly category?: { readonly name?: string | null; readonly emoji?: string | null } | null;
}

export type PayloadShape = keyof Payloads;

const text = { type: "string", minLength: 1 };
const optionalText = { type: ["string", "null"] };
const optionalBoolean = { type: ["boolean", "null"] };
const optionalList = { type: ["array", "null"] };
const webUrl = { type: "string", format: "http-url", maxLength: 2_048 };
// Matrix takes no larger integers (spec, appendix "Canonical JSON").
const id = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

function object(required: Readonly<Record<string, unknown>>, optional: Readonly<Record<string, unknown>> = {}): object {
  return { type: "object", properties: { ...required, ...optional }, required: Object.keys(required) };
}

function orNull(schema: object): object {
  return { ...schema, type: ["object", "null"] };
}

const account = object({ login: { ...text, maxLength: 255 } }, { avatar_url: optionalText });
const optionalAccount = orNull(account);
const repositoryName = { ...text, maxLength: 255 };

const base = {
  repository: object({ id, name: repositoryName, full_name: text, html_url: webUrl, owner: account }),
  sender: account,
};

function payload(required: Readonly<Record<string, unknown>>, optional: Readonly<Record<string, unknown>> = {}): object {
  return object({ ...base, ...required }, { ...optional, installation: orNull(object({ id })) });
}

const issueParts = { id, number: id, title: { type: "string" }, html_url: webUrl };
const issueExtras = {
  ...{ state: optionalText, user: optionalAccount, labels: optionalList, assignees: optionalList },
  ...{ created_at: optionalText, updated_at: optionalText },
};
const issue = object(issueParts, issueExtras);
const pullRequest = object(issueParts, { ...issueExtras, draft: optionalBoolean, merged: optionalBoolean });
const commentExtras = { id: { ...id, type: ["integer", "null"] }, user: optionalAccount, body: optionalText };
const comment = object({ html_url: webUrl }, commentExtras);
const runExtras = { name: optionalText, conclusion: optionalText };
const headBranch = { head_branch: optionalText };
const deployment = object({}, { ref: optionalText, environment: optionalText });
const discussion = object(
  { ...issueParts, node_id: text },
  { body: optionalText, user: optionalAccount, category: orNull(object({}, { name: optionalText, emoji: optionalText })) },
);

const shapes: Readonly<Record<PayloadShape, object>> = {
  issue: payload({ issue }),
  issueComment: payload({ issue, comment }),
  pullRequest: payload({ pull_request: pullRequest }),
  review: payload({ pull_request: pullRequest, review: object({ state: text }, { body: optionalText, html_url: optionalText }) }),
  reviewComment: payload({ pull_request: pullRequest, comment: object({ html_url: webUrl }, { ...commentExtras, path: optionalText }) }),
  release: payload({
    release: object({ tag_name: { type: "string" }, html_url: webUrl }, { name: optionalText, body: optionalText, draft: optionalBoolean }),
  }),
  workflowRun: payload(
    { workflow_run: object({ html_url: webUrl }, { ...runExtras, ...headBranch }) },
    { workflow: orNull(object({}, { name: optionalText })) },
  ),
  push: payload(
    { ref: text, compare: webUrl, commits: { type: "array" } },
    { base_ref: optionalText, pusher: orNull(object({}, { name: optionalText, email: optionalText })) },
  ),
  ref: payload({ ref: text, ref_type: text }),
  checkRun: payload({ check_run: object({ html_url: webUrl }, { ...runExtras, check_suite: orNull(object({}, headBranch)) }) }),
  deployment: payload({ deployment }),
  deploymentStatus: payload({
    deployment,
    deployment_status: object({ state: text }, { environment_url: optionalText, target_url: optionalText }),
  }),
  star: payload({}),
  fork: payload({ forkee: object({ full_name: text, html_url: webUrl }) }),
  discussion: payload({ discussion }),
  discussionComment: payload({ discussion, comment: object({ html_url: webUrl, id }, { user: optionalAccount, body: optionalText }) }),
};

/**
 * A payload beneath the name of its shape. All shapes are one schema because what compiling costs is mostly the same for a small schema and
 * for a large one.
 */
export const payloadSchema = { type: "object", properties: shapes };
