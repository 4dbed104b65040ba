import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One part of a form, as whoever receives it reads it. */
export interface ReceivedPart {
  readonly name: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** A request that came to the target, answered well or not. */
export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly parts: readonly ReceivedPart[];
  /** What it was answered. */
  readonly status: number;
}

/** What outbound webhooks are sent to: reads what comes, and answers as a test wants it. */
export class HookTarget {
  readonly received: ReceivedCall[] = [];
  readonly #server: Server;
  #status = 200;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<HookTarget> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = new HookTarget(server);
    server.on("request", (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url: path = "", headers } = request;
        const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
        void target.#take({ method, path, headers: flat, body: Buffer.concat(chunks) }).then((status) => response.writeHead(status).end());
      });
    });
    return target;
  }

  get url(): string {
    // A TCP listener's address is an object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Everything is answered so from now on. */
  answerWith(status: number): void {
    this.#status = status;
  }

  /** The events that it took (answered 2xx) at a path, in order. */
  eventsAt(path: string): readonly Readonly<Record<string, unknown>>[] {
    return this.callsAt(path)
      .filter(({ status }) => status < 300)
      .map(eventOf);
  }

  callsAt(path: string): readonly ReceivedCall[] {
    return this.received.filter((call) => call.path === path);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(call: Omit<ReceivedCall, "parts" | "status">): Promise<number> {
    const status = this.#status;
    this.received.push({ ...call, parts: await readForm(call), status });
    return status;
  }
}

/** The event that a call brings. */
export function eventOf({ parts }: ReceivedCall): Readonly<Record<string, unknown>> {
  const event = parts.find(({ name }) => name === "event");
  // The test that reads it fails at the next line if it is something else.
  return JSON.parse(event?.bytes.toString() ?? "{}") as Readonly<Record<string, unknown>>;
}

/** Reads a form with the platform's own parser, so that ours is not judged by itself. */
async function readForm({ headers, body }: Pick<ReceivedCall, "headers" | "body">): Promise<readonly ReceivedPart[]> {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- what reads it is a test, and what it reads is small
  const form = await new Response(body, { headers: { "content-type": headers["content-type"] ?? "" } }).formData();
  const parts = [...form].map(async ([name, value]) => {
    if (typeof value === "string") return { name, fileName: "", contentType: "", bytes: Buffer.from(value) };
    return { name, fileName: value.name, contentType: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
  });
  return Promise.all(parts);
}
