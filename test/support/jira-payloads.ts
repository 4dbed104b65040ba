import type { StandInAccount, StandInDeployment } from "./jira-accounts.js";
import { issueTypes, type FieldChange, type StandInComment, type StandInIssue, type StandInIssueType } from "./jira-records.js";
import type { StandInProject, StandInTransition, StandInVersion } from "./jira-records.js";
import { showText, type RestVersion } from "./jira-texts.js";
import { statusNamed } from "./jira-workflow.js";

/** What the JSON of the stand-in depends on. Webhooks of both deployments look like REST 2. */
export interface PayloadForm {
  readonly url: string;
  readonly deployment: StandInDeployment;
  readonly version: RestVersion;
}

/** Cloud shows account ids and no user names ("Deprecation notice and migration guide for major changes to REST APIs to improve user privacy"). */
export function userJson(form: PayloadForm, account: StandInAccount): object {
  const { name, key, accountId, displayName, email } = account;
  const shared = { displayName, active: true, timeZone: "Etc/UTC" };
  if (form.deployment === "cloud")
    return { self: `${api(form)}/user?accountId=${accountId}`, accountId, accountType: "atlassian", ...shared };
  return { self: `${api(form)}/user?username=${encodeURIComponent(name)}`, key, name, emailAddress: email, ...shared };
}

/** What an account sees of itself. */
export function myselfJson(form: PayloadForm, account: StandInAccount): object {
  return { ...userJson(form, account), emailAddress: account.email, locale: "en_GB" };
}

export function projectJson(form: PayloadForm, { id, key, name }: StandInProject): object {
  return { self: `${api(form)}/project/${id}`, id, key, name, projectTypeKey: "software" };
}

/** As the project itself is shown, with the types of its issues. */
export function wholeProjectJson(form: PayloadForm, project: StandInProject): object {
  return { ...projectJson(form, project), issueTypes: issueTypes.map((type) => typeJson(form, type)) };
}

function typeJson(form: PayloadForm, { id, name, isSubtask }: StandInIssueType): object {
  return { self: `${api(form)}/issuetype/${id}`, id, name, description: "", subtask: isSubtask };
}

function statusJson(form: PayloadForm, name: string): object {
  const { id, category } = statusNamed(name);
  return { self: `${api(form)}/status/${id}`, id, name, statusCategory: category };
}

/** @param fields the names of those to show; all unless given */
export function issueJson(form: PayloadForm, issue: StandInIssue, fields?: readonly string[]): object {
  const { id, key, project, type, summary, description, status, labels, assignee, creator } = issue;
  const all: Readonly<Record<string, unknown>> = {
    summary,
    issuetype: typeJson(form, type),
    status: statusJson(form, status),
    project: projectJson(form, project),
    priority: { self: `${api(form)}/priority/3`, id: "3", name: "Medium" },
    labels,
    description: description === undefined ? null : showText(description, form.version),
    assignee: assignee === undefined ? null : userJson(form, assignee),
    creator: userJson(form, creator),
    reporter: userJson(form, creator),
    comment: { comments: issue.comments.map((comment) => commentJson(form, issue, comment)), total: issue.comments.length },
  };
  const shown = Object.entries(all).filter(([name]) => isAsked(name, fields));
  return { id, self: `${api(form)}/issue/${id}`, key, fields: Object.fromEntries(shown) };
}

function isAsked(name: string, fields: readonly string[] | undefined): boolean {
  if (fields === undefined) return true;
  if (fields.includes(`-${name}`)) return false;
  return fields.includes(name) || fields.includes("*all") || (fields.includes("*navigable") && name !== "comment");
}

export function commentJson(form: PayloadForm, issue: StandInIssue, { id, author, text }: StandInComment): object {
  const person = userJson(form, author);
  const body = showText(text, form.version);
  return { self: `${api(form)}/issue/${issue.id}/comment/${id}`, id, author: person, body, updateAuthor: person };
}

export function transitionJson(form: PayloadForm, { id, name, to }: StandInTransition): object {
  return { id, name, to: statusJson(form, to) };
}

export function versionJson(form: PayloadForm, { id, project, name, description, released }: StandInVersion): object {
  return {
    self: `${api(form)}/version/${id}`,
    id,
    ...(description === undefined ? {} : { description }),
    name,
    archived: false,
    released,
    // Versions name their project only by its id, and that as a number.
    projectId: Number(project.id),
  };
}

export function changelogJson(id: number, changes: readonly FieldChange[]): object {
  const items = changes.map(({ field, from, to }) => ({ field, fieldtype: "jira", from: null, fromString: from, to: null, toString: to }));
  return { id: String(id), items };
}

function api({ url, version }: PayloadForm): string {
  return `${url}/rest/api/${version}`;
}
