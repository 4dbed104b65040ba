import { RemoteError } from "../../core/errors.js";
import { compileSchema, type Validated } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import {
  appSchema,
  commentSchema,
  createdIssueSchema,
  installationSchema,
  issueSchema,
  permissionSchema,
  repositorySchema,
  userSchema,
  workflowSchema,
  type AppAnswer,
  type CommentAnswer,
  type CreatedIssueAnswer,
  type InstallationAnswer,
  type IssueAnswer,
  type PermissionAnswer,
  type RepositoryAnswer,
  type UserAnswer,
  type WorkflowAnswer,
} from "./client-schema.js";
import { explainFailure, unreadableAnswer } from "./failures.js";
import { statusOf } from "./octokit-failure.js";
import type { IssueName, RepositoryName } from "./repository-name.js";

export interface NewGitHubIssue {
  readonly title: string;
  readonly body?: string;
  readonly labels: readonly string[];
}

export type ReviewEvent = "APPROVE" | "REQUEST_CHANGES" | "COMMENT";

/**
 * The part of GitHub's REST API that we need, as it speaks. Every failure is a RemoteError, or a PermissionError where a person's token does
 * not suffice, with a sentence that names reason and remedy; where something may have been changed although no answer came, it says so.
 */
export interface GitHubClient {
  whoAmI(link: GitHubLink): Promise<UserAnswer>;
  /** Undefined when there is none or the account may not see it. */
  findRepository(link: GitHubLink, repository: RepositoryName): Promise<RepositoryAnswer | undefined>;
  /** `admin`, `write`, `read` or `none`; undefined when there is no such repository, or the account may not see it. */
  permissionOf(link: GitHubLink, repository: RepositoryName, login: string): Promise<string | undefined>;
  app(link: GitHubLink): Promise<AppAnswer>;
  installations(link: GitHubLink): Promise<readonly InstallationAnswer[]>;
  /** Undefined when the App is not installed there. */
  findInstallation(link: GitHubLink, repository: RepositoryName): Promise<InstallationAnswer | undefined>;
  /** An issue or pull request; undefined when there is none or the account may not see it. */
  findIssue(link: GitHubLink, issue: IssueName): Promise<IssueAnswer | undefined>;
  newestIssue(link: GitHubLink, repository: RepositoryName): Promise<IssueAnswer | undefined>;
  createIssue(link: GitHubLink, repository: RepositoryName, issue: NewGitHubIssue): Promise<CreatedIssueAnswer>;
  setState(link: GitHubLink, issue: IssueName, state: "open" | "closed"): Promise<void>;
  /** What is not given stays. */
  editIssue(link: GitHubLink, issue: IssueName, change: Partial<Pick<NewGitHubIssue, "title" | "body">>): Promise<void>;
  /** Issues and pull requests in any state that carry the label, the oldest first, a hundred at most. */
  labelledIssues(link: GitHubLink, repository: RepositoryName, label: string): Promise<readonly IssueAnswer[]>;
  addComment(link: GitHubLink, issue: IssueName, body: string): Promise<void>;
  /** Comments that changed since then (milliseconds since the epoch), the oldest first, a hundred at most. */
  comments(link: GitHubLink, issue: IssueName, since: number): Promise<readonly CommentAnswer[]>;
  /**
   * GitHub leaves out whom it may not assign.
   * @returns who is assigned now; undefined when the answer does not say
   */
  addAssignees(link: GitHubLink, issue: IssueName, logins: readonly string[]): Promise<readonly string[] | undefined>;
  isAssignable(link: GitHubLink, repository: RepositoryName, login: string): Promise<boolean>;
  addReaction(link: GitHubLink, issue: IssueName, content: string): Promise<void>;
  createReview(link: GitHubLink, pull: IssueName, review: { readonly event: ReviewEvent; readonly body: string }): Promise<void>;
  /** What a pull request changes, in the form of `git diff`. */
  diff(link: GitHubLink, pull: IssueName): Promise<string>;
  workflows(link: GitHubLink, repository: RepositoryName): Promise<readonly WorkflowAnswer[]>;
  startWorkflow(link: GitHubLink, repository: RepositoryName, workflowId: number, run: WorkflowRun): Promise<void>;
  searchIssues(link: GitHubLink, query: string, limit: number): Promise<readonly IssueAnswer[]>;
}

