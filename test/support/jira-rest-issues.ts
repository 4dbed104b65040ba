import { seesProject, type StandInAccount } from "./jira-accounts.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import { commentJson, issueJson, transitionJson } from "./jira-payloads.js";
import { issueTypes, type StandInIssueType, type StandInProject } from "./jira-records.js";
import { issueOf, member, textMember, toRecord, type RestCall } from "./jira-rest-call.js";
import type { SiteEvent } from "./jira-site.js";
import { takeText } from "./jira-texts.js";
import { transitionsFrom } from "./jira-workflow.js";

const nothing: Answer = { status: 204 };

export function readIssue(call: RestCall): Answer {
  const fields = call.query.get("fields")?.split(",");
  return { status: 200, body: issueJson(call.form, issueOf(call), fields) };
}

export function createIssue(call: RestCall): Answer {
  const { site, form, account } = call;
  const fields = toRecord(member(call.body, "fields"));
  const project = projectFor(call, fields["project"]);
  const type = typeFor(fields["issuetype"], fields["parent"]);
  const { summary, description } = fields;
  if (typeof summary !== "string" || summary.trim() === "")
    throw JiraRefusal.ofField("summary", "You must specify a summary of the issue.");
  if (/[\r\n]/.test(summary)) throw JiraRefusal.ofField("summary", "The summary is invalid because it contains newline characters.");
  if (summary.length > 255) throw JiraRefusal.ofField("summary", "Summary must be less than 255 characters.");
  const isDescribed = description !== undefined && description !== null;
  const text = isDescribed ? { description: takeText("description", description, form.version) } : {};
  const event = site.create({ project, type, summary, labels: labelsFor(fields["labels"]), ...text }, account);
  call.announce(event);
  const { id, key } = event.issue ?? { id: "", key: "" };
  return { status: 201, body: { id, key, self: `${form.url}/rest/api/${form.version}/issue/${id}` } };
}

export function editIssue(call: RestCall): Answer {
  const issue = issueOf(call);
  const { summary, description, ...others } = toRecord(member(call.body, "fields"));
  const [unknown] = Object.keys(others);
  // As on most edit screens; a status is changed by a transition and nothing else.
  if (unknown !== undefined) {
    throw JiraRefusal.ofField(unknown, `Field '${unknown}' cannot be set. It is not on the appropriate screen, or unknown.`);
  }
  if (summary !== undefined && (typeof summary !== "string" || summary.trim() === ""))
    throw JiraRefusal.ofField("summary", "You must specify a summary of the issue.");
  const text = description === undefined ? {} : { description: takeText("description", description, call.form.version) };
  return done(call, call.site.edit(issue, { ...(summary === undefined ? {} : { summary }), ...text }, call.account));
}

export function listComments(call: RestCall): Answer {
  const issue = issueOf(call);
  const comments = issue.comments.map((comment) => commentJson(call.form, issue, comment));
  return { status: 200, body: { comments, startAt: 0, maxResults: 50, total: comments.length } };
}

export function addComment(call: RestCall): Answer {
  const issue = issueOf(call);
  const text = takeText("comment", member(call.body, "body"), call.form.version);
  if (text.kind === "wiki" && text.source.trim() === "") throw JiraRefusal.ofField("comment", "Comment body can not be empty!");
  const event = call.site.comment(issue, text, call.account);
  call.announce(event);
  const comment = event.issue?.comments.at(-1);
  return { status: 201, ...(comment === undefined ? {} : { body: commentJson(call.form, issue, comment) }) };
}

