import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { errorJson, JiraRefusal, refusalAnswer, type Answer } from "./jira-answers.js";
import { RequestWatch, type JiraFault } from "./jira-faults.js";
import type { RestRequest } from "./jira-rest.js";

interface JiraServerOptions {
  readonly contextPath: string;
  /** @throws JiraRefusal */
  readonly answer: (request: RestRequest) => Answer | Promise<Answer>;
}

/** The stand-in's HTTP side: takes requests, fails as told, and notes what came and what was carried out. */
export class JiraServer {
  /** As `GET /rest/api/2/project/PLAY`, in order. */
  readonly requests: string[] = [];
  readonly received = new RequestWatch();
  readonly carriedOut = new RequestWatch();
  readonly #server: Server = createServer();
  readonly #held = new Set<() => void>();
  #fault: JiraFault | undefined;

  /** @returns the port */
  async listen(port: number): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  serve(options: JiraServerOptions): void {
    this.#server.on("request", (request, response) => void this.#serve(request, response, options));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  failWith(fault: JiraFault | undefined): void {
    this.#fault = fault;
    if (fault?.kind === "held") return;
    for (const letGo of this.#held) letGo();
    this.#held.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse, { contextPath, answer }: JiraServerOptions): Promise<void> {
    const target = new URL(request.url ?? "/", "http://stand-in");
    const path = target.pathname.slice(contextPath.length);
    const name = `${request.method ?? ""} ${path}`;
    this.requests.push(name);
    const { authorization, "content-type": contentType } = request.headers;
    const read = { method: request.method ?? "", path, query: target.searchParams, authorization, contentType };
    const body = await readBody(request);
    this.received.note(name);
    await this.#respond(request, response, this.#faultFor(name), async () => {
      const made = await answerSafely(answer, { ...read, body });
      this.carriedOut.note(name);
      return made;
    });
  }

  #faultFor(name: string): JiraFault | undefined {
    return this.#fault?.only?.test(name) === false ? undefined : this.#fault;
  }

  async #respond(
    request: IncomingMessage,
    response: ServerResponse,
    fault: JiraFault | undefined,
    carryOut: () => Promise<Answer>,
  ): Promise<void> {
    const early = fault?.isCarriedOut === true ? await carryOut() : undefined;
    switch (fault?.kind) {
      case undefined:
        write(response, await carryOut());
        return;
      case "silent":
        return;
      case "held":
        await new Promise<void>((resolve) => this.#held.add(resolve));
        write(response, early ?? (await carryOut()));
        return;
      case "cut":
        request.socket.destroy();
        return;
      case "page":
        response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>Log in</title>");
        return;
      case "status":
        write(response, { status: fault.status, body: errorJson("As told"), headers: retryAfter(fault) });
    }
  }
}

async function answerSafely(answer: JiraServerOptions["answer"], request: RestRequest): Promise<Answer> {
  try {
    return await answer(request);
  } catch (error) {
    if (error instanceof JiraRefusal) return refusalAnswer(error);
    return { status: 500, body: errorJson(error instanceof Error ? error.message : String(error)) };
  }
}

function retryAfter({ retryAfterSeconds }: { readonly retryAfterSeconds?: number }): Readonly<Record<string, string>> {
  return retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
}

function write(response: ServerResponse, { status, body, text, headers }: Answer): void {
  const type = text === undefined ? "application/json" : "text/html; charset=utf-8";
  const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
  response.writeHead(status, { "content-type": type, ...headers }).end(sent);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  // A request's body is a stream of bytes.
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
