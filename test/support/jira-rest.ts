import type { StandInAccount, StandInDeployment } from "./jira-accounts.js";
import { JiraRefusal, type Answer } from "./jira-answers.js";
import {
  addComment,
  assignIssue,
  createIssue,
  doTransition,
  editIssue,
  listComments,
  listTransitions,
  logWork,
  readIssue,
} from "./jira-rest-issues.js";
import type { RestCall } from "./jira-rest-call.js";
import { listProjects, readMyPermissions, readMyself, readProject, searchAssignable, searchProjects } from "./jira-rest-people.js";
import { removedSearch, searchByPage, searchByPosition } from "./jira-rest-search.js";
import type { JiraSite, SiteEvent } from "./jira-site.js";
import type { RestVersion } from "./jira-texts.js";

type Handler = (call: RestCall) => Answer;

interface Route {
  readonly method: string;
  /** Below `/rest/api/<version>/`; `*` stands for one name. */
  readonly path: string;
  readonly handle: Handler;
  /** Both unless given. */
  readonly only?: StandInDeployment;
}

const routes: readonly Route[] = [
  { method: "GET", path: "myself", handle: readMyself },
  { method: "GET", path: "mypermissions", handle: readMyPermissions },
  { method: "GET", path: "project", handle: listProjects },
  // Cloud's only; on a server "search" is the key of a project that nobody has.
  { method: "GET", path: "project/search", handle: searchProjects, only: "cloud" },
  { method: "GET", path: "project/*", handle: readProject },
  { method: "GET", path: "user/assignable/search", handle: searchAssignable },
  { method: "POST", path: "issue", handle: createIssue },
  { method: "GET", path: "issue/*", handle: readIssue },
  { method: "PUT", path: "issue/*", handle: editIssue },
  { method: "GET", path: "issue/*/comment", handle: listComments },
  { method: "POST", path: "issue/*/comment", handle: addComment },
  { method: "POST", path: "issue/*/worklog", handle: logWork },
  { method: "PUT", path: "issue/*/assignee", handle: assignIssue },
  { method: "GET", path: "issue/*/transitions", handle: listTransitions },
  { method: "POST", path: "issue/*/transitions", handle: doTransition },
  { method: "POST", path: "search", handle: searchByPosition, only: "server" },
  { method: "POST", path: "search", handle: removedSearch, only: "cloud" },
  { method: "POST", path: "search/jql", handle: searchByPage, only: "cloud" },
];

export interface RestRequest {
  readonly method: string;
  /** Without the context path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

export interface RestOptions {
  readonly url: string;
  /** As its administrator called it. */
  readonly title: string;
}

/** The stand-in's REST API: finds the route, lets the account in, and has it answered. */
export class JiraRest {
  readonly #site: JiraSite;
  readonly #options: RestOptions;
  readonly #announce: (event: SiteEvent) => void;

  constructor(site: JiraSite, options: RestOptions, announce: (event: SiteEvent) => void) {
    this.#site = site;
    this.#options = options;
    this.#announce = announce;
  }

  /** @param caller whose request it is, where another way than an account's credential says so. @throws JiraRefusal */
  answer(request: RestRequest, caller?: StandInAccount): Answer {
    const { deployment } = this.#site;
    const [, typedVersion, rest] = /^\/rest\/api\/(2|3|latest)\/(.+)$/.exec(request.path) ?? [];
    const version: RestVersion = typedVersion === "3" ? "3" : "2";
    if (rest === undefined || (version === "3" && deployment === "server")) throw new JiraRefusal(404, "Not found");
    const { url, title } = this.#options;
    if (rest === "serverInfo") return { status: 200, body: { baseUrl: url, serverTitle: title } };
    const { handle, names } = this.#route(request.method, rest);
    const account = caller ?? this.#letIn(request.authorization, rest);
    const body = readJson(request);
    const form = { url, deployment, version };
    return handle({ site: this.#site, form, account, names, query: request.query, body, announce: this.#announce });
  }

  #route(method: string, path: string): { readonly handle: Handler; readonly names: readonly string[] } {
    const parts = path.split("/").map(decodeURIComponent);
    const here = routes.filter(
      ({ path: pattern, only }) => fits(pattern, parts) && (only ?? this.#site.deployment) === this.#site.deployment,
    );
    if (here.length === 0) throw new JiraRefusal(404, "Not found");
    const route = here.find((candidate) => candidate.method === method);
    if (route === undefined) throw new JiraRefusal(405, "Method not allowed");
    const patternParts = route.path.split("/");
    return { handle: route.handle, names: parts.filter((_, index) => patternParts[index] === "*") };
  }

  /** Jira says 401 to a wrong credential; without any, a person is anonymous and sees no project. */
  #letIn(authorization: string | undefined, path: string): StandInAccount {
    if (authorization === undefined && path !== "myself") throw new JiraRefusal(404, "Not found, or you may not see it");
    const account = this.#site.accounts.authenticate(authorization ?? "");
    if (account === undefined) throw new JiraRefusal(401, "Client must be authenticated to access this resource.");
    return account;
  }
}

function fits(pattern: string, parts: readonly string[]): boolean {
  const patternParts = pattern.split("/");
  return patternParts.length === parts.length && patternParts.every((part, index) => part === "*" || part === parts[index]);
}

/** The demo's users write requests by hand. */
function readJson({ body, contentType = "" }: RestRequest): unknown {
  if (body === "") return undefined;
  if (!contentType.startsWith("application/json")) throw new JiraRefusal(415, "Unsupported Media Type");
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new JiraRefusal(400, `Unexpected JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
