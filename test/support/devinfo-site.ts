import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RemoteError } from "../../src/core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../src/core/ports/http-client.js";
import { respond } from "./recorded-http.js";

/** A request to the API itself that the site carried out. */
interface TakenByDevinfoSite {
  readonly method: string;
  /** Below the API's prefix, with its query. */
  readonly path: string;
  readonly body: string;
}

interface SiteAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Says what goes wrong with a call such as `POST /oauth/token`: another answer, a cut connection, or nothing. */
type SiteFault = (call: string) => SiteAnswer | "cut" | undefined;

const prefix = /^\/jira\/devinfo\/0\.1\/cloud\/([^/]+)(\/.*)$/;
const operations = [
  /^POST \/bulk$/,
  /^DELETE \/repository\/[^/?]+(?:\/(?:commit|branch|pull_request)\/[^/?]+)?(?:\?.*)?$/,
  /^DELETE \/bulkByProperties\?.+$/,
];

/** A Jira site with its API gateway, as on-premise tools see them. Answers in memory, as an `HttpClient`, or on loopback. */
export class DevinfoSite implements HttpClient {
  readonly clientId = "site-client";
  readonly clientSecret = "planted-site-secret";
  cloudId = "11111111-2222-3333-4444-555555555555";
  tokenLifeSeconds = 900;
  fault: SiteFault | undefined;
  /** Everything that was asked, as `POST /oauth/token`. */
  readonly calls: string[] = [];
  readonly taken: TakenByDevinfoSite[] = [];
  readonly requests: Pick<HttpRequest, "method" | "url" | "headers">[] = [];
  #tokens = new Set<string>();
  #granted = 0;
  #server: Server | undefined;

  /** All tokens that were granted end. */
  revokeTokens(): void {
    this.#tokens = new Set();
  }

  /** Copies as they came, each known by the first repository's id, or by what it deletes. */
  get names(): readonly string[] {
    return this.taken.map(({ method, path, body }) => (method === "DELETE" ? path : repositoryOf(body)));
  }

  async request({ method, url, headers = {}, body }: HttpRequest): Promise<HttpResponse> {
    this.requests.push({ method, url, headers });
    const { pathname, search } = new URL(url);
    const answer = this.#answer(method, pathname + search, headers["authorization"], body?.toString() ?? "");
    if (answer === "cut") throw new RemoteError("the site cut the connection", { outcomeUnknown: true });
    return respond(answer.status, answer.body, answer.headers);
  }

  /** @returns its origin */
  async listen(port = 0): Promise<string> {
    const server = createServer((request, response) => {
      void readText(request).then((body) => {
        const answer = this.#answer(request.method ?? "", request.url ?? "", request.headers.authorization, body);
        if (answer === "cut") {
          request.socket.destroy();
          return;
        }
        const { status, headers = {}, body: answered = "" } = answer;
        response.writeHead(status, headers).end(typeof answered === "string" ? answered : JSON.stringify(answered));
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    // A TCP listener's address is an object.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  #answer(method: string, path: string, authorization: string | undefined, body: string): SiteAnswer | "cut" {
    const call = `${method} ${path}`;
    this.calls.push(call);
    const fault = this.fault?.(call);
    if (fault !== undefined) return fault;
    if (call === "GET /_edge/tenant_info") return { status: 200, body: { cloudId: this.cloudId, more: 1 } };
    if (call === "POST /oauth/token") return this.#grant(body);
    return this.#operate(method, path, authorization, body);
  }

  #grant(body: string): SiteAnswer {
    // Judged below.
    const { audience, grant_type, client_id, client_secret } = JSON.parse(body) as Record<string, unknown>;
    const isRight = client_id === this.clientId && client_secret === this.clientSecret;
    if (!isRight) return { status: 401, body: { error: "invalid_client" } };
    if (audience !== "api.atlassian.com" || grant_type !== "client_credentials") return { status: 400, body: { error: "invalid_request" } };
    this.#granted += 1;
    const token = `planted-site-token-${String(this.#granted)}`;
    this.#tokens.add(token);
    return { status: 200, body: { access_token: token, expires_in: this.tokenLifeSeconds, token_type: "Bearer", scope: "x" } };
  }

  #operate(method: string, path: string, authorization: string | undefined, body: string): SiteAnswer {
    if (authorization === undefined || !this.#tokens.has(authorization.replace("Bearer ", ""))) return { status: 401 };
    const [, cloudId, below = ""] = prefix.exec(path) ?? [];
    if (cloudId !== this.cloudId) return { status: 404, body: { errorMessages: [{ message: "No such cloud" }] } };
    if (!operations.some((operation) => operation.test(`${method} ${below}`))) return { status: 405 };
    this.taken.push({ method, path: below, body });
    if (method === "DELETE") return { status: 202 };
    return { status: 202, body: { acceptedDevinfoEntities: {}, failedDevinfoEntities: {}, unknownIssueKeys: [] } };
  }
}

function repositoryOf(body: string): string {
  // Whatever tests send has one.
  const { repositories } = JSON.parse(body) as { readonly repositories: readonly { readonly id: string }[] };
  return repositories[0]?.id ?? "none";
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A request's stream is one of bytes.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
