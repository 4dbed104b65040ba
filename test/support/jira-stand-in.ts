import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import {
  changelogJson,
  issueJson,
  projectJson,
  userJson,
  versionJson,
  type StandInIssue,
  type StandInProject,
  type StandInVersion,
} from "./jira-payloads.js";
import { JiraWebhookSender, type StandInWebhook, type WebhookReport } from "./jira-webhook-sender.js";

interface JiraStandInOptions {
  readonly deployment: "server" | "cloud";
  /** What the REST API asks for: with `username` Basic, without Bearer. */
  readonly credential: { readonly username?: string; readonly token: string };
  /** Stands in front of every path, as `/jira` for many a Data Center. */
  readonly contextPath?: string;
  /** 0 takes any free port. */
  readonly port?: number;
  readonly clock?: Clock;
  readonly webhookTimeoutMs?: number;
}

/** How the REST API fails until told otherwise. */
export type JiraFault =
  | { readonly kind: "status"; readonly status: number; readonly retryAfterSeconds?: number }
  /** Never answers. */
  | { readonly kind: "silent" }
  /** Ends the connection instead of answering. */
  | { readonly kind: "cut" }
  /** Answers 200 with a web page, as a proxy's login page does. */
  | { readonly kind: "page" };

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * NOT A JIRA: a stand-in for tests and the demo, on loopback. It speaks the few REST calls that Switchboard makes and sends webhooks as
 * Jira Cloud or Data Center do. What happens in it is made to happen by calling its methods, or over its REST API.
 */
export class JiraStandIn {
  readonly url: string;
  /** REST requests as `GET /rest/api/2/project/PLAY`, in order. */
  readonly requests: string[] = [];
  /** Webhooks that were answered or given up, in order. */
  readonly reports: WebhookReport[] = [];
  readonly #options: JiraStandInOptions;
  readonly #server: Server;
  readonly #sender: JiraWebhookSender;
  readonly #projects = new Map<string, StandInProject>();
  readonly #issues = new Map<string, StandInIssue>();
  readonly #webhooks: StandInWebhook[] = [];
  #fault: JiraFault | undefined;
  #lastId = 10_000;

  private constructor(options: JiraStandInOptions, server: Server, url: string) {
    const { clock = systemClock, webhookTimeoutMs = 20_000 } = options;
    this.#options = options;
    this.#server = server;
    this.#sender = new JiraWebhookSender({ clock, retries: options.deployment === "cloud", answerTimeoutMs: webhookTimeoutMs });
    this.url = url;
  }

