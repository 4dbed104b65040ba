import { lookup as systemLookup } from "node:dns/promises";
import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import { Dispatchers } from "./dispatchers.js";
import { followRedirect } from "./redirects.js";
import { defaultMaxBytes, hostOf, sendRequest, startDeadline, type Deadline } from "./send-request.js";
import { TargetJudge, type Lookup } from "./target-judge.js";

interface GuardedClientOptions {
  readonly userAgent: string;
  /** Private targets that may be asked all the same: addresses, ranges (`10.0.0.0/8`) and host names. */
  readonly allow: readonly string[];
  /** Address of an HTTP proxy that every request takes; a user name and password in it are its own. */
  readonly proxy?: string;
  /** Bytes of an answer; a longer one counts as a failure. 10 MiB unless given. */
  readonly maxBytes?: number;
  /** The system's unless given. */
  readonly lookup?: Lookup;
}

/** A client for addresses that somebody typed. */
export type GuardedClient = Required<HttpClient> & { close(): Promise<void> };

const maxRedirects = 5;

/**
 * Requests to addresses that somebody typed. Private targets are refused unless `allow` names them, by the addresses that are connected
 * to and not by a name. GET follows five redirects; other methods follow those that repeat method and body, and fail for the rest.
 * Every hop is judged, and only harmless headers go to another origin: what somebody registered of a remote holds for its own origin.
 * @throws TypeError for an `allow` or `proxy` that the configuration does not let through
 */
export function createGuardedClient(options: GuardedClientOptions): GuardedClient {
  const judge = new TargetJudge(options.allow, options.lookup ?? lookUp);
  // Here and not with the first request: a proxy that is no address ends the start.
  const dispatchers = new Dispatchers(judge, options.proxy === undefined ? undefined : new URL(options.proxy));
  const sending = { userAgent: options.userAgent, maxBytes: options.maxBytes ?? defaultMaxBytes };
  const send = (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    judge.checkUrl(request.url);
    return sendRequest(request, { ...sending, dispatcher: dispatchers.for(request) }, deadline);
  };
  return {
    request: (request) => requestJudged(request, send),
    check(url) {
      judge.checkUrl(url);
    },
    close: () => dispatchers.close(),
  };
}

/** One hop: judged, then sent. */
type Send = (request: HttpRequest, deadline: Deadline) => Promise<HttpResponse>;

async function requestJudged(first: HttpRequest, send: Send): Promise<HttpResponse> {
  const deadline = startDeadline(first.timeoutMs);
  let request = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await send(request, deadline);
    const next = followRedirect(request, response);
    if (next === undefined) return response;
    request = next;
  }
  throw new RemoteError(`${hostOf(first.url)} redirects more than ${maxRedirects} times`, { isFinal: true });
}

const lookUp: Lookup = async (hostname) => {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};