/** "Add worklog". Jira takes dates with an offset in digits alone. */
export function logWork(call: RestCall): Answer {
  const issue = issueOf(call);
  const { timeSpent, started, comment } = toRecord(call.body);
  if (typeof timeSpent !== "string" || !/^(?:\d+(?:\.\d+)?[wdhm] )*\d+(?:\.\d+)?[wdhm]$/.test(timeSpent))
    throw JiraRefusal.ofField("timeLogged", "Invalid time duration entered.");
  if (typeof started !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$/.test(started))
    throw new JiraRefusal(400, "Unparseable date: started");
  const text = comment === undefined ? {} : { text: takeText("comment", comment, call.form.version) };
  const event = call.site.logWork(issue, { timeSpent, started, ...text }, call.account);
  call.announce(event);
  const { id = "" } = event.issue?.worklogs.at(-1) ?? {};
  return {
    status: 201,
    body: { self: `${call.form.url}/rest/api/${call.form.version}/issue/${issue.id}/worklog/${id}`, id, timeSpent, started },
  };
}

export function assignIssue(call: RestCall): Answer {
  const issue = issueOf(call);
  const person = assigneeFor(call);
  if (person !== null && !seesProject(person, issue.project.key)) {
    throw JiraRefusal.ofField("assignee", `User '${person.displayName}' cannot be assigned issues.`);
  }
  return done(call, call.site.edit(issue, { assignee: person }, call.account));
}

export function listTransitions(call: RestCall): Answer {
  const { status } = issueOf(call);
  const transitions = transitionsFrom(status).map((transition) => transitionJson(call.form, transition));
  return { status: 200, body: { expand: "transitions", transitions } };
}

export function doTransition(call: RestCall): Answer {
  const issue = issueOf(call);
  const id = member(member(call.body, "transition"), "id");
  if (typeof id !== "string" && typeof id !== "number") throw new JiraRefusal(400, "Missing 'transition' identifier");
  if (!/^\d+$/.test(String(id))) throw new JiraRefusal(400, "'transition' identifier must be an integer");
  const transition = transitionsFrom(issue.status).find((candidate) => candidate.id === String(id));
  if (transition === undefined) throw new JiraRefusal(400, `Transition id '${id}' is not valid for this issue.`);
  return done(call, call.site.moveOn(issue, transition, call.account));
}

function done(call: RestCall, event: SiteEvent): Answer {
  call.announce(event);
  return nothing;
}

function projectFor({ site, account, form }: RestCall, value: unknown): StandInProject {
  const [key, id] = [textMember(value, "key"), textMember(value, "id")];
  const project = site.projectsFor(account).find((candidate) => candidate.key === key || candidate.id === id);
  if (project !== undefined) return project;
  throw JiraRefusal.ofField("project", form.deployment === "cloud" ? "Specify a valid project ID or key" : "valid project is required");
}

function typeFor(value: unknown, parent: unknown): StandInIssueType {
  const [name, id] = [textMember(value, "name"), textMember(value, "id")];
  const type = issueTypes.find((candidate) => candidate.name === name || candidate.id === id);
  if (type === undefined) throw JiraRefusal.ofField("issuetype", "Specify a valid issue type");
  if (type.isSubtask && parent === undefined) {
    throw JiraRefusal.ofField("issuetype", "Issue type is a sub-task but parent issue key or id not specified.");
  }
  return type;
}

function labelsFor(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((label) => typeof label === "string"))
    throw JiraRefusal.ofField("labels", "data was not an array");
  const spaced = value.find((label) => /\s/.test(label));
  if (spaced !== undefined) throw JiraRefusal.ofField("labels", `The label '${spaced}' contains spaces which is invalid.`);
  return value;
}

/** Cloud takes account ids, a server user names; each refuses the other's. @returns null for nobody */
function assigneeFor({ site, form, body }: RestCall): StandInAccount | null {
  const field = form.deployment === "cloud" ? "accountId" : "name";
  const id = member(body, field);
  if (id === null) return null;
  if (typeof id !== "string") {
    const message =
      form.deployment === "cloud"
        ? "'accountId' must be the only user identifying query parameter in GDPR strict mode."
        : "name is required";
    throw new JiraRefusal(400, message);
  }
  const person = site.accounts.find(id);
  if (person === undefined) throw JiraRefusal.ofField("assignee", `User '${id}' does not exist.`);
  return person;
}
