import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request on its way through. */
export interface PassingRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

/** When a request is held: before the homeserver gets it, or when it was carried out and its answer is still to come. */
export type HoldingPoint = "before" | "after";

interface Hold {
  readonly fits: (request: PassingRequest) => boolean;
  readonly point: HoldingPoint;
  readonly onHeld: () => void;
}

interface Cut {
  readonly fits: (request: PassingRequest) => boolean;
  readonly onCut: () => void;
}

interface TargetAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/**
 * Stands between Switchboard and a homeserver, in either direction, and loses what a network can lose: answers to requests that arrived,
 * or everything.
 */
export class CuttingProxy {
  readonly url: string;
  /** Requests that came, let through or not, as `PUT /path`. */
  readonly seen: string[] = [];
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #targetPort: number;
  readonly #cuts = new Set<Cut>();
  readonly #holds = new Set<Hold>();
  #isOpen = true;

  private constructor(server: Server, port: number, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(targetPort: number): Promise<CuttingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    // A TCP listener's address is an object.
    const { port } = server.address() as AddressInfo;
    const proxy = new CuttingProxy(server, port, targetPort);
    server.on("request", (request, response) => void proxy.#serve(request, response));
    return proxy;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The next request that fits goes through, but its answer is lost, and so is everything after it until `open`. Resolves when that happened. */
  cutAnswerTo(fits: Cut["fits"]): Promise<void> {
    return new Promise((resolve) => {
      this.#cuts.add({ fits, onCut: resolve });
    });
  }

  /** The next request that fits is never answered, and goes through or not. Everything else goes on. Resolves when that happened. */
  hold(fits: Hold["fits"], point: HoldingPoint): Promise<void> {
    return new Promise((resolve) => {
      this.#holds.add({ fits, point, onHeld: resolve });
    });
  }

  /** From now on nothing gets through. */
  shut(): void {
    this.#isOpen = false;
  }

  open(): void {
    this.#isOpen = true;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url: path = "" } = incoming;
    this.seen.push(`${method} ${path}`);
    try {
      const body = await readAll(incoming);
      if (!this.#isOpen) throw new Error("shut");
      const request = { method, path, body: body.toString() };
      const hold = [...this.#holds].find(({ fits }) => fits(request));
      if (hold?.point === "before") {
        this.#end(hold);
        return;
      }
      // What is asked for twice at once is held once.
      if (hold !== undefined) this.#holds.delete(hold);
      const answer = await this.#ask(incoming, body);
      if (hold !== undefined) {
        this.#end(hold);
        return;
      }
      const cut = [...this.#cuts].find(({ fits }) => fits(request));
      if (cut !== undefined) {
        this.#cuts.delete(cut);
        // Before anybody is told, so that no repeat gets through.
        this.shut();
        cut.onCut();
        throw new Error("cut");
      }
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      incoming.socket.destroy();
    }
  }

  #end(hold: Hold): void {
    this.#holds.delete(hold);
    hold.onHeld();
  }

  #ask({ method, url, headers }: IncomingMessage, body: Buffer): Promise<TargetAnswer> {
    return new Promise((resolve, reject) => {
      const options = { host: "127.0.0.1", port: this.#targetPort, method, path: url, headers, agent: this.#agent };
      const request = httpRequest(options, (answer) => {
        readAll(answer).then((read) => {
          resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: read });
        }, reject);
      });
      request.on("error", reject).end(body);
    });
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // A stream without encoding gives buffers.
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
