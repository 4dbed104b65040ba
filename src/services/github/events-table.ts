import { ValidationError } from "../../core/errors.js";
import { compileSchema, describeProblems } from "../../shared/validate.js";
import { parseHttpUrl } from "../../shared/url.js";
import {
  issueActions,
  pullRequestActions,
  type Commit,
  type DiscussionChanged,
  type EventBase,
  type GitHubEvent,
  type Issue,
  type IssueChanged,
  type Label,
  type PullRequest,
  type PullRequestChanged,
  type Repository,
} from "./events.js";
import {
  payloadSchema,
  type AccountPayload,
  type DiscussionPayload,
  type IssuePayload,
  type PayloadBase,
  type Payloads,
  type PayloadShape,
  type PullRequestPayload,
} from "./events-schema.js";
import { ownMember } from "../../shared/own-member.js";

/** Reads the body of one kind of event; undefined where it says nothing that is bridged. @throws ValidationError when it does not fit */
type EventReader = (body: unknown) => GitHubEvent | undefined;

/** Somebody put a label on an issue, or took it off. */
export interface LabelChange extends EventBase {
  readonly issue: Issue;
  readonly label: Label;
}

export interface EventTable {
  /** The events that are bridged, by name. */
  readonly readers: ReadonlyMap<string, EventReader>;
  /** Undefined where the payload does not say which label. @throws ValidationError when it does not fit */
  readLabelChange(body: unknown): LabelChange | undefined;
}

type Read = <Shape extends PayloadShape>(shape: Shape, body: unknown) => Payloads[Shape];

export function createEventTable(): EventTable {
  const read = createRead();
  const readers: readonly (readonly [string, EventReader])[] = [
    ...issueActions.map((action) => [`issues.${action}`, (body: unknown) => issueChanged(action, read("issue", body))] as const),
    ...pullRequestActions.map(
      (action) => [`pull_request.${action}`, (body: unknown) => pullRequestChanged(action, read("pullRequest", body))] as const,
    ),
    ["issue_comment.created", (body) => issueCommented(read("issueComment", body))],
    ["pull_request_review.submitted", (body) => reviewed(read("review", body))],
    ["pull_request_review_comment.created", (body) => lineCommented(read("reviewComment", body))],
    ["release.published", (body) => releaseChanged("release.published", read("release", body))],
    ["release.created", (body) => releaseChanged("release.created", read("release", body))],
    ["workflow_run.completed", (body) => workflowRunCompleted(read("workflowRun", body))],
    ["push", (body) => pushed(read("push", body))],
    ["create", (body) => refChanged("create", read("ref", body))],
    ["delete", (body) => refChanged("delete", read("ref", body))],
    ["check_run.completed", (body) => checkRunCompleted(read("checkRun", body))],
    ["deployment.created", (body) => deployed(read("deployment", body))],
    ["deployment_status.created", (body) => deploymentStatusChanged(read("deploymentStatus", body))],
    ["star.created", (body) => ({ name: "star.created", ...baseOf(read("star", body)) })],
    ["fork", (body) => forked(read("fork", body))],
    ["discussion.created", (body) => discussionCreated(read("discussion", body))],
    ["discussion_comment.created", (body) => discussionCommented(read("discussionComment", body))],
  ];
  return { readers: new Map(readers), readLabelChange: (body) => labelChange(read("issue", body)) };
}

function createRead(): Read {
  // The first mistake is enough for an answer; collecting all of a large body costs time.
  const check = compileSchema<Partial<Payloads>>(payloadSchema, { allErrors: false, useDefaults: false });
  return <Shape extends PayloadShape>(shape: Shape, body: unknown): Payloads[Shape] => {
    const checked = check({ [shape]: body });
    if (!checked.ok) throw new ValidationError(`The payload does not fit: ${describeProblems(checked.problems)}`);
    // What was given under the name is there, and fits.
    return checked.value[shape] as Payloads[Shape];
  };
}

function baseOf({ repository, sender, installation }: PayloadBase): EventBase {
  const { id, name, full_name: fullName, html_url: url, owner } = repository;
  const read: Repository = { id, owner: owner.login, repo: name, fullName, url };
  return { repository: read, sender: sender.login, ...(installation ? { installationId: installation.id } : {}) };
}

