import {
  fullNameOf,
  type StandInGitHubAccount,
  type StandInGitHubComment,
  type StandInGitHubIssue,
  type StandInInstallation,
  type StandInRepository,
  type StandInReview,
} from "./github-records.js";

// What GitHub's REST API and webhooks say of things: the members that are read here and there, as GitHub names them.

/** Where the stand-in is: as people open it, and its API. */
export interface GitHubPlaces {
  readonly webUrl: string;
  readonly apiUrl: string;
}

export function accountJson({ apiUrl, webUrl }: GitHubPlaces, { id, login, isOrganization }: StandInGitHubAccount): object {
  return {
    login,
    id,
    node_id: `node-${id}`,
    avatar_url: `${webUrl}/avatars/${id}`,
    url: `${apiUrl}/users/${login}`,
    html_url: `${webUrl}/${login}`,
    type: isOrganization ? "Organization" : "User",
    site_admin: false,
  };
}

export function repositoryJson(places: GitHubPlaces, repository: StandInRepository): object {
  const { id, name, owner, isPrivate, description, defaultBranch } = repository;
  return {
    id,
    node_id: `node-${id}`,
    name,
    full_name: fullNameOf(repository),
    private: isPrivate,
    owner: accountJson(places, owner),
    html_url: webUrlOf(places, repository),
    description,
    url: apiUrlOf(places, repository),
    default_branch: defaultBranch,
  };
}

export function issueJson(places: GitHubPlaces, repository: StandInRepository, issue: StandInGitHubIssue): object {
  const path = `issues/${issue.number}`;
  const web = `${webUrlOf(places, repository)}/${issue.pull === undefined ? "issues" : "pull"}/${issue.number}`;
  return {
    ...commonJson(places, issue),
    url: `${apiUrlOf(places, repository)}/${path}`,
    repository_url: apiUrlOf(places, repository),
    html_url: web,
    comments: issue.comments.length,
    ...(issue.pull === undefined
      ? {}
      : { pull_request: { url: `${apiUrlOf(places, repository)}/pulls/${issue.number}`, html_url: web, diff_url: `${web}.diff` } }),
  };
}

/** @throws TypeError for an issue */
export function pullJson(places: GitHubPlaces, repository: StandInRepository, issue: StandInGitHubIssue): object {
  const { pull, number } = issue;
  if (pull === undefined) throw new TypeError(`#${number} is no pull request`);
  const web = `${webUrlOf(places, repository)}/pull/${number}`;
  return {
    ...commonJson(places, issue),
    url: `${apiUrlOf(places, repository)}/pulls/${number}`,
    html_url: web,
    diff_url: `${web}.diff`,
    draft: pull.isDraft,
    merged: pull.isMerged,
    head: { ref: pull.branch, sha: "5".repeat(40) },
    base: { ref: repository.defaultBranch, sha: "6".repeat(40), repo: repositoryJson(places, repository) },
  };
}

export function commentJson(
  places: GitHubPlaces,
  repository: StandInRepository,
  issue: StandInGitHubIssue,
  { id, author, body, createdAt }: StandInGitHubComment,
): object {
  const at = new Date(createdAt).toISOString();
  const kind = issue.pull === undefined ? "issues" : "pull";
  return {
    id,
    node_id: `node-${id}`,
    url: `${apiUrlOf(places, repository)}/issues/comments/${id}`,
    html_url: `${webUrlOf(places, repository)}/${kind}/${issue.number}#issuecomment-${id}`,
    user: accountJson(places, author),
    body,
    created_at: at,
    updated_at: at,
  };
}

const reviewStates = { APPROVE: "approved", REQUEST_CHANGES: "changes_requested", COMMENT: "commented" } as const;

export function reviewJson(
  places: GitHubPlaces,
  repository: StandInRepository,
  { number }: StandInGitHubIssue,
  { id, author, body, event }: StandInReview,
): object {
  return {
    id,
    node_id: `node-${id}`,
    user: accountJson(places, author),
    body,
    state: reviewStates[event],
    html_url: `${webUrlOf(places, repository)}/pull/${number}#pullrequestreview-${id}`,
  };
}

export function installationJson(places: GitHubPlaces, appId: number, { id, account, selected, isSuspended }: StandInInstallation): object {
  return {
    id,
    account: accountJson(places, account),
    html_url: `${places.webUrl}${account.isOrganization ? `/organizations/${account.login}` : ""}/settings/installations/${id}`,
    app_id: appId,
    repository_selection: selected === undefined ? "all" : "selected",
    target_type: account.isOrganization ? "Organization" : "User",
    permissions: { issues: "write", metadata: "read", pull_requests: "write", actions: "write" },
    suspended_at: isSuspended ? "2026-01-01T00:00:00Z" : null,
  };
}

function commonJson(places: GitHubPlaces, issue: StandInGitHubIssue): object {
  const { id, number, title, body, state, author, labels, assignees, createdAt, updatedAt, closed } = issue;
  return {
    ...{ id, number, title, body, state, node_id: `node-${id}` },
    user: accountJson(places, author),
    labels: labels.map(({ name, color, description }) => ({ id: 1, name, color, description: description ?? null, default: false })),
    assignees: assignees.map((account) => accountJson(places, account)),
    created_at: new Date(createdAt).toISOString(),
    updated_at: new Date(updatedAt).toISOString(),
    closed_at: closed === undefined || state === "open" ? null : new Date(closed.at).toISOString(),
    closed_by: closed === undefined || state === "open" ? null : accountJson(places, closed.by),
  };
}

function apiUrlOf({ apiUrl }: GitHubPlaces, repository: StandInRepository): string {
  return `${apiUrl}/repos/${fullNameOf(repository)}`;
}

function webUrlOf({ webUrl }: GitHubPlaces, repository: StandInRepository): string {
  return `${webUrl}/${fullNameOf(repository)}`;
}
