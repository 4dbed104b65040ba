import { seesProject } from "./jira-accounts.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import { myselfJson, userJson, wholeProjectJson } from "./jira-payloads.js";
import { issueOf, type RestCall } from "./jira-rest-call.js";

export function readMyself({ form, account }: RestCall): Answer {
  return { status: 200, body: myselfJson(form, account) };
}

export function readProject({ site, form, account, names: [name = ""] }: RestCall): Answer {
  const project = site.projectsFor(account).find(({ id, key }) => id === name || key === name.toUpperCase());
  if (project === undefined) throw new JiraRefusal(404, `No project could be found with key '${name}'.`);
  return { status: 200, body: wholeProjectJson(form, project) };
}

/** People whom an issue, or any issue of a project, may be assigned to. Cloud knows no user names, a server asks for one. */
export function searchAssignable(call: RestCall): Answer {
  const { site, form, account, query } = call;
  const isCloud = form.deployment === "cloud";
  if (isCloud && query.has("username")) {
    throw new JiraRefusal(400, "The query parameter 'username' is not supported in GDPR strict mode.");
  }
  const projectKey = readProjectKey(call);
  if (!site.projectsFor(account).some(({ key }) => key === projectKey))
    throw new JiraRefusal(404, `No project could be found with key '${projectKey}'.`);
  // A server takes no notice of what it does not know: without a name it lists everybody.
  const typed = query.get(isCloud ? "query" : "username") ?? "";
  const found = site.accounts.search(typed).filter((person) => seesProject(person, projectKey));
  const most = Number(query.get("maxResults") ?? "50");
  return { status: 200, body: found.slice(0, most).map((person) => userJson(form, person)) };
}

function readProjectKey(call: RestCall): string {
  const [issueKey, project] = [call.query.get("issueKey"), call.query.get("project")];
  if (issueKey !== null) return issueOf({ ...call, names: [issueKey] }).project.key;
  if (project !== null) return project;
  throw new JiraRefusal(400, "Either the 'project' or 'issueKey' query parameter must be provided.");
}
