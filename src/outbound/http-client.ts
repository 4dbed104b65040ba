import { Agent, request as undiciRequest, type Dispatcher } from "undici";
import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../core/ports/http-client.js";

interface HttpClientOptions {
  readonly userAgent: string;
  /** Bytes of an answer; a longer one counts as a failure. 10 MiB unless given. */
  readonly maxBytes?: number;
}

const defaultTimeoutMs = 15_000;
const defaultMaxBytes = 10 * 1_048_576;
const connectTimeoutMs = 10_000;

/** Requests to remote systems that the configuration names: connections kept, time and size limited, redirects not followed. */
export function createHttpClient(options: HttpClientOptions): HttpClient & { close(): Promise<void> } {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const agent = new Agent({ connect: { timeout: connectTimeoutMs }, keepAliveTimeout: 30_000, connections: 16 });
  return {
    async request(request) {
      const timeoutMs = request.timeoutMs ?? defaultTimeoutMs;
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        const response = await undiciRequest(request.url, {
          dispatcher: agent,
          method: request.method,
          headers: { "user-agent": options.userAgent, ...request.headers },
          body: request.body ?? null,
          signal,
        });
        return { status: response.statusCode, headers: flatten(response.headers), ...asBody(await readBytes(response, maxBytes)) };
      } catch (cause) {
        throw explain(request, cause, signal.aborted, timeoutMs);
      }
    },
    // A remote that does not answer must not hold up our end.
    close: () => agent.destroy(new Error("Switchboard is stopping")),
  };
}

function flatten(headers: Dispatcher.ResponseData["headers"]): HttpResponse["headers"] {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  return flat;
}

function asBody(bytes: Buffer): Pick<HttpResponse, "body" | "bytes"> {
  return { body: bytes.toString("utf8"), bytes };
}

async function readBytes({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    // Bodies of undici are streams of bytes.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > maxBytes) {
      body.destroy();
      throw new RemoteError(`answered with more than ${maxBytes} bytes`);
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Names host and reason; never the whole address, whose query may hold a credential. */
function explain({ url, method }: HttpRequest, cause: unknown, isTimedOut: boolean, timeoutMs: number): RemoteError {
  const host = URL.canParse(url) ? new URL(url).host : "the address";
  const outcomeUnknown = method !== "GET";
  if (isTimedOut) return new RemoteError(`${host} did not answer within ${timeoutMs / 1000} seconds`, { cause, outcomeUnknown });
  if (cause instanceof RemoteError) return new RemoteError(`${host} ${cause.message}`, { cause, outcomeUnknown });
  const reason = cause instanceof Error ? cause.message || ("code" in cause ? String(cause.code) : cause.name) : String(cause);
  const isRefused = cause instanceof Error && "code" in cause && ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(String(cause.code));
  return new RemoteError(`${host} could not be reached (${reason})`, { cause, outcomeUnknown: outcomeUnknown && !isRefused });
}
