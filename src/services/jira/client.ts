import { baseUrl, parseHttpUrl, pathSegment } from "../../shared/url.js";
import { compileSchema } from "../../shared/validate.js";
import { ask, find, tell, type Check, type JiraLink } from "./jira-request.js";
import {
  accountSchema,
  commentSchema,
  createdSchema,
  issueFields,
  issueSchema,
  issueTypeSchema,
  projectSchema,
  searchSchema,
  siteSchema,
  sitesSchema,
  transitionSchema,
  transitionsSchema,
  userSchema,
  usersSchema,
  type AccountAnswer,
  type CreatedAnswer,
  type IssueAnswer,
  type IssueTypeAnswer,
  type ProjectAnswer,
  type SearchAnswer,
  type SiteAnswer,
  type TransitionAnswer,
  type TransitionsAnswer,
  type UserAnswer,
} from "./rest-schema.js";

export type { JiraLink } from "./jira-request.js";

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
  /** Sets these fields; the rest stays. */
  editIssue(link: JiraLink, key: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
  addComment(link: JiraLink, key: string, body: unknown): Promise<void>;
  addWorklog(link: JiraLink, key: string, work: Readonly<Record<string, unknown>>): Promise<void>;
  assign(link: JiraLink, key: string, assignee: Readonly<Record<string, string>>): Promise<void>;
  transitions(link: JiraLink, key: string): Promise<readonly TransitionAnswer[]>;
  transition(link: JiraLink, key: string, id: string): Promise<void>;
  assignableUsers(link: JiraLink, query: Readonly<Record<string, string>>): Promise<readonly UserAnswer[]>;
  /** @param path `search`, or what has taken its place on Cloud */
  search(link: JiraLink, path: string, body: Readonly<Record<string, unknown>>): Promise<readonly IssueAnswer[]>;
  /** Asked where Jira Cloud answers apps: the sites with a Jira that the login has been opened to, by addresses without trailing slash. */
  sites(link: JiraLink): Promise<readonly SiteAnswer[]>;
  /** Asked there, too: the Atlassian account. */
  account(link: JiraLink): Promise<AccountAnswer>;
}

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
    sites: compileSchema<readonly unknown[]>(sitesSchema, options),
    site: compileSchema<SiteAnswer>(siteSchema, options),
    account: compileSchema<AccountAnswer>(accountSchema, options),
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
    editIssue: (link, key, fields) => tell(link, { method: "PUT", path: issuePath(key), body: { fields }, changes: true }),
    async addComment(link, key, body) {
      await ask(link, { method: "POST", path: `${issuePath(key)}/comment`, body: { body }, changes: true }, checks.comment);
    },
    async addWorklog(link, key, work) {
      await ask(link, { method: "POST", path: `${issuePath(key)}/worklog`, body: work, changes: true }, checks.comment);
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
    async sites(link) {
      const sites = await ask(link, { method: "GET", path: "/oauth/token/accessible-resources" }, checks.sites);
      return jirasAmong(goodOnes(sites, checks.site));
    },
    account: (link) => ask(link, { method: "GET", path: "/me" }, checks.account),
  };
}

function issuePath(key: string): string {
  return `issue/${pathSegment(key)}`;
}

/** Nobody has more; each of them may be asked for what is looked for. */
const mostSites = 200;

/** A site is listed for each product; those of others than Jira have no scope of Jira's. */
function jirasAmong(sites: readonly SiteAnswer[]): readonly SiteAnswer[] {
  const jiras = sites.flatMap((site) => {
    const address = parseHttpUrl(site.url);
    const isJira = !site.scopes || site.scopes.some((scope) => scope.includes("jira"));
    return address === undefined || !isJira ? [] : [{ ...site, url: baseUrl(address) }];
  });
  return [...new Map(jiras.map((site) => [site.id, site])).values()].slice(0, mostSites);
}

function goodOnes<T>(items: readonly unknown[], check: Check<T>): readonly T[] {
  return items.flatMap((item) => {
    const checked = check(item);
    return checked.ok ? [checked.value] : [];
  });
}
