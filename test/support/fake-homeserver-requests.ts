import type { IncomingMessage, ServerResponse } from "node:http";
import type { Content } from "./fake-homeserver-rooms.js";

/** An answer that is no success, in Matrix's shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly errcode: string;

  constructor(status: number, errcode: string, message: string) {
    super(message);
    this.status = status;
    this.errcode = errcode;
  }
}

/** Who makes a request: the appservice, as one of its users. */
export interface Requester {
  readonly user: string;
  readonly device: string | undefined;
}

export interface FakeRequest {
  readonly method: string;
  /** Without the query; still escaped, as transaction ids are remembered by it. */
  readonly path: string;
  /** The path's parts below `/_matrix/client/v3/`, unescaped. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly requester: Requester;
  readonly body: Buffer;
}

export function jsonBody(request: Pick<FakeRequest, "body">): Content {
  try {
    const value: unknown = JSON.parse(request.body.toString("utf8"));
    // Whoever sends something else than an object to a fake finds out by the missing keys.
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Content;
  } catch {
    // Answered below.
  }
  throw new Refusal(400, "M_NOT_JSON", "Content not JSON.");
}

export function textOf(content: Content, key: string): string {
  const value = content[key];
  if (typeof value !== "string") throw new Refusal(400, "M_MISSING_PARAM", `Missing ${key}`);
  return value;
}

export function readBody(request: IncomingMessage, done: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const [only] = chunks;
    done(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
  });
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  answerText(response, status, JSON.stringify(body));
}

/** A buffer is a file, everything else JSON. */
export function answerAny(response: ServerResponse, body: unknown): void {
  if (Buffer.isBuffer(body)) {
    response.writeHead(200, { "content-type": "image/png", "content-length": body.length });
    response.end(body);
  } else answer(response, 200, body);
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

export function answerRefusal(response: ServerResponse, refusal: Refusal): void {
  answer(response, refusal.status, { errcode: refusal.errcode, error: refusal.message });
}
