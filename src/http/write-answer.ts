import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../shared/clock.js";
import { hasBody } from "./read-body.js";
import type { Answer } from "./route.js";

/** Bytes and milliseconds that we go on reading from a client whose request is answered already. */
const drainBytes = 32 * 1_048_576;
const drainMs = 10_000;

interface Encoded {
  readonly type: string | undefined;
  readonly bytes: string | Buffer;
}

function encodeBody(body: Answer["body"]): Encoded {
  if (body === undefined) return { type: undefined, bytes: "" };
  if (typeof body === "string") return { type: "text/plain; charset=utf-8", bytes: body };
  if (Buffer.isBuffer(body)) return { type: "application/octet-stream", bytes: body };
  return { type: "application/json", bytes: JSON.stringify(body) };
}

function headersFor(answer: Answer, encoded: Encoded): Record<string, string | number> {
  const headers: Record<string, string | number> = { "x-content-type-options": "nosniff" };
  if (encoded.type !== undefined) headers["content-type"] = encoded.type;
  // 204 has no body by definition, and naming a length there is an error (RFC 9110, 8.6).
  if (answer.status !== 204) headers["content-length"] = Buffer.byteLength(encoded.bytes);
  return answer.headers === undefined ? headers : Object.assign(headers, answer.headers);
}

interface WriteOptions {
  readonly clock: Clock;
  /** Ends the connection after the answer. */
  readonly close: boolean;
}

/** Sends the answer. A client that has left is no error. */
export function writeAnswer(message: IncomingMessage, response: ServerResponse, answer: Answer, options: WriteOptions): void {
  if (response.destroyed || response.headersSent) return;
  const encoded = encodeBody(answer.body);
  const headers = headersFor(answer, encoded);
  const isUnread = hasBody(message) && !message.readableEnded;
  if (isUnread || options.close) headers["connection"] = "close";
  response.writeHead(answer.status, headers);
  if (isUnread) endAfterDraining(message, response, encoded.bytes, options.clock);
  else response.end(encoded.bytes);
}

/**
 * Closing a connection with unread bytes makes the operating system reset it, and a client that is still sending never sees the answer.
 * So the answer goes out whole, and the connection ends once the client has sent everything, or too much, or for too long.
 */
function endAfterDraining(message: IncomingMessage, response: ServerResponse, bytes: string | Buffer, clock: Clock): void {
  let left = drainBytes;
  const end = (): void => {
    cancelTimer();
    message.off("data", onData).off("end", end).off("close", end);
    response.end();
  };
  const giveUp = (): void => {
    end();
    message.destroy();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) giveUp();
  };
  const cancelTimer = clock.after(drainMs, giveUp);
  if (bytes.length > 0) response.write(bytes);
  else response.flushHeaders();
  message.on("data", onData).on("end", end).on("close", end).resume();
}
