import { lookup as systemLookup } from "node:dns/promises";
import { Agent } from "undici";
import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import { connectDirectly, connectThrough } from "./connectors.js";
import { followRedirect } from "./redirects.js";
import { defaultMaxBytes, hostOf, sendRequest, startDeadline, type SendOptions } from "./send-request.js";
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
 * Every hop is judged, and only harmless headers go to another origin.
 * @throws TypeError for an `allow` or `proxy` that the configuration does not let through
 */
export function createGuardedClient(options: GuardedClientOptions): GuardedClient {
  const judge = new TargetJudge(options.allow, options.lookup ?? lookUp);
  const connections = options.proxy === undefined ? connectDirectly(judge) : connectThrough(new URL(options.proxy), judge);
  const dispatcher = new Agent({ connect: connections.connect, connections: 16 });
  const sending = { dispatcher, userAgent: options.userAgent, maxBytes: options.maxBytes ?? defaultMaxBytes };
  return {
    request: (request) => requestJudged(request, judge, sending),
    check(url) {
      judge.checkUrl(url);
    },
    // A remote that does not answer must not hold up our end.
    async close() {
      await Promise.all([dispatcher.destroy(new Error("Switchboard is stopping")), connections.close()]);
    },
  };
}

async function requestJudged(first: HttpRequest, judge: TargetJudge, sending: SendOptions): Promise<HttpResponse> {
  const deadline = startDeadline(first.timeoutMs);
  let request = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    judge.checkUrl(request.url);
    const response = await sendRequest(request, sending, deadline);
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