export interface WorkflowRun {
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Pages of a list that may be long; an account with more than 10,000 installations would be the first. */
const mostPages = 100;
const perPage = 100;

export type Check<T> = (value: unknown) => Validated<T>;
type Parameters = Readonly<Record<string, unknown>>;

/** Compiles its schemas, so it is made once. */
export function createGitHubClient(): GitHubClient {
  const options = { useDefaults: false, allErrors: false };
  const user = compileSchema<UserAnswer>(userSchema, options);
  const repository = compileSchema<RepositoryAnswer>(repositorySchema, options);
  const permission = compileSchema<PermissionAnswer>(permissionSchema, options);
  const app = compileSchema<AppAnswer>(appSchema, options);
  const installation = compileSchema<InstallationAnswer>(installationSchema, options);
  const issue = compileSchema<IssueAnswer>(issueSchema, options);
  const created = compileSchema<CreatedIssueAnswer>(createdIssueSchema, options);
  const comment = compileSchema<CommentAnswer>(commentSchema, options);
  const workflow = compileSchema<WorkflowAnswer>(workflowSchema, options);
  return {
    whoAmI: (link) => ask(link, "GET /user", {}, user),
    findRepository: (link, name) => find(link, "GET /repos/{owner}/{repo}", only(name), repository),
    async permissionOf(link, name, username) {
      const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
      return (await find(link, route, { ...only(name), username }, permission))?.permission;
    },
    app: (link) => ask(link, "GET /app", {}, app),
    installations: (link) => list(link, "GET /app/installations", {}, installation),
    findInstallation: (link, name) => find(link, "GET /repos/{owner}/{repo}/installation", only(name), installation),
    findIssue: (link, name) => find(link, issueRoute("GET"), issueParameters(name), issue),
    async newestIssue(link, name) {
      const found = await send(link, "GET /repos/{owner}/{repo}/issues", { ...only(name), per_page: 1 });
      return goodOnes(found, issue)[0];
    },
    createIssue: (link, name, fields) => ask(link, "POST /repos/{owner}/{repo}/issues", { ...only(name), ...fields }, created),
    async setState(link, name, state) {
      await change(link, issueRoute("PATCH"), { ...issueParameters(name), state });
    },
    async editIssue(link, name, { title, body }) {
      const fields = { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) };
      await change(link, issueRoute("PATCH"), { ...issueParameters(name), ...fields });
    },
    async labelledIssues(link, name, label) {
      const query = { labels: label, state: "all", sort: "created", direction: "asc", per_page: perPage };
      const found = await send(link, "GET /repos/{owner}/{repo}/issues", { ...only(name), ...query });
      if (!Array.isArray(found)) throw unreadableAnswer(link, false);
      return goodOnes(found, issue);
    },
    async addComment(link, name, body) {
      await change(link, issueRoute("POST", "/comments"), { ...issueParameters(name), body });
    },
    async comments(link, name, since) {
      const query = { since: new Date(since).toISOString(), per_page: perPage };
      return goodOnes(await send(link, issueRoute("GET", "/comments"), { ...issueParameters(name), ...query }), comment);
    },
    async addAssignees(link, name, assignees) {
      const answer = issue(await change(link, issueRoute("POST", "/assignees"), { ...issueParameters(name), assignees }));
      return answer.ok ? answer.value.assignees?.map(({ login }) => login) : undefined;
    },
    async isAssignable(link, name, assignee) {
      return (await trySend(link, "GET /repos/{owner}/{repo}/assignees/{assignee}", { ...only(name), assignee })) !== undefined;
    },
    async addReaction(link, name, content) {
      await change(link, issueRoute("POST", "/reactions"), { ...issueParameters(name), content });
    },
    async createReview(link, name, { event, body }) {
      const review = body === "" ? { event } : { event, body };
      await change(link, "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews", { ...only(name), pull_number: name.number, ...review });
    },
    async diff(link, name) {
      const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
      const diff = await send(link, route, { ...only(name), pull_number: name.number, headers: { accept: "application/vnd.github.diff" } });
      if (typeof diff !== "string") throw unreadableAnswer(link, false);
      return diff;
    },
    workflows: (link, name) => list(link, "GET /repos/{owner}/{repo}/actions/workflows", only(name), workflow),
    async startWorkflow(link, name, workflowId, { ref, inputs }) {
      const route = "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
      await send(link, route, { ...only(name), workflow_id: workflowId, ref, inputs });
    },
    async searchIssues(link, query, limit) {
      const found = await send(link, "GET /search/issues", { q: query, per_page: limit });
      const items: unknown = typeof found === "object" && found !== null && "items" in found ? found.items : undefined;
      if (!Array.isArray(items)) throw unreadableAnswer(link, false);
      return goodOnes(items, issue);
    },
  };
}

