import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Asked {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json(): unknown;
}

/** A server on loopback (a port) or on a Unix socket (its path). */
export type Place = number | string;

/** One HTTP request on a connection of its own. */
export function ask(place: Place, path: string, options: AskOptions = {}): Promise<Asked> {
  const where = typeof place === "number" ? { host: "127.0.0.1", port: place } : { socketPath: place };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { ...where, path, method: options.method ?? "GET", headers: options.headers ?? {}, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", reject);
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json: () => JSON.parse(text) as unknown });
        });
      },
    );
    request.on("error", reject).end(options.body);
  });
}

/** Sends bytes as they are, reads only when all are sent, and gives all that comes back until it holds `enough`, or else until the server ends the connection. */
export function askRaw(port: number, bytes: string, enough?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes, () => socket.on("data", onData)));
    let text = "";
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString();
      if (enough !== undefined && text.includes(enough)) done();
    };
    socket.on("end", done);
    socket.on("error", reject);
  });
}
