import type { GitHubEvent } from "./events.js";
import {
  assignedWords,
  issueCommentedWords,
  issueEditedWords,
  issueLabeledWords,
  issueOpenedWords,
  issueStateWords,
  milestoneWords,
  unassignedWords,
} from "./messages-issues.js";
import type { Words } from "./messages-parts.js";
import {
  lineCommentedWords,
  pullRequestChangedWords,
  pullRequestClosedWords,
  pullRequestOpenedWords,
  pullRequestReadyWords,
  reviewedWords,
  reviewRequestedWords,
} from "./messages-pull-requests.js";
import {
  checkRunWords,
  deployedWords,
  deploymentStatusWords,
  forkedWords,
  pushWords,
  refWords,
  releaseWords,
  starredWords,
  workflowRunWords,
} from "./messages-repository.js";

/** What a message depends on besides its event. */
export interface View {
  readonly enabled: ReadonlySet<string>;
  /** Where the issue's own room is, if it is to be shown. */
  readonly issueRoomUrl?: string;
  /** What was said along with the event, looked up. */
  readonly comment?: string;
  /** What a pull request changes, looked up and cut. */
  readonly diff?: string;
}

/** Undefined for what is told in rooms of its own. */
export function wordsOf(event: GitHubEvent, { enabled, issueRoomUrl, comment, diff }: View): Words | undefined {
  switch (event.name) {
    case "issues.opened":
      return issueOpenedWords(event, issueRoomUrl);
    case "issues.closed":
    case "issues.reopened":
      return issueStateWords(event, comment);
    case "issues.edited":
      return issueEditedWords(event);
    case "issues.labeled":
      return issueLabeledWords(event);
    case "issues.assigned":
    case "pull_request.assigned":
      return assignedWords(event);
    case "issues.unassigned":
    case "pull_request.unassigned":
      return unassignedWords(event);
    case "issues.milestoned":
    case "issues.demilestoned":
      return milestoneWords(event);
    case "issue_comment.created":
      return issueCommentedWords(event);
    case "pull_request.opened":
      return pullRequestOpenedWords(event, diff);
    case "pull_request.ready_for_review":
      return pullRequestReadyWords(event);
    case "pull_request.closed":
      return pullRequestClosedWords(event, event.issue.isMerged && saysMerged(enabled), comment);
    case "pull_request.reopened":
    case "pull_request.synchronize":
    case "pull_request.converted_to_draft":
      return pullRequestChangedWords(event, event.name);
    case "pull_request.review_requested":
      return reviewRequestedWords(event);
    case "pull_request_review.submitted":
      return reviewedWords(event);
    case "pull_request_review_comment.created":
      return lineCommentedWords(event);
    case "release.published":
    case "release.created":
      return releaseWords(event);
    case "workflow_run.completed":
      return workflowRunWords(event);
    case "push":
      return pushWords(event, enabled.has("push.commits") && event.commits.length > 0);
    case "create":
    case "delete":
      return refWords(event);
    case "check_run.completed":
      return checkRunWords(event);
    case "deployment.created":
      return deployedWords(event);
    case "deployment_status.created":
      return deploymentStatusWords(event);
    case "star.created":
      return starredWords(event);
    case "fork":
      return forkedWords(event);
    case "discussion.created":
    case "discussion_comment.created":
      return undefined;
  }
}

/** A room that asked for closed pull requests alone hears of merged ones as closed (reference 2.16). */
function saysMerged(enabled: ReadonlySet<string>): boolean {
  return enabled.has("pull_request") || enabled.has("pull_request.merged");
}
