/** What a webhook of a repository is to send: what rooms that are connected to it hear. Names are GitHub's. */
export const bridgedEvents: readonly string[] = [
  ...["issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"],
  ...["push", "create", "delete", "release", "workflow_run", "check_run", "deployment", "deployment_status", "star", "fork"],
];