export function issueRoute(method: "GET" | "POST" | "PATCH", below = ""): string {
  return `${method} /repos/{owner}/{repo}/issues/{issue_number}${below}`;
}

/** What a route does not name would go into the query. */
export function only({ owner, repo }: RepositoryName): Parameters {
  return { owner, repo };
}

export function issueParameters({ owner, repo, number }: IssueName): Parameters {
  return { owner, repo, issue_number: number };
}

/** Undefined for 404. */
export async function find<T>(link: GitHubLink, route: string, parameters: Parameters, check: Check<T>): Promise<T | undefined> {
  const answer = await trySend(link, route, parameters);
  return answer === undefined ? undefined : read(link, route, answer.data, check);
}

export async function ask<T>(link: GitHubLink, route: string, parameters: Parameters, check: Check<T>): Promise<T> {
  return read(link, route, await send(link, route, parameters), check);
}

/** All pages; entries that are not readable are left out. */
export async function list<T>(link: GitHubLink, route: string, parameters: Parameters, check: Check<T>): Promise<readonly T[]> {
  const found: unknown[] = [];
  let pages = 0;
  try {
    const octokit = await link.octokit();
    for await (const page of octokit.paginate.iterator(route, { ...parameters, per_page: perPage })) {
      // Octokit types pages of routes that it does not know `any`.
      const items: unknown = page.data;
      if (!Array.isArray(items)) throw new TypeError("a page is no list");
      for (const item of items) found.push(item);
      pages += 1;
      if (pages === mostPages) break;
    }
  } catch (error) {
    // The pagination looks for members of what is no object, such as a proxy's page.
    if (error instanceof TypeError) throw unreadableAnswer(link, false);
    throw explainFailure(error, { link, changes: false, now: link.now() });
  }
  return goodOnes(found, check);
}

/** Entries that are not readable are left out. */
export function goodOnes<T>(items: unknown, check: Check<T>): readonly T[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    const checked = check(item);
    return checked.ok ? [checked.value] : [];
  });
}

function read<T>(link: GitHubLink, route: string, data: unknown, check: Check<T>): T {
  const answer = check(data);
  if (!answer.ok) throw unreadableAnswer(link, isChange(route));
  return answer.value;
}

async function send(link: GitHubLink, route: string, parameters: Parameters): Promise<unknown> {
  try {
    return (await request(link, route, parameters)).data;
  } catch (error) {
    throw explainFailure(error, { link, changes: isChange(route), now: link.now() });
  }
}

/** For requests of whose answer little is read: that it is GitHub's has to be seen all the same. */
export async function change(link: GitHubLink, route: string, parameters: Parameters): Promise<object> {
  const answer = await send(link, route, parameters);
  if (typeof answer !== "object" || answer === null) throw unreadableAnswer(link, true);
  return answer;
}

async function trySend(link: GitHubLink, route: string, parameters: Parameters): Promise<{ readonly data: unknown } | undefined> {
  try {
    return await request(link, route, parameters);
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw explainFailure(error, { link, changes: isChange(route), now: link.now() });
  }
}

/** A redirect that was not followed is no answer. */
async function request({ site, ...link }: GitHubLink, route: string, parameters: Parameters): Promise<{ readonly data: unknown }> {
  const octokit = await link.octokit();
  const response: { readonly status: number; readonly data: unknown } = await octokit.request(route, { ...parameters });
  if (response.status < 300) return { data: response.data };
  throw new RemoteError(`${new URL(site.apiUrl).host} redirects to another place`, { status: response.status });
}

function isChange(route: string): boolean {
  return !route.startsWith("GET ");
}
