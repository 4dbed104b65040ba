import { request as undiciRequest, type Dispatcher } from "undici";
import { RemoteError } from "../core/errors.js";
import type { HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import { describeFailure } from "./connection-failures.js";

/** The connections to use, and the limits of what comes back. */
export interface SendOptions {
  readonly dispatcher: Dispatcher;
  readonly userAgent: string;
  /** Bytes of an answer's body; a longer one counts as a failure. */
  readonly maxBytes: number;
}

/** When a request counts as lost, however many redirects it takes. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export const defaultMaxBytes = 10 * 1_048_576;
export const connectTimeoutMs = 10_000;
const defaultTimeoutMs = 15_000;

export function startDeadline(timeoutMs = defaultTimeoutMs): Deadline {
  return { signal: AbortSignal.timeout(timeoutMs), timeoutMs };
}

/**
 * One request and its whole answer, whatever its status; redirects are not followed.
 * @throws RemoteError that names the host and never the rest of the address
 */
export async function sendRequest(request: HttpRequest, options: SendOptions, deadline: Deadline): Promise<HttpResponse> {
  try {
    const response = await undiciRequest(request.url, {
      dispatcher: options.dispatcher,
      method: request.method,
      headers: { "user-agent": options.userAgent, ...request.headers },
      body: request.body ?? null,
      signal: deadline.signal,
    });
    const bytes = await readBytes(response, options.maxBytes);
    return { status: response.statusCode, headers: flatten(response.headers), body: bytes.toString("utf8"), bytes };
  } catch (cause) {
    throw explain(request, cause, deadline);
  }
}

function flatten(headers: Dispatcher.ResponseData["headers"]): HttpResponse["headers"] {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}

class TooLongError extends Error {}

async function readBytes({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    // Bodies of undici are streams of bytes.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) {
      body.destroy();
      throw new TooLongError(`answered with more than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Names host and reason; never the whole address, whose query may hold a credential. */
function explain({ url, method }: HttpRequest, cause: unknown, { signal, timeoutMs }: Deadline): RemoteError {
  // Refused before a connection was made: its sentence stands by itself.
  if (cause instanceof RemoteError) return cause;
  const host = hostOf(url);
  const mayBeDone = method !== "GET";
  if (signal.aborted)
    return new RemoteError(`${host} did not answer within ${timeoutMs / 1000} seconds`, { cause, outcomeUnknown: mayBeDone });
  if (cause instanceof TooLongError) return new RemoteError(`${host} ${cause.message}`, { outcomeUnknown: mayBeDone });
  const { words, isUnsent } = describeFailure(cause);
  return new RemoteError(`${host} ${words}`, { cause, outcomeUnknown: mayBeDone && !isUnsent });
}

/** What a sentence may show of an address. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the address";
}
