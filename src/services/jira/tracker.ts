import type { IssueTracker, TrackerIssue, TrackerTransition, TrackerUser } from "../../core/issue-tracker.js";
import { pathSegment } from "../../shared/url.js";
import type { JiraAccess } from "./access.js";
import type { JiraClient, JiraLink } from "./client.js";
import { cloudDialect } from "./dialect-cloud.js";
import { serverDialect } from "./dialect-server.js";
import type { Dialect } from "./dialect.js";
import { unreadableAnswer } from "./failures.js";
import { inProjects, quoteJql } from "./jql.js";
import { oneLine } from "./plain-text.js";
import { issueFields, type IssueAnswer, type StatusAnswer, type TransitionAnswer, type UserAnswer } from "./rest-schema.js";
import type { Deployment } from "./schema.js";

const dialects: Readonly<Record<Deployment, Dialect>> = { cloud: cloudDialect, server: serverDialect };

/** People to choose from; who is not among them needs more of the name. */
const mostUsers = "50";

/** Issues with one label: the oldest is looked for, and more than a few copies nobody makes. */
const mostLabelled = 20;

/** Issues at one Jira, made and changed by one account. */
export function createTracker(client: JiraClient, link: JiraLink): IssueTracker {
  const { access } = link;
  const dialect = dialects[access.deployment];
  return {
    async whoAmI() {
      const user = toUser(await client.myself(link), dialect);
      if (user === undefined) throw unreadableAnswer(access, 200, false);
      return user;
    },
    async issueTypes(projectKey) {
      const project = await client.findProject(link, projectKey);
      // A key from before a project was renamed: what the room is connected to is not that project any more.
      if (project?.key.toUpperCase() !== projectKey.toUpperCase()) return undefined;
      return client.issueTypesOf(project);
    },
    async create({ projectKey, type, summary, description, labels = [] }) {
      const { key } = await client.createIssue(link, {
        // Keys of projects are upper case, and nothing else finds them here.
        project: { key: projectKey.toUpperCase() },
        issuetype: { name: type },
        summary: oneLine(summary),
        ...(description === undefined ? {} : { description: dialect.richText(description) }),
        // Its labels hold no blanks.
        ...(labels.length === 0 ? {} : { labels: labels.map((label) => label.replace(/\s+/g, "-")) }),
      });
      return { key, url: issueUrl(access, key) };
    },
    async read(key) {
      const issue = await client.findIssue(link, key);
      return issue && toIssue(issue, access, dialect);
    },
    async edit(key, { summary, description }) {
      await client.editIssue(link, key, {
        ...(summary === undefined ? {} : { summary: oneLine(summary) }),
        ...(description === undefined ? {} : { description: dialect.richText(description) }),
      });
    },
    async findLabelled(projectKey, label) {
      const jql = `${inProjects([projectKey])} AND labels = ${quoteJql(label)} ORDER BY created ASC`;
      const query = { jql, maxResults: mostLabelled, fields: issueFields };
      const found = (await client.search(link, dialect.searchPath, query)).map((issue) => toIssue(issue, access, dialect));
      // Jira also looks for projects of that name.
      return found.filter((issue) => issue.labels.includes(label) && issue.projectKey.toUpperCase() === projectKey.toUpperCase());
    },
    comment: (key, text) => client.addComment(link, key, dialect.richText(text)),
    async transitions(key) {
      return (await client.transitions(link, key)).map(toTransition);
    },
    transition: (key, { id }) => client.transition(link, key, id),
    async findAssignable(key, typed) {
      const users = await client.assignableUsers(link, { issueKey: key, maxResults: mostUsers, ...dialect.userQuery(typed) });
      return users.filter(({ active }) => active !== false).flatMap((user) => toUser(user, dialect) ?? []);
    },
    assign: (key, { id }) => client.assign(link, key, dialect.assignee(id)),
    async search(query, limit) {
      const issues = await client.search(link, dialect.searchPath, { jql: query, maxResults: limit, fields: issueFields });
      return issues.slice(0, limit).map((issue) => toIssue(issue, access, dialect));
    },
  };
}

/** Work that was done on an issue. */
interface WorkDone {
  /** In Jira's own form: `1w 2d 4h 30m`. How long a day or a week is, Jira says. */
  readonly spent: string;
  /** May be empty. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** @throws RemoteError */
export function logWork(client: JiraClient, link: JiraLink, key: string, { spent, text, startedAt }: WorkDone): Promise<void> {
  return client.addWorklog(link, key, {
    timeSpent: spent,
    // Jira takes no `Z`.
    started: new Date(startedAt).toISOString().replace("Z", "+0000"),
    ...(text === "" ? {} : { comment: dialects[link.access.deployment].richText(text) }),
  });
}

function toUser(user: UserAnswer, dialect: Dialect): TrackerUser | undefined {
  const id = dialect.userId(user);
  if (id === undefined || id === "") return undefined;
  return { id, displayName: user.displayName || id, ...(user.emailAddress ? { email: user.emailAddress } : {}) };
}

function toTransition({ id, name, to }: TransitionAnswer): TrackerTransition {
  return { id, name, to: to.name, ...(isDone(to) ? { toDone: true } : {}) };
}

/** Statuses have names of people's choice, and one of three categories: `new`, `indeterminate` and `done`. */
function isDone(status: StatusAnswer | null | undefined): boolean {
  return status?.statusCategory?.key === "done";
}

function toIssue({ key, fields }: IssueAnswer, access: JiraAccess, dialect: Dialect): TrackerIssue {
  const description = dialect.plainText(fields.description);
  return {
    key,
    url: issueUrl(access, key),
    projectKey: fields.project.key,
    summary: fields.summary ?? "",
    type: fields.issuetype?.name ?? "",
    status: fields.status?.name ?? "",
    ...(isDone(fields.status) ? { isDone: true } : {}),
    ...person("assignee", fields.assignee),
    ...person("reporter", fields.reporter),
    ...(fields.priority ? { priority: fields.priority.name } : {}),
    labels: fields.labels ?? [],
    ...(description === "" ? {} : { description }),
  };
}

function person<Role extends "assignee" | "reporter">(role: Role, user: UserAnswer | null | undefined): { readonly [R in Role]?: string } {
  const name = user?.displayName || user?.name || user?.accountId;
  // A computed key of a generic type widens to an index signature.
  return (name ? { [role]: name } : {}) as { readonly [R in Role]?: string };
}

/** Where people open an issue. */
function issueUrl({ url }: JiraAccess, key: string): string {
  return `${url}/browse/${pathSegment(key)}`;
}
