/**
 * Events that GitHub can send and that are not told to rooms (names: GitHub's documentation "Webhook events and payloads"). A name without an
 * action stands for the event with all its actions.
 */
export const ignoredEvents: readonly string[] = [
  "ping",
  // What the App may read: heard, and not told.
  ...["installation", "installation_repositories", "installation_target"],
  ...actions("issues", ["deleted", "locked", "pinned", "transferred", "typed", "unlocked", "unpinned", "untyped"]),
  // Heard: it takes back what waits to be told.
  ...actions("issues", ["unlabeled"]),
  ...actions("issue_comment", ["deleted", "edited", "pinned", "unpinned"]),
  ...["issue_dependencies", "sub_issues", "label", "milestone"],
  ...actions("pull_request", [
    ...["auto_merge_disabled", "auto_merge_enabled", "demilestoned", "dequeued", "edited", "enqueued", "labeled", "locked", "merged"],
    ...["milestoned", "review_request_removed", "unlabeled", "unlocked"],
  ]),
  ...actions("pull_request_review", ["dismissed", "edited"]),
  ...actions("pull_request_review_comment", ["deleted", "edited"]),
  ...["pull_request_review_thread", "merge_group"],
  ...actions("release", ["deleted", "edited", "prereleased", "released", "unpublished"]),
  ...actions("workflow_run", ["in_progress", "requested"]),
  ...["workflow_job", "workflow_dispatch", "repository_dispatch"],
  ...actions("check_run", ["created", "requested_action", "rerequested"]),
  ...["check_suite", "status", "deployment_protection_rule", "deployment_review", "page_build"],
  ...actions("star", ["deleted"]),
  ...["watch", "commit_comment", "gollum", "public", "sponsorship"],
  ...actions("discussion", [
    ...["answered", "category_changed", "closed", "deleted", "edited", "labeled", "locked", "pinned", "reopened", "transferred"],
    ...["unanswered", "unlabeled", "unlocked", "unpinned"],
  ]),
  ...actions("discussion_comment", ["deleted", "edited"]),
  ...["repository", "repository_advisory", "repository_import", "repository_ruleset", "repository_vulnerability_alert", "deploy_key"],
  ...["branch_protection_configuration", "branch_protection_rule", "custom_property", "custom_property_values", "meta"],
  ...["code_scanning_alert", "dependabot_alert", "secret_scanning_alert", "secret_scanning_alert_location", "secret_scanning_scan"],
  ...["security_advisory", "security_and_analysis", "package", "registry_package", "marketplace_purchase"],
  ...["github_app_authorization", "personal_access_token_request", "member", "membership", "organization", "org_block", "team", "team_add"],
  ...["project", "project_card", "project_column", "projects_v2", "projects_v2_item", "projects_v2_status_update"],
];

function actions(event: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `${event}.${name}`);
}
