import { seesProject } from "./jira-accounts.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import { myselfJson, projectJson, userJson, wholeProjectJson } from "./jira-payloads.js";
import { issueOf, type RestCall } from "./jira-rest-call.js";

export function readMyself({ form, account }: RestCall): Answer {
  return { status: 200, body: myselfJson(form, account) };
}

/** Whether the account has the permissions that are asked for in any project ("Get my permissions"). Cloud has to be told which. */
export function readMyPermissions({ form, account, query }: RestCall): Answer {
  const asked = query.get("permissions")?.split(",") ?? [];
  if (form.deployment === "cloud" && asked.length === 0) throw new JiraRefusal(400, "The 'permissions' query parameter is required.");
  const { createsIssues = true } = account;
  const all = [
    { id: "11", key: "CREATE_ISSUES", name: "Create Issues", type: "PROJECT", havePermission: createsIssues },
    { id: "10", key: "BROWSE_PROJECTS", name: "Browse Projects", type: "PROJECT", havePermission: true },
  ];
  // A server takes no notice of the parameter before 8.
  const told = all.filter(({ key }) => asked.length === 0 || asked.includes(key));
  return { status: 200, body: { permissions: Object.fromEntries(told.map((permission) => [permission.key, permission])) } };
}

export function readProject({ site, form, account, names: [name = ""] }: RestCall): Answer {
  const project = site.projectsFor(account).find(({ id, key }) => id === name || key === name.toUpperCase());
  if (project === undefined) throw new JiraRefusal(404, `No project could be found with key '${name}'.`);
  return { status: 200, body: wholeProjectJson(form, project) };
}

/** All projects that the account sees, at once. */
export function listProjects({ site, form, account }: RestCall): Answer {
  return { status: 200, body: site.projectsFor(account).map((project) => projectJson(form, project)) };
}

/** Cloud's list, by page ("Get projects paginated"): those whose key or name holds the words. */
export function searchProjects({ site, form, account, query }: RestCall): Answer {
  const wanted = (query.get("query") ?? "").toLowerCase();
  const found = site.projectsFor(account).filter(({ key, name }) => `${key} ${name}`.toLowerCase().includes(wanted));
  const [startAt, maxResults] = [Number(query.get("startAt") ?? "0"), Math.min(Number(query.get("maxResults") ?? "50"), 100)];
  const values = found.slice(startAt, startAt + maxResults).map((project) => projectJson(form, project));
  const isLast = startAt + values.length >= found.length;
  return { status: 200, body: { self: `${form.url}/rest/api/3/project/search`, startAt, maxResults, total: found.length, isLast, values } };
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