  static async start(options: JiraStandInOptions): Promise<JiraStandIn> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const standIn = new JiraStandIn(options, server, `http://127.0.0.1:${port}${options.contextPath ?? ""}`);
    server.on("request", (request, response) => void standIn.#serve(request, response));
    return standIn;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  addWebhook(webhook: StandInWebhook): void {
    this.#webhooks.push(webhook);
  }

  /** Lets the REST API fail; without a fault it works again. */
  failWith(fault?: JiraFault): void {
    this.#fault = fault;
  }

  addProject(key: string, name = key): StandInProject {
    const project = { id: this.#nextId(), key, name };
    this.#projects.set(key, project);
    return project;
  }

  /** Resolves when the webhooks were answered or given up; so do all that follow. */
  async createIssue(projectKey: string, summary: string, by = "Ada Example"): Promise<StandInIssue> {
    const project = this.#projectOf(projectKey);
    const number = [...this.#issues.values()].filter((issue) => issue.project.id === project.id).length + 1;
    const fields = { summary, status: "To Do" };
    const issue = { id: this.#nextId(), key: `${projectKey}-${number}`, project, creator: by, fields };
    this.#issues.set(issue.key, issue);
    await this.#fire("jira:issue_created", { user: userJson(this.url, by), issue: issueJson(this.url, issue) });
    return issue;
  }

  /** Fields that stay as they are do not stand in the changelog. */
  async updateIssue(key: string, fields: Readonly<Record<string, string | null>>, by = "Bo Example"): Promise<StandInIssue> {
    const before = this.#issueOf(key);
    const issue = { ...before, fields: { ...before.fields, ...fields } };
    this.#issues.set(key, issue);
    const changes = Object.entries(fields)
      .map(([field, to]) => ({ field, from: before.fields[field] ?? null, to }))
      .filter(({ from, to }) => from !== to);
    await this.#fire("jira:issue_updated", {
      user: userJson(this.url, by),
      issue: issueJson(this.url, issue),
      changelog: changelogJson(Number(this.#nextId()), changes),
    });
    return issue;
  }

  async createVersion(projectKey: string, name: string, description?: string): Promise<StandInVersion> {
    const texts = description === undefined ? { name } : { name, description };
    const version = { id: this.#nextId(), project: this.#projectOf(projectKey), released: false, ...texts };
    await this.#fire("jira:version_created", { version: versionJson(this.url, version) });
    return version;
  }

  async releaseVersion(version: StandInVersion): Promise<StandInVersion> {
    const released = { ...version, released: true };
    await this.#fire("jira:version_released", { version: versionJson(this.url, released) });
    return released;
  }

  async #fire(event: string, payload: object): Promise<void> {
    this.reports.push(...(await Promise.all(this.#webhooks.map((webhook) => this.#sender.send(webhook, event, payload)))));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", this.url).pathname.slice((this.#options.contextPath ?? "").length);
    this.requests.push(`${request.method ?? ""} ${path}`);
    const body = await readBody(request);
    const fault = this.#fault;
    if (fault?.kind === "silent") return;
    if (fault?.kind === "cut") request.socket.destroy();
    else if (fault?.kind === "page") response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>");
    else if (fault !== undefined) write(response, { status: fault.status, body: errorJson("As told"), headers: retryAfter(fault) });
    else write(response, await this.#answer(request, path, body).catch(toBadRequest));
  }

  async #answer(request: IncomingMessage, path: string, body: string): Promise<Answer> {
    const call = this.#readCall(request.method ?? "", path);
    if (call === undefined) return { status: 404, body: errorJson("Not found") };
    if (call.route === "GET serverInfo") return { status: 200, body: { baseUrl: this.url, serverTitle: "Jira stand-in" } };
    // Jira says 401 to a wrong credential; without any, a person is anonymous and sees no project.
    if (request.headers.authorization === undefined) return { status: 404, body: errorJson("Not found, or you may not see it") };
    if (request.headers.authorization !== this.#authorization()) return { status: 401, body: errorJson("Client must be authenticated") };
    return this.#answerCall(call, body);
  }

  #readCall(method: string, path: string): { readonly route: string; readonly name: string } | undefined {
    const [, version, thing = "", name] = /^\/rest\/api\/(2|3|latest)\/([A-Za-z]+)(?:\/([^/]+))?$/.exec(path) ?? [];
    if (version === undefined || (version === "3" && this.#options.deployment === "server")) return undefined;
    return { route: `${method} ${thing}${name === undefined ? "" : "/"}`, name: decodeURIComponent(name ?? "") };
  }

  async #answerCall({ route, name }: { readonly route: string; readonly name: string }, body: string): Promise<Answer> {
    switch (route) {
      case "GET myself":
        return { status: 200, body: userJson(this.url, this.#options.credential.username ?? "Token Owner") };
      case "GET project/":
        return found(
          [...this.#projects.values()].find(({ id, key }) => id === name || key === name.toUpperCase()),
          (project) => projectJson(this.url, project),
        );
      case "GET issue/":
        return found(this.#issues.get(name), (issue) => issueJson(this.url, issue));
      case "POST issue":
        return this.#createFrom(readFields(body));
      case "PUT issue/":
        if (!this.#issues.has(name)) return { status: 404, body: errorJson("Issue does not exist") };
        await this.updateIssue(name, readFields(body).texts);
        return { status: 204 };
      default:
        return { status: 405, body: errorJson("Method not allowed") };
    }
  }

  async #createFrom({ project, texts }: ReturnType<typeof readFields>): Promise<Answer> {
    if (!this.#projects.has(project) || typeof texts["summary"] !== "string")
      return { status: 400, body: errorJson("Project or summary is missing") };
    const { id, key } = await this.createIssue(project, texts["summary"]);
    return { status: 201, body: { id, key, self: `${this.url}/rest/api/2/issue/${id}` } };
  }

  #authorization(): string {
    const { username, token } = this.#options.credential;
    return username === undefined ? `Bearer ${token}` : `Basic ${Buffer.from(`${username}:${token}`).toString("base64")}`;
  }

  #projectOf(key: string): StandInProject {
    const project = this.#projects.get(key);
    if (project === undefined) throw new TypeError(`The stand-in has no project ${key}: add it first`);
    return project;
  }

  #issueOf(key: string): StandInIssue {
    const issue = this.#issues.get(key);
    if (issue === undefined) throw new TypeError(`The stand-in has no issue ${key}: create it first`);
    return issue;
  }

  #nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }
}

function found<T>(thing: T | undefined, toJson: (thing: T) => object): Answer {
  return thing === undefined
    ? { status: 404, body: errorJson("There is none, or you may not see it") }
    : { status: 200, body: toJson(thing) };
}

/** The demo's users write requests by hand. */
function toBadRequest(error: unknown): Answer {
  return { status: 400, body: errorJson(error instanceof Error ? error.message : String(error)) };
}

/** The shape of Jira's REST errors. */
function errorJson(message: string): object {
  return { errorMessages: [message], errors: {} };
}

function retryAfter(fault: Extract<JiraFault, { readonly kind: "status" }>): Readonly<Record<string, string>> {
  return fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
}

function write(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(body === undefined ? undefined : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A request's body is a stream of bytes.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** The `fields` of a request that creates or updates an issue; only texts are kept. */
function readFields(body: string): { readonly project: string; readonly texts: Readonly<Record<string, string>> } {
  // Only tests and the demo write to the stand-in.
  const { fields = {} } = JSON.parse(body) as { readonly fields?: Readonly<Record<string, unknown>> };
  const { project, ...others } = fields;
  const key = typeof project === "object" && project !== null && "key" in project ? String(project.key) : "";
  const texts = Object.entries(others).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { project: key, texts: Object.fromEntries(texts) };
}
