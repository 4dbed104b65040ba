import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpResponse } from "../../core/ports/http-client.js";
import { pathSegment } from "../../shared/url.js";
import { compileSchema } from "../../shared/validate.js";
import type { InstanceWithCredential } from "./instances.js";
import { projectAnswerSchema, type Deployment, type JiraCredential, type ProjectAnswer } from "./schema.js";

/** A thin client for the part of Jira's REST API that we need. Every failure is a RemoteError with a sentence that names reason and remedy. */
export interface JiraClient {
  /**
   * The project with this key, if the instance's credential sees it; Jira does not tell a missing project from a hidden one.
   * A key from before a project was renamed finds it too, so the answer's key may differ.
   * @throws RemoteError
   */
  findProject(http: HttpClient, instance: InstanceWithCredential, key: string): Promise<ProjectAnswer | undefined>;
}

/** A person waits for the answer. */
const timeoutMs = 10_000;

/** Jira Cloud has both; version 3 is the current one there, Server and Data Center only have 2. */
const apiVersions: Readonly<Record<Deployment, string>> = { cloud: "3", server: "2" };

/** Compiles its schema, so it is made once. */
export function createJiraClient(): JiraClient {
  const check = compileSchema<ProjectAnswer>(projectAnswerSchema, { useDefaults: false });
  return {
    async findProject(http, instance, key) {
      const url = `${instance.url}/rest/api/${apiVersions[instance.deployment]}/project/${pathSegment(key)}`;
      const response = await ask(http, instance, url);
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw refusal(instance, response);
      const project = check(parseJson(response.body));
      if (project.ok) return project.value;
      throw notAProject(instance);
    },
  };
}

async function ask(http: HttpClient, instance: InstanceWithCredential, url: string): Promise<HttpResponse> {
  const headers = { accept: "application/json", authorization: authorization(instance.credential) };
  try {
    return await http.request({ method: "GET", url, headers, timeoutMs });
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof RemoteError)) throw error;
    const remedy = `Try again later; if it stays so, check \`${instance.configPath}.url\`.`;
    throw new RemoteError(`${nameOf(instance)} gave no answer: ${error.message}. ${remedy}`, { cause: error });
  }
}

/** Jira Cloud: Basic with e-mail address and API token. Data Center: Bearer with a personal access token, or Basic. */
function authorization({ username, token }: JiraCredential): string {
  if (username === undefined) return `Bearer ${token.reveal()}`;
  return `Basic ${Buffer.from(`${username}:${token.reveal()}`, "utf8").toString("base64")}`;
}

function notAProject(instance: InstanceWithCredential): RemoteError {
  const remedy = `Check \`${instance.configPath}.url\` and \`deployment\`: is it a Jira, and is its context path there?`;
  return new RemoteError(`${nameOf(instance)} answered something that is no Jira project. ${remedy}`, { status: 200 });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // The schema then refuses it.
    return undefined;
  }
}

function refusal(instance: InstanceWithCredential, { status, headers }: HttpResponse): RemoteError {
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(headers["retry-after"]) : undefined;
  const message = `${nameOf(instance)} ${describeStatus(status, instance, retryAfterMs)}`;
  return new RemoteError(message, { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function describeStatus(status: number, { configPath }: InstanceWithCredential, retryAfterMs: number | undefined): string {
  const credential = `\`${configPath}.credential\``;
  if (status === 401) return `does not accept the credential (401). The administrator has to renew ${credential}.`;
  if (status === 403) {
    return `forbids this (403). The account of ${credential} lacks the right to see projects, or has to solve a captcha in the browser first.`;
  }
  if (status === 429) return `takes no more requests for now (429). Try again in ${seconds(retryAfterMs)}.`;
  if (status >= 500) return `failed (${status}). Try again later.`;
  return `answered ${status} instead of a project. Check \`${configPath}.url\`: is it the address that the browser shows, with its context path?`;
}

function seconds(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? "a minute" : `${Math.ceil(retryAfterMs / 1000)} seconds`;
}

/** Jira sends whole seconds; the header's other form, a date, is left to the words "a minute". */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function nameOf({ name, url }: InstanceWithCredential): string {
  return `The Jira ${name} (${url})`;
}
