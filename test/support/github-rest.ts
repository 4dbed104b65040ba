import { GitHubRefusal, notFound, refusalAnswer, type GitHubAnswer } from "./github-answers.js";
import { accountJson, installationJson } from "./github-json.js";
import { fullNameOf } from "./github-records.js";
import {
  appOnly,
  bodyOf,
  noteChange,
  pageOf,
  personOf,
  repositoryOf,
  textOf,
  writerOf,
  type GitHubCall,
  type GitHubRequest,
} from "./github-rest-call.js";
import {
  addAssignees,
  addComment,
  addReaction,
  checkAssignee,
  createIssue,
  createReview,
  editIssue,
  listComments,
  listIssues,
  readIssue,
  readPull,
  readRepository,
  searchIssues,
} from "./github-rest-issues.js";

import {
  answerGraphql,
  listNotifications,
  readAccount,
  readComment,
  readInstallationOfOrganization,
  readInstallationOfUser,
} from "./github-rest-rooms.js";
import { createHook, editHook, listHooks } from "./github-rest-hooks.js";
import { listInstallationsOfUser, listRepositoriesOfInstallation } from "./github-rest-user.js";

interface Route {
  readonly method: string;
  /** `*` stands for one name. */
  readonly path: string;
  readonly handle: (call: GitHubCall) => GitHubAnswer;
}

const routes: readonly Route[] = [
  { method: "GET", path: "/user", handle: readUser },
  { method: "GET", path: "/app", handle: readApp },
  { method: "GET", path: "/app/installations", handle: listInstallations },
  { method: "POST", path: "/app/installations/*/access_tokens", handle: createInstallationToken },
  { method: "GET", path: "/repos/*/*", handle: readRepository },
  { method: "GET", path: "/repos/*/*/installation", handle: readInstallation },
  { method: "GET", path: "/repos/*/*/collaborators/*/permission", handle: readPermission },
  { method: "GET", path: "/repos/*/*/assignees/*", handle: checkAssignee },
  { method: "GET", path: "/repos/*/*/issues", handle: listIssues },
  { method: "POST", path: "/repos/*/*/issues", handle: createIssue },
  { method: "GET", path: "/repos/*/*/issues/*", handle: readIssue },
  { method: "PATCH", path: "/repos/*/*/issues/*", handle: editIssue },
  { method: "GET", path: "/repos/*/*/issues/*/comments", handle: listComments },
  { method: "POST", path: "/repos/*/*/issues/*/comments", handle: addComment },
  { method: "POST", path: "/repos/*/*/issues/*/assignees", handle: addAssignees },
  { method: "POST", path: "/repos/*/*/issues/*/reactions", handle: addReaction },
  { method: "GET", path: "/repos/*/*/pulls/*", handle: readPull },
  { method: "POST", path: "/repos/*/*/pulls/*/reviews", handle: createReview },
  { method: "GET", path: "/repos/*/*/actions/workflows", handle: listWorkflows },
  { method: "POST", path: "/repos/*/*/actions/workflows/*/dispatches", handle: dispatchWorkflow },
  { method: "GET", path: "/repos/*/*/hooks", handle: listHooks },
  { method: "POST", path: "/repos/*/*/hooks", handle: createHook },
  { method: "PATCH", path: "/repos/*/*/hooks/*", handle: editHook },
  { method: "GET", path: "/search/issues", handle: searchIssues },
  { method: "GET", path: "/repos/*/*/issues/comments/*", handle: readComment },
  { method: "GET", path: "/users/*", handle: readAccount },
  { method: "GET", path: "/users/*/installation", handle: readInstallationOfUser },
  { method: "GET", path: "/orgs/*/installation", handle: readInstallationOfOrganization },
  { method: "GET", path: "/user/installations", handle: listInstallationsOfUser },
  { method: "GET", path: "/user/installations/*/repositories", handle: listRepositoriesOfInstallation },
  { method: "GET", path: "/notifications", handle: listNotifications },
  { method: "POST", path: "/graphql", handle: answerGraphql },
];

/** Answers one request of the REST API. */
export function answerRest(request: GitHubRequest, surroundings: Omit<GitHubCall, "request" | "parts" | "caller">): GitHubAnswer {
  try {
    const caller = surroundings.tokens.callerOf(request.authorization, surroundings.now);
    const moved = redirectOf(request, surroundings);
    if (moved !== undefined) return moved;
    for (const { method, path, handle } of routes) {
      const parts = method === request.method ? matchPath(path, request.path) : undefined;
      if (parts !== undefined) return handle({ ...surroundings, request, parts, caller });
    }
    throw notFound();
  } catch (error) {
    if (error instanceof GitHubRefusal) return refusalAnswer(error);
    throw error;
  }
}

