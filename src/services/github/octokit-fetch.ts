import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import { parseHttpUrl } from "../../shared/url.js";

/** A person waits for the answer. */
const timeoutMs = 10_000;

/** Renamed and moved repositories are answered with the new address (GitHub's REST documentation, "Follow redirects"). */
const mostRedirects = 3;

/** What Octokit hands to `fetch`, as far as we use it. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type OctokitFetch = (url: string, init: FetchInit) => Promise<Response>;

/**
 * `fetch` for Octokit over our port: its limits of time and size hold, and it ends what is under way when we stop.
 * Redirects are followed within the API only, so that no credential goes elsewhere.
 * @param apiUrl no request goes to another origin, whatever address an answer gives for its next page
 * @throws RemoteError, which Octokit hangs on its own error as the cause
 */
export function createFetch(http: HttpClient, apiUrl: string): OctokitFetch {
  const { origin, host } = new URL(apiUrl);
  return async (url, init) => {
    if (new URL(url).origin !== origin) throw new RemoteError(`${host} names an address elsewhere`, { status: 502 });
    const request: HttpRequest = { ...toRequest(init), url, timeoutMs };
    return toResponse(await follow(http, request, mostRedirects), url);
  };
}

function toRequest({ method, headers, body }: FetchInit): Omit<HttpRequest, "url"> {
  // Octokit names itself; the port names the product.
  const { "user-agent": _octokit, ...others } = headers;
  return { method: methodOf(method), headers: others, ...(typeof body === "string" ? { body } : {}) };
}

function methodOf(name: string): HttpRequest["method"] {
  const method = (["GET", "POST", "PUT", "PATCH", "DELETE"] as const).find((known) => known === name);
  if (method === undefined) throw new TypeError(`No request to GitHub is made by ${name}`);
  return method;
}

async function follow(http: HttpClient, request: HttpRequest, redirectsLeft: number): Promise<HttpResponse> {
  const response = await http.request(request);
  const target = redirectTarget(request, response);
  if (target === undefined) return response;
  if (redirectsLeft === 0) throw new RemoteError(`${new URL(request.url).host} redirects without end`, { status: response.status });
  return follow(http, { ...request, url: target }, redirectsLeft - 1);
}

/** A change is only repeated at the new address where the answer says that it was not carried out (RFC 9110, sections 15.4.8 and 15.4.9). */
function redirectTarget({ method, url }: HttpRequest, { status, headers }: HttpResponse): string | undefined {
  const isFollowed = method === "GET" ? [301, 302, 307, 308].includes(status) : [307, 308].includes(status);
  const target = isFollowed ? resolve(headers["location"], url) : undefined;
  return target?.origin === new URL(url).origin ? target.href : undefined;
}

function resolve(location: string | undefined, base: string): URL | undefined {
  return location !== undefined && URL.canParse(location, base) ? parseHttpUrl(new URL(location, base).href) : undefined;
}

const statusesWithoutBody = [204, 205, 304];

function toResponse({ status, headers, bytes }: HttpResponse, url: string): Response {
  if (status < 200 || status > 599)
    throw new RemoteError(`it answered with the unknown status ${status}`, { status: 502, outcomeUnknown: true });
  const body = statusesWithoutBody.includes(status) ? null : new Uint8Array(bytes);
  const response = new Response(body, { status, headers: readHeaders(headers) });
  // Octokit's pagination reads it; a Response that was not fetched has none.
  return Object.defineProperty(response, "url", { value: url });
}

/** What Octokit reads. The type is reduced to what it can deal with: it fails on types that it cannot parse. */
const readNames = [
  ...["date", "deprecation", "last-modified", "link", "retry-after", "sunset", "x-github-sso"],
  ...["x-poll-interval", "x-ratelimit-remaining", "x-ratelimit-reset"],
];

function readHeaders(headers: HttpResponse["headers"]): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => readNames.includes(name));
  const type = /^application\/(?:[\w.-]+\+)?json\b/i.test(headers["content-type"] ?? "") ? "application/json" : "text/plain";
  return { ...Object.fromEntries(kept), "content-type": type };
}
