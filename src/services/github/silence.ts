import { matchesPattern } from "./branch-pattern.js";
import type { GitHubEvent, IssueLabeled, Label, PullRequestReviewed, Pushed, WorkflowRunCompleted } from "./events.js";
import type { GitHubEventName, RepositoryState } from "./state-schema.js";

/** Why a connection says nothing of an event, as the end of "not sent: …"; undefined where it speaks. */
export function reasonForSilence(event: GitHubEvent, state: RepositoryState, enabled: ReadonlySet<string>): string | undefined {
  const needed = neededNames(event);
  if (!needed.some((name) => enabled.has(name))) return `the connection's events do not include ${needed.join(" or ")}`;
  return reasonOfLabels(event, state) ?? reasonOfContent(event, state, enabled);
}

/** One of them has to be enabled (Hookshot reference 2.3, column "needs"). */
function neededNames(event: GitHubEvent): readonly GitHubEventName[] {
  switch (event.name) {
    case "issues.opened":
      return ["issue.created", "issue"];
    case "issues.closed":
    case "issues.reopened":
      return ["issue.changed", "issue"];
    case "issues.edited":
      return ["issue.edited", "issue"];
    case "issues.labeled":
      return ["issue.labeled", "issue"];
    case "issues.assigned":
      return ["issue.assigned"];
    case "issues.unassigned":
      return ["issue.unassigned"];
    case "issues.milestoned":
      return ["issue.milestoned"];
    case "issues.demilestoned":
      return ["issue.demilestoned"];
    case "issue_comment.created":
      return ["issue.comment.created", "issue.comment", ...(event.isPullRequest ? (["pull_request.comment"] as const) : [])];
    case "pull_request.opened":
      return ["pull_request.opened", "pull_request"];
    case "pull_request.ready_for_review":
      return ["pull_request.ready_for_review", "pull_request"];
    case "pull_request.closed":
      return ["pull_request.closed", "pull_request", ...(event.issue.isMerged ? (["pull_request.merged"] as const) : [])];
    case "pull_request.reopened":
    case "pull_request.synchronize":
    case "pull_request.converted_to_draft":
    case "pull_request.review_requested":
    case "pull_request.assigned":
    case "pull_request.unassigned":
      return [event.name];
    case "pull_request_review.submitted":
      return event.state === "commented" ? ["pull_request.review.comment"] : ["pull_request.reviewed", "pull_request"];
    case "pull_request_review_comment.created":
      return ["pull_request.review.comment"];
    case "release.published":
      return ["release", "release.created"];
    case "release.created":
      return ["release", "release.drafted"];
    case "workflow_run.completed":
      return ["workflow", "workflow.run", ...namesOfConclusion(event)];
    case "push":
      return ["push", "push.commits"];
    case "create":
      return [`${event.kind}.created`];
    case "delete":
      return [`${event.kind}.deleted`];
    case "check_run.completed":
      return ["check_run"];
    case "deployment.created":
      return ["deployment"];
    case "deployment_status.created":
      return ["deployment_status"];
    case "star.created":
      return ["star"];
    case "fork":
      return ["fork"];
    case "discussion.created":
    case "discussion_comment.created":
      return [];
  }
}

const conclusions = ["success", "failure", "neutral", "cancelled", "timed_out", "action_required", "stale"] as const;

/** Other conclusions have no name of their own. */
function namesOfConclusion({ conclusion }: WorkflowRunCompleted): readonly GitHubEventName[] {
  return conclusions.filter((known) => known === conclusion).map((known) => `workflow.run.${known}` as const);
}

/** A label that excludes goes before one that includes. */
function reasonOfLabels(event: GitHubEvent, { includingLabels = [], excludingLabels = [] }: RepositoryState): string | undefined {
  if (!("issue" in event)) return undefined;
  const labels = event.name === "issues.labeled" ? [...event.issue.labels, ...event.labels] : event.issue.labels;
  const excluding = namesAmong(labels, excludingLabels);
  if (excluding.length > 0) return "one of its labels is among excludingLabels";
  if (event.name === "issues.labeled") return reasonOfNewLabels(event, includingLabels);
  if (includingLabels.length > 0 && namesAmong(labels, includingLabels).length === 0) return "none of its labels is among includingLabels";
  return undefined;
}

function reasonOfNewLabels({ labels }: IssueLabeled, includingLabels: readonly string[]): string | undefined {
  if (includingLabels.length === 0) return "new labels are told only where includingLabels names some";
  return namesAmong(labels, includingLabels).length === 0 ? "none of the new labels is among includingLabels" : undefined;
}

function namesAmong(labels: readonly Label[], names: readonly string[]): readonly Label[] {
  return labels.filter(({ name }) => names.includes(name));
}

function reasonOfContent(event: GitHubEvent, state: RepositoryState, enabled: ReadonlySet<string>): string | undefined {
  if (event.name === "pull_request_review.submitted") return reasonOfReview(event);
  if (event.name === "workflow_run.completed") return reasonOfWorkflow(event, state);
  if (event.name === "push") return reasonOfPush(event, enabled);
  if (event.name === "release.created" && !event.release.isDraft) return "the release is no draft; it is told once it is published";
  return undefined;
}

function reasonOfReview({ state, comment }: PullRequestReviewed): string | undefined {
  if (state === "approved" || state === "changes_requested") return undefined;
  if (state !== "commented") return `reviews that are ${state} are not told`;
  return comment === undefined ? "the review has no words of its own besides comments on lines" : undefined;
}

/** Excluded workflows are looked at first; an empty list of included ones lets none pass (reference 2.3). */
function reasonOfWorkflow({ workflow, branch }: WorkflowRunCompleted, { workflowRun = {} }: RepositoryState): string | undefined {
  const { matchingBranch, includingWorkflows, excludingWorkflows = [] } = workflowRun;
  if (excludingWorkflows.includes(workflow)) return "the workflow is among workflowRun.excludingWorkflows";
  if (includingWorkflows?.includes(workflow) === false) return "the workflow is not among workflowRun.includingWorkflows";
  if (matchingBranch && !matchesPattern(matchingBranch, branch ?? "")) return "the branch does not match workflowRun.matchingBranch";
  return undefined;
}

/** Branches that come and go are pushes too; a list of commits says nothing of them. */
function reasonOfPush({ commits }: Pushed, enabled: ReadonlySet<string>): string | undefined {
  return !enabled.has("push") && commits.length === 0 ? "the push brought no commits" : undefined;
}
