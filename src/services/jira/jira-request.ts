import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import type { ServiceContext } from "../../core/service-context.js";
import type { Validated } from "../../shared/validate.js";
import type { JiraAccess } from "./access.js";
import { noAnswer, parseJson, refusal, unreadableAnswer } from "./failures.js";
import type { Deployment } from "./schema.js";
import type { Signature } from "./signer.js";

/** The network, and the account that asks. */
export interface JiraLink {
  readonly http: HttpClient;
  readonly access: JiraAccess;
}

/** By the way that was registered with the account, else by that to addresses which the configuration names. */
export function linkOf(access: JiraAccess, { http, remotes }: Pick<ServiceContext<unknown>, "http" | "remotes">): JiraLink {
  return { http: access.registered === undefined ? http : remotes.clientFor(access.registered), access };
}

export interface Call {
  readonly method: HttpRequest["method"];
  /** Below `/rest/api/<version>/`; with a slash in front, below the address of the API as it is. */
  readonly path: string;
  readonly body?: unknown;
  /** Whether it makes something different. A search is sent by POST and makes nothing different. */
  readonly changes?: true;
}

export type Check<T> = (value: unknown) => Validated<T>;

/** A person waits for the answer. */
const timeoutMs = 10_000;

/** Jira Cloud has both; version 3 is the current one there, Server and Data Center only have 2. */
const apiVersions: Readonly<Record<Deployment, string>> = { cloud: "3", server: "2" };

/** What Jira answered, and what nobody may be shown of it: answers may repeat what they were sent. */
interface Answer {
  readonly response: HttpResponse;
  readonly secrets: readonly string[];
}

/** Undefined for 404. */
export async function find<T>(link: JiraLink, path: string, check: Check<T>): Promise<T | undefined> {
  const call: Call = { method: "GET", path };
  const answer = await send(link, call);
  return answer.response.status === 404 ? undefined : readAnswer(link, call, answer, check);
}

export async function ask<T>(link: JiraLink, call: Call, check: Check<T>): Promise<T> {
  return readAnswer(link, call, await send(link, call), check);
}

/** For calls that Jira answers with nothing (204). */
export async function tell({ http, access }: JiraLink, call: Call): Promise<void> {
  const changes = call.changes === true;
  const { response, secrets } = await send({ http, access }, call);
  if (!isGood(response)) throw refusal({ access, response, secrets, changes });
  const isJiras = response.body.trim() === "" || parseJson(response.body) !== undefined;
  if (!isJiras) throw unreadableAnswer(access, response.status, changes);
}

function readAnswer<T>({ access }: JiraLink, call: Call, { response, secrets }: Answer, check: Check<T>): T {
  const changes = call.changes === true;
  if (!isGood(response)) throw refusal({ access, response, secrets, changes });
  const answer = check(parseJson(response.body));
  if (!answer.ok) throw unreadableAnswer(access, response.status, changes);
  return answer.value;
}

function isGood({ status }: HttpResponse): boolean {
  return status >= 200 && status < 300;
}

/** Who is not let in has changed nothing (401): where the login can be renewed, the request is made once again. */
async function send(link: JiraLink, call: Call): Promise<Answer> {
  const { signer } = link.access;
  const request = requestOf(link.access, call);
  const first = await signer.sign(request);
  const response = await sendSigned(link, call, request, first);
  const second = response.status === 401 ? await signer.signAgain?.(request, first, response) : undefined;
  if (second === undefined) return { response, secrets: first.secrets };
  return { response: await sendSigned(link, call, request, second), secrets: second.secrets };
}

function requestOf(access: JiraAccess, { method, path, body }: Call): HttpRequest {
  const below = path.startsWith("/") ? path : `/rest/api/${apiVersions[access.deployment]}/${path}`;
  const url = `${access.apiUrl ?? access.url}${below}`;
  const headers = { accept: "application/json" };
  if (body === undefined) return { method, url, timeoutMs, headers };
  return { method, url, timeoutMs, headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function sendSigned({ http, access }: JiraLink, call: Call, request: HttpRequest, signature: Signature): Promise<HttpResponse> {
  try {
    return await http.request({ ...request, headers: { ...request.headers, authorization: signature.authorization } });
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof RemoteError)) throw error;
    throw noAnswer(access, error, call.changes === true);
  }
}
