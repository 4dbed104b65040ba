import { Agent } from "undici";
import type { HttpClient } from "../core/ports/http-client.js";
import { connectTimeoutMs, defaultMaxBytes, sendRequest, startDeadline } from "./send-request.js";

interface HttpClientOptions {
  readonly userAgent: string;
  /** Bytes of an answer; a longer one counts as a failure. 10 MiB unless given. */
  readonly maxBytes?: number;
}

/** Requests to remote systems that the configuration names: connections kept, time and size limited, redirects not followed. */
export function createHttpClient({ userAgent, maxBytes = defaultMaxBytes }: HttpClientOptions): HttpClient & { close(): Promise<void> } {
  const dispatcher = new Agent({ connect: { timeout: connectTimeoutMs }, keepAliveTimeout: 30_000, connections: 16 });
  return {
    request: (request) => sendRequest(request, { dispatcher, userAgent, maxBytes }, startDeadline(request.timeoutMs)),
    // A remote that does not answer must not hold up our end.
    close: () => dispatcher.destroy(new Error("Switchboard is stopping")),
  };
}