function issueChanged(action: (typeof issueActions)[number], payload: Payloads["issue"]): IssueChanged {
  const subject = action.endsWith("milestoned") ? ownText(payload.milestone, "title") : ownText(payload.assignee, "login");
  return { name: `issues.${action}`, ...baseOf(payload), issue: toIssue(payload.issue), ...text("subject", subject) };
}

function pullRequestChanged(action: (typeof pullRequestActions)[number], payload: Payloads["pullRequest"]): PullRequestChanged {
  const subject =
    action === "review_requested"
      ? (ownText(payload.requested_reviewer, "login") ?? ownText(payload.requested_team, "name"))
      : ownText(payload.assignee, "login");
  return { name: `pull_request.${action}`, ...baseOf(payload), issue: toPullRequest(payload.pull_request), ...text("subject", subject) };
}

function labelChange(payload: Payloads["issue"]): LabelChange | undefined {
  const [label] = toLabels([payload.label]);
  return label && { ...baseOf(payload), issue: toIssue(payload.issue), label };
}

function issueCommented(payload: Payloads["issueComment"]): GitHubEvent {
  const { comment, issue } = payload;
  const base = baseOf(payload);
  return {
    name: "issue_comment.created",
    ...base,
    issue: toIssue(issue),
    isPullRequest: typeof issue.pull_request === "object" && issue.pull_request !== null,
    author: comment.user?.login ?? base.sender,
    ...avatar(comment.user),
    ...text("comment", comment.body),
    ...(typeof comment.id === "number" ? { commentId: comment.id } : {}),
    commentUrl: comment.html_url,
  };
}

function reviewed(payload: Payloads["review"]): GitHubEvent {
  const { review, pull_request: pullRequest } = payload;
  const base = baseOf(payload);
  const state = review.state.toLowerCase();
  return { name: "pull_request_review.submitted", ...base, issue: toPullRequest(pullRequest), state, ...text("comment", review.body) };
}

function lineCommented(payload: Payloads["reviewComment"]): GitHubEvent {
  const { comment, pull_request: pullRequest } = payload;
  const base = baseOf(payload);
  return {
    name: "pull_request_review_comment.created",
    ...base,
    issue: toPullRequest(pullRequest),
    author: comment.user?.login ?? base.sender,
    commentUrl: comment.html_url,
    ...text("comment", comment.body),
    ...text("path", comment.path),
  };
}

function releaseChanged(name: "release.published" | "release.created", payload: Payloads["release"]): GitHubEvent {
  const { name: title, tag_name: tag, html_url: url, body, draft } = payload.release;
  // An empty name counts as absent (reference 2.16).
  return { name, ...baseOf(payload), release: { title: title || tag, url, ...text("notes", body), isDraft: draft === true } };
}

function workflowRunCompleted(payload: Payloads["workflowRun"]): GitHubEvent {
  const { workflow_run: run, workflow } = payload;
  return {
    name: "workflow_run.completed",
    ...baseOf(payload),
    workflow: workflow?.name ?? run.name ?? "",
    url: run.html_url,
    ...text("conclusion", run.conclusion),
    ...text("branch", run.head_branch),
  };
}

function pushed(payload: Payloads["push"]): GitHubEvent {
  const { ref, base_ref: baseRef, compare, commits, pusher } = payload;
  const base = baseOf(payload);
  const address = pusher?.email ? ` <${pusher.email}>` : "";
  return {
    name: "push",
    ...base,
    ref,
    ...(baseRef === undefined ? {} : { baseRef }),
    url: compare,
    commits: commits.flatMap(toCommit),
    pusher: `${pusher?.name ?? base.sender}${address}`,
  };
}

function refChanged(name: "create" | "delete", payload: Payloads["ref"]): GitHubEvent | undefined {
  const { ref, ref_type: kind } = payload;
  return kind === "branch" || kind === "tag" ? { name, ...baseOf(payload), kind, ref } : undefined;
}

function checkRunCompleted(payload: Payloads["checkRun"]): GitHubEvent {
  const { name, html_url: url, conclusion, check_suite: suite } = payload.check_run;
  const texts = { ...text("conclusion", conclusion), ...text("branch", suite?.head_branch) };
  return { name: "check_run.completed", ...baseOf(payload), check: name ?? "", url, ...texts };
}

