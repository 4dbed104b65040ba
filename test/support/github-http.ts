import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { errorBody, type GitHubAnswer } from "./github-answers.js";
import type { GitHubRequest } from "./github-rest-call.js";
import { RequestWatch } from "./jira-faults.js";

/** How the stand-in's REST API fails until told otherwise. */
export type GitHubFault = (
  | { readonly kind: "status"; readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Nothing is left until that many seconds from now have passed. */
  | { readonly kind: "rate-limit"; readonly resetInSeconds: number }
  /** Too much at once; GitHub says how long to wait. */
  | { readonly kind: "secondary-limit"; readonly retryAfterSeconds: number }
  /** Never answers. */
  | { readonly kind: "silent" }
  /** Ends the connection instead of answering. */
  | { readonly kind: "cut" }
  /** Answers 200 with a web page, as a proxy's login page does. */
  | { readonly kind: "page" }
) & {
  /** Only requests like these fail, such as `/^POST .*\/issues$/`; all unless given. */
  readonly only?: RegExp;
  /** What was asked for is done first: only its answer fails. */
  readonly isCarriedOut?: true;
  /** After so many failures it works again. */
  readonly times?: number;
};

/** What came, as tests look at it. */
export interface RecordedGitHubRequest {
  /** As `GET /repos/octo/hello`. */
  readonly name: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: string;
}

interface Site {
  /** What stands before the API's paths. */
  readonly apiPath: string;
  readonly now: () => number;
  readonly answer: (request: GitHubRequest) => GitHubAnswer;
  /** Answers paths outside the API, as browsers ask for them. */
  readonly web: (request: GitHubRequest) => GitHubAnswer;
}

/** The stand-in's HTTP side: takes requests, fails as told, and notes what came. */
export class GitHubServer {
  readonly requests: RecordedGitHubRequest[] = [];
  readonly received = new RequestWatch();
  readonly carriedOut = new RequestWatch();
  readonly #server: Server = createServer();
  #fault: GitHubFault | undefined;
  #failures = 0;

  /** @returns the port */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  serve(site: Site): void {
    this.#server.on("request", (request, response) => void this.#serve(request, response, site));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  failWith(fault: GitHubFault | undefined): void {
    this.#fault = fault;
    this.#failures = 0;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
    const target = new URL(request.url ?? "/", "http://stand-in");
    const { path, isApi } = pathOf(target, site);
    const name = `${request.method ?? ""} ${path}`;
    const body = await readBody(request);
    const { authorization, accept, "user-agent": userAgent, "if-modified-since": ifModifiedSince } = request.headers;
    this.requests.push({ name, query: target.search, authorization, userAgent, body });
    this.received.note(name);
    const carryOut = (): GitHubAnswer => {
      const read = { method: request.method ?? "", path, query: target.searchParams, authorization, accept, ifModifiedSince, body };
      const answer = answerSafely(isApi ? site.answer : site.web, read);
      this.carriedOut.note(name);
      return answer;
    };
    this.#respond(request, response, this.#faultFor(name), carryOut, site.now());
  }

  #faultFor(name: string): GitHubFault | undefined {
    const fault = this.#fault;
    if (fault === undefined || fault.only?.test(name) === false || this.#failures >= (fault.times ?? Infinity)) return undefined;
    this.#failures += 1;
    return fault;
  }

  #respond(
    request: IncomingMessage,
    response: ServerResponse,
    fault: GitHubFault | undefined,
    carryOut: () => GitHubAnswer,
    now: number,
  ): void {
    if (fault?.isCarriedOut === true) carryOut();
    switch (fault?.kind) {
      case undefined:
        write(response, carryOut());
        return;
      case "silent":
        return;
      case "cut":
        request.socket.destroy();
        return;
      case "page":
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>");
        return;
      case "rate-limit": {
        const reset = String(Math.floor(now / 1_000) + fault.resetInSeconds);
        const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
        write(response, { status: 403, body: errorBody("API rate limit exceeded for user ID 1.", 403), headers });
        return;
      }
      case "secondary-limit": {
        const headers = { "retry-after": String(fault.retryAfterSeconds) };
        write(response, { status: 403, body: errorBody("You have exceeded a secondary rate limit.", 403), headers });
        return;
      }
      case "status":
        write(response, { status: fault.status, body: errorBody(fault.message ?? "As told", fault.status), headers: fault.headers ?? {} });
    }
  }
}

/** GraphQL has an address beside that of REST (`/api/graphql`). */
function pathOf({ pathname }: URL, { apiPath }: Site): { readonly path: string; readonly isApi: boolean } {
  if (pathname.startsWith(apiPath)) return { path: pathname.slice(apiPath.length), isApi: true };
  return pathname === "/api/graphql" ? { path: "/graphql", isApi: true } : { path: pathname, isApi: false };
}

function answerSafely(answer: Site["answer"], request: GitHubRequest): GitHubAnswer {
  try {
    return answer(request);
  } catch (error) {
    return { status: 500, body: errorBody(error instanceof Error ? error.message : String(error), 500) };
  }
}

function write(response: ServerResponse, { status, body, headers }: GitHubAnswer): void {
  const usual = { "content-type": "application/json; charset=utf-8", "x-ratelimit-remaining": "4999" };
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  response.writeHead(status, { ...usual, ...headers }).end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A request's body is a stream of bytes.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
