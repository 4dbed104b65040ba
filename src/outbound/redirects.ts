import { RemoteError } from "../core/errors.js";
import type { HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import { hostOf } from "./send-request.js";

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Those that repeat method and body (RFC 9110, 15.4.8 and 15.4.9). */
const repeatingStatuses: ReadonlySet<number> = new Set([307, 308]);

/** What may go to another origin. Any other header can be a credential: services name theirs as they like. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  ...["accept", "accept-encoding", "accept-language", "content-encoding", "content-type"],
  ...["if-modified-since", "if-none-match", "user-agent"],
]);

/**
 * The request that an answer asks for instead.
 * @returns undefined when the answer is no redirect
 * @throws RemoteError for a redirect after which nothing of what was to be sent would be left, for an address that is none, and for one at
 * another origin where the request has to stay at its own
 */
export function followRedirect(request: HttpRequest, { status, headers }: HttpResponse): HttpRequest | undefined {
  const location = headers["location"];
  if (location === undefined || !redirectStatuses.has(status)) return undefined;
  const host = hostOf(request.url);
  if (request.staysAtOrigin === true) checkOrigin(request.url, location, status);
  if (request.method !== "GET" && !repeatingStatuses.has(status)) {
    const sentence = `${host} answered ${request.method} with the redirect ${status}, which would lose what is sent; the address has to be the one that it leads to`;
    throw new RemoteError(sentence, { status });
  }
  if (!URL.canParse(location, request.url)) throw new RemoteError(`${host} redirects to something that is no address`, { status });
  return readdress(request, new URL(location, request.url));
}

/** Says nothing of where it leads: that is the remote's own text, and may repeat what it was sent. */
function checkOrigin(url: string, location: string, status: number): void {
  if (!URL.canParse(location, url)) return;
  const [from, to] = [new URL(url), new URL(location, url)];
  if (to.origin === from.origin) return;
  const isMadeSecure = from.protocol === "http:" && to.protocol === "https:" && to.hostname === from.hostname;
  const remedy = isMadeSecure ? "its address has to begin with https://" : "that is not followed: the address has to be the final one";
  const failure = isMadeSecure ? "redirects to https" : "redirects to another origin";
  throw new RemoteError(`${from.host} ${failure} (${status}); ${remedy}`, { status, isFinal: true });
}

/** Elsewhere neither the credentials hold nor what somebody registered about the certificate and the way of the remote. */
function readdress(request: HttpRequest, target: URL): HttpRequest {
  if (target.origin === new URL(request.url).origin) return { ...request, url: target.href };
  const { headers = {}, acceptsAnyCertificate, skipsProxy, ...others } = request;
  return { ...others, url: target.href, headers: withoutCredentials(headers) };
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase())));
}