function matchPath(pattern: string, path: string): readonly string[] | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length || !wanted.every((part, index) => part === "*" || part === given[index])) return undefined;
  return given.filter((_part, index) => wanted[index] === "*").map(decodeURIComponent);
}

/** Former names of repositories are sent on: reads for good, changes for this once. */
function redirectOf(
  { method, path, query }: GitHubRequest,
  { site, places }: Pick<GitHubCall, "site" | "places">,
): GitHubAnswer | undefined {
  const [, name = "", rest = ""] = /^\/repos\/([^/]+\/[^/]+)(.*)$/.exec(path) ?? [];
  const repository = site.findByFormerName(name);
  if (repository === undefined) return undefined;
  const search = query.size === 0 ? "" : `?${query.toString()}`;
  const location = `${places.apiUrl}/repos/${fullNameOf(repository)}${rest}${search}`;
  return { status: method === "GET" ? 301 : 307, headers: { location }, body: { message: "Moved Permanently", url: location } };
}

function readUser(call: GitHubCall): GitHubAnswer {
  return { status: 200, body: accountJson(call.places, personOf(call)) };
}

function readApp(call: GitHubCall): GitHubAnswer {
  appOnly(call);
  const { places, tokens } = call;
  return {
    status: 200,
    body: { id: tokens.appId, slug: "switchboard", name: "Switchboard", html_url: `${places.webUrl}/apps/switchboard` },
  };
}

function listInstallations(call: GitHubCall): GitHubAnswer {
  appOnly(call);
  const json = call.site.installations.map((installation) => installationJson(call.places, call.tokens.appId, installation));
  return pageOf(call, json, (page) => page);
}

function createInstallationToken(call: GitHubCall): GitHubAnswer {
  appOnly(call);
  const installation = call.site.installations.find(({ id }) => String(id) === call.parts[0]);
  if (installation === undefined) throw notFound();
  if (installation.isSuspended) throw new GitHubRefusal(403, "This installation has been suspended");
  const { token, end } = call.tokens.issue(installation, call.now);
  const selection = installation.selected === undefined ? "all" : "selected";
  const body = { token, expires_at: new Date(end).toISOString(), permissions: { issues: "write" }, repository_selection: selection };
  return { status: 201, body };
}

function readInstallation(call: GitHubCall): GitHubAnswer {
  appOnly(call);
  const [owner = "", name = ""] = call.parts;
  const repository = call.site.find(`${owner}/${name}`);
  const installation = repository && call.site.installationOf(repository);
  if (installation === undefined) throw notFound();
  return { status: 200, body: installationJson(call.places, call.tokens.appId, installation) };
}

/** Who may push is told (GitHub's "Get repository permissions for a user"). */
function readPermission(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const asking = call.site.permissionOf(repository, personOf(call).login);
  if (asking === "read") throw new GitHubRefusal(403, "Must have push access to view collaborator permission.");
  const permission = call.site.permissionOf(repository, call.parts[2] ?? "") ?? "none";
  return { status: 200, body: { permission, role_name: permission, user: { login: call.parts[2] } } };
}

function listWorkflows(call: GitHubCall): GitHubAnswer {
  const { workflows } = repositoryOf(call);
  const json = workflows.map(({ id, name, path }) => ({ id, name, path, state: "active" }));
  return pageOf(call, json, (page) => ({ total_count: json.length, workflows: page }));
}

function dispatchWorkflow(call: GitHubCall): GitHubAnswer {
  const repository = repositoryOf(call);
  const by = writerOf(call, repository);
  const workflow = repository.workflows.find(({ id }) => String(id) === call.parts[2]);
  if (workflow === undefined) throw notFound();
  const { ref, inputs = {} } = bodyOf(call);
  const named = textOf(ref);
  if (named === undefined) throw new GitHubRefusal(422, 'Invalid request.\n\n"ref" wasn\'t supplied.');
  workflow.runs.push({ ref: named, inputs: { ...(typeof inputs === "object" ? inputs : {}) }, by: by.login });
  noteChange(call, "dispatched", by.login, repository);
  return { status: 204 };
}
