import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import { pathSegment } from "../../shared/url.js";
import { compileSchema, type Validated } from "../../shared/validate.js";
import { authorization, type JiraAccess } from "./access.js";
import { noAnswer, parseJson, refusal, unreadableAnswer } from "./failures.js";
import {
  commentSchema,
  createdSchema,
  issueFields,
  issueSchema,
  issueTypeSchema,
  projectSchema,
  searchSchema,
  transitionSchema,
  transitionsSchema,
  userSchema,
  usersSchema,
  type CreatedAnswer,
  type IssueAnswer,
  type IssueTypeAnswer,
  type ProjectAnswer,
  type SearchAnswer,
  type TransitionAnswer,
  type TransitionsAnswer,
  type UserAnswer,
} from "./rest-schema.js";
import type { Deployment } from "./schema.js";

/** The network, and the account that asks. */
export interface JiraLink {
  readonly http: HttpClient;
  readonly access: JiraAccess;
}

/**
 * The part of Jira's REST API that we need, as it speaks. Every failure is a RemoteError with a sentence that names reason and remedy;
 * where something may have been changed although no answer came, the error says so.
 */
export interface JiraClient {
  myself(link: JiraLink): Promise<UserAnswer>;
  /**
   * The project with this key, if the account sees it; Jira does not tell a missing project from a hidden one.
   * A key from before a project was renamed finds it too, so the answer's key may differ.
   */
  findProject(link: JiraLink, key: string): Promise<ProjectAnswer | undefined>;
  /** The project's issue types, sub-tasks (which need a parent) left out. */
  issueTypesOf(project: ProjectAnswer): readonly string[];
  createIssue(link: JiraLink, fields: Readonly<Record<string, unknown>>): Promise<CreatedAnswer>;
  /** Undefined when there is none or the account may not see it. A key from before an issue was moved finds it, too. */
  findIssue(link: JiraLink, key: string): Promise<IssueAnswer | undefined>;
  addComment(link: JiraLink, key: string, body: unknown): Promise<void>;
  assign(link: JiraLink, key: string, assignee: Readonly<Record<string, string>>): Promise<void>;
  transitions(link: JiraLink, key: string): Promise<readonly TransitionAnswer[]>;
  transition(link: JiraLink, key: string, id: string): Promise<void>;
  assignableUsers(link: JiraLink, query: Readonly<Record<string, string>>): Promise<readonly UserAnswer[]>;
  /** @param path `search`, or what has taken its place on Cloud */
  search(link: JiraLink, path: string, body: Readonly<Record<string, unknown>>): Promise<readonly IssueAnswer[]>;
}

/** A person waits for the answer. */
const timeoutMs = 10_000;

/** Jira Cloud has both; version 3 is the current one there, Server and Data Center only have 2. */
const apiVersions: Readonly<Record<Deployment, string>> = { cloud: "3", server: "2" };

interface Call {
  readonly method: HttpRequest["method"];
  /** Below `/rest/api/<version>/`. */
  readonly path: string;
  readonly body?: unknown;
  /** Whether it makes something different. A search is sent by POST and makes nothing different. */
  readonly changes?: true;
}

type Check<T> = (value: unknown) => Validated<T>;