function deployed(payload: Payloads["deployment"]): GitHubEvent {
  const { ref, environment } = payload.deployment;
  return { name: "deployment.created", ...baseOf(payload), ...text("ref", ref), ...text("environment", environment) };
}

function deploymentStatusChanged(payload: Payloads["deploymentStatus"]): GitHubEvent {
  const { deployment, deployment_status: status } = payload;
  const texts = { ...text("ref", deployment.ref), ...text("environment", deployment.environment) };
  const url = [status.environment_url, status.target_url].find((address) => parseHttpUrl(address) !== undefined);
  return { name: "deployment_status.created", ...baseOf(payload), ...texts, state: status.state, ...text("url", url) };
}

function forked(payload: Payloads["fork"]): GitHubEvent {
  const { full_name: fullName, html_url: url } = payload.forkee;
  return { name: "fork", ...baseOf(payload), fork: { fullName, url } };
}

function discussionCreated(payload: Payloads["discussion"]): GitHubEvent {
  return { name: "discussion.created", ...baseOf(payload), discussion: toDiscussion(payload.discussion) };
}

function discussionCommented(payload: Payloads["discussionComment"]): GitHubEvent {
  const base = baseOf(payload);
  const { id, user, body, html_url: url } = payload.comment;
  const comment = { id, author: user?.login ?? base.sender, ...avatar(user), body: body ?? "", url };
  return { name: "discussion_comment.created", ...base, discussion: toDiscussion(payload.discussion), comment };
}

function toDiscussion(payload: DiscussionPayload): DiscussionChanged["discussion"] {
  const { id, node_id: nodeId, number, title, html_url: url, body, user, category } = payload;
  const group = category?.name ? { category: { name: category.name, ...text("emoji", category.emoji) } } : {};
  return { id, nodeId, number, title, url, ...text("author", user?.login), ...avatar(user), ...text("body", body), ...group };
}

function avatar(account: AccountPayload | null | undefined): { readonly authorAvatarUrl?: string } {
  const url = account?.avatar_url ?? "";
  return parseHttpUrl(url) === undefined ? {} : { authorAvatarUrl: url };
}

function toIssue(payload: IssuePayload): Issue {
  const { id, number, title, html_url: url } = payload;
  return {
    ...{ id, number, title, url },
    ...text("state", payload.state),
    ...text("author", payload.user?.login),
    labels: toLabels(payload.labels ?? []),
    assignees: (payload.assignees ?? []).flatMap((account) => ownText(account, "login") ?? []),
    ...time("createdAt", payload.created_at),
    ...time("updatedAt", payload.updated_at),
  };
}

function toPullRequest(payload: PullRequestPayload): PullRequest {
  return { ...toIssue(payload), isDraft: payload.draft === true, isMerged: payload.merged === true };
}

/** Entries that are no labels are left out. */
function toLabels(entries: readonly unknown[]): readonly Label[] {
  return entries.flatMap((entry) => {
    const name = ownText(entry, "name");
    const color = ownText(entry, "color");
    const isColor = color !== undefined && /^[0-9a-f]{6}$/i.test(color);
    const description = ownText(entry, "description");
    return name === undefined ? [] : [{ name, ...(isColor ? { color } : {}), ...text("description", description) }];
  });
}

function toCommit(entry: unknown): readonly Commit[] {
  const id = ownText(entry, "id");
  const url = ownText(entry, "url");
  const title = ownText(entry, "message")
    ?.split(/[\r\n]/, 1)[0]
    ?.trim();
  const author = ownText(ownMember(entry, "author"), "username") ?? ownText(ownMember(entry, "author"), "name");
  const link = parseHttpUrl(url) === undefined ? undefined : url;
  return id === undefined ? [] : [{ id, ...text("title", title), ...text("author", author), ...text("url", link) }];
}

function ownText(value: unknown, key: string): string | undefined {
  const member = ownMember(value, key);
  return typeof member === "string" && member !== "" ? member : undefined;
}

function text<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: string } {
  // A computed key of a generic type widens to an index signature.
  return (value ? { [key]: value } : {}) as { readonly [K in Key]?: string };
}

function time<Key extends string>(key: Key, value: string | null | undefined): { readonly [K in Key]?: number } {
  const at = Date.parse(value ?? "");
  // As above.
  return (Number.isNaN(at) ? {} : { [key]: at }) as { readonly [K in Key]?: number };
}
