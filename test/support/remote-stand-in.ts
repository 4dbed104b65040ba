import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { LoopbackServers } from "./loopback-server.js";
import { createSelfSigned } from "./self-signed.js";

/** A request as a remote's API sees it. */
export interface StandInRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface StandInAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a remote's API does, as its vendor documents. */
export type StandInApi = (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>;

/** How the stand-in fails instead. */
export type StandInFault =
  | { readonly kind: "answer"; readonly answer: StandInAnswer }
  /** Never answers. */
  | { readonly kind: "silent" }
  /** Ends the connection instead of answering. */
  | { readonly kind: "cut" };

/** NOT A REMOTE: a server on loopback that speaks one API, over TLS with a certificate that nobody vouches for if so wished. */
export class RemoteStandIn {
  readonly requests: StandInRequest[] = [];
  readonly #api: StandInApi;
  #fault: StandInFault | undefined;
  #origin = "";

  private constructor(api: StandInApi) {
    this.#api = api;
  }

  static async start(servers: LoopbackServers, api: StandInApi, { isSecure = false } = {}): Promise<RemoteStandIn> {
    const standIn = new RemoteStandIn(api);
    const listener: RequestListener = (request, response) => void standIn.#serve(request, response);
    const server = isSecure ? createSecureServer(createSelfSigned(), listener) : createServer(listener);
    standIn.#origin = `${isSecure ? "https" : "http"}://127.0.0.1:${await servers.listen(server)}`;
    return standIn;
  }

  get url(): string {
    return this.#origin;
  }

  failWith(fault: StandInFault): void {
    this.#fault = fault;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await readRequest(request);
    this.requests.push(read);
    const fault = this.#fault;
    if (fault?.kind === "silent") return;
    if (fault?.kind === "cut") return void request.socket.destroy();
    const { status, headers = {}, body } = fault?.answer ?? (await this.#api(read));
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  }
}

/** What answers in the place of another server, as a proxy in front of it does. */
export function inFrontOf(origin: string): StandInApi {
  return async ({ method, path, query, headers: { authorization = "" } }) => {
    const search = query.size === 0 ? "" : `?${query.toString()}`;
    const response = await fetch(`${origin}${path}${search}`, { method, headers: { authorization } });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  };
}

export function json(value: unknown, status = 200): StandInAnswer {
  return { status, body: JSON.stringify(value) };
}

/** User name and password of an `Authorization` header; undefined unless it is Basic. */
export function basicCredentials({ authorization = "" }: IncomingMessage["headers"]): string | undefined {
  const [, encoded] = /^Basic (\S+)$/.exec(authorization) ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

async function readRequest(request: IncomingMessage): Promise<StandInRequest> {
  const chunks: Buffer[] = [];
  // A request's body is a stream of bytes.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://stand-in");
  const body = Buffer.concat(chunks).toString("utf8");
  return { method: request.method ?? "", path: pathname, query: searchParams, headers: request.headers, body };
}