/** Compiles its schemas, so it is made once. */
export function createJiraClient(): JiraClient {
  const options = { useDefaults: false, allErrors: false };
  const checks = {
    user: compileSchema<UserAnswer>(userSchema, options),
    users: compileSchema<readonly unknown[]>(usersSchema, options),
    project: compileSchema<ProjectAnswer>(projectSchema, options),
    issueType: compileSchema<IssueTypeAnswer>(issueTypeSchema, options),
    created: compileSchema<CreatedAnswer>(createdSchema, options),
    issue: compileSchema<IssueAnswer>(issueSchema, options),
    comment: compileSchema<{ readonly id: string }>(commentSchema, options),
    transitions: compileSchema<TransitionsAnswer>(transitionsSchema, options),
    transition: compileSchema<TransitionAnswer>(transitionSchema, options),
    search: compileSchema<SearchAnswer>(searchSchema, options),
  };
  return {
    myself: (link) => ask(link, { method: "GET", path: "myself" }, checks.user),
    findProject: (link, key) => find(link, `project/${pathSegment(key)}`, checks.project),
    issueTypesOf({ issueTypes }) {
      const types = goodOnes(issueTypes ?? [], checks.issueType).filter(({ subtask }) => subtask !== true);
      return [...new Set(types.map(({ name }) => name))];
    },
    createIssue: (link, fields) => ask(link, { method: "POST", path: "issue", body: { fields }, changes: true }, checks.created),
    findIssue: (link, key) => find(link, `${issuePath(key)}?fields=${issueFields.join(",")}`, checks.issue),
    async addComment(link, key, body) {
      await ask(link, { method: "POST", path: `${issuePath(key)}/comment`, body: { body }, changes: true }, checks.comment);
    },
    assign: (link, key, assignee) => tell(link, { method: "PUT", path: `${issuePath(key)}/assignee`, body: assignee, changes: true }),
    async transitions(link, key) {
      const { transitions } = await ask(link, { method: "GET", path: `${issuePath(key)}/transitions` }, checks.transitions);
      return goodOnes(transitions, checks.transition);
    },
    transition: (link, key, id) =>
      tell(link, { method: "POST", path: `${issuePath(key)}/transitions`, body: { transition: { id } }, changes: true }),
    async assignableUsers(link, query) {
      const path = `user/assignable/search?${new URLSearchParams(query).toString()}`;
      return goodOnes(await ask(link, { method: "GET", path }, checks.users), checks.user);
    },
    async search(link, path, body) {
      const { issues } = await ask(link, { method: "POST", path, body }, checks.search);
      return goodOnes(issues, checks.issue);
    },
  };
}

function issuePath(key: string): string {
  return `issue/${pathSegment(key)}`;
}

function goodOnes<T>(items: readonly unknown[], check: Check<T>): readonly T[] {
  return items.flatMap((item) => {
    const checked = check(item);
    return checked.ok ? [checked.value] : [];
  });
}

/** Undefined for 404. */
async function find<T>(link: JiraLink, path: string, check: Check<T>): Promise<T | undefined> {
  const call: Call = { method: "GET", path };
  const response = await send(link, call);
  return response.status === 404 ? undefined : readAnswer(link, call, response, check);
}

async function ask<T>(link: JiraLink, call: Call, check: Check<T>): Promise<T> {
  return readAnswer(link, call, await send(link, call), check);
}

/** For calls that Jira answers with nothing (204). */
async function tell(link: JiraLink, call: Call): Promise<void> {
  const response = await send(link, call);
  if (!isGood(response)) throw refusal(link.access, response, call.changes === true);
  const isJiras = response.body.trim() === "" || parseJson(response.body) !== undefined;
  if (!isJiras) throw unreadableAnswer(link.access, response.status, call.changes === true);
}

function readAnswer<T>({ access }: JiraLink, call: Call, response: HttpResponse, check: Check<T>): T {
  const changes = call.changes === true;
  if (!isGood(response)) throw refusal(access, response, changes);
  const answer = check(parseJson(response.body));
  if (!answer.ok) throw unreadableAnswer(access, response.status, changes);
  return answer.value;
}

function isGood({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

async function send({ http, access }: JiraLink, { method, path, body, changes }: Call): Promise<HttpResponse> {
  const url = `${access.url}/rest/api/${apiVersions[access.deployment]}/${path}`;
  const headers = { accept: "application/json", authorization: authorization(access) };
  const content =
    body === undefined ? { headers } : { headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
  try {
    return await http.request({ method, url, timeoutMs, ...content });
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof RemoteError)) throw error;
    throw noAnswer(access, error, changes === true);
  }
}
