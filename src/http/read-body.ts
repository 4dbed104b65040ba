import type { IncomingMessage } from "node:http";
import { SwitchboardError } from "../core/errors.js";
import type { BodyShare } from "./body-budget.js";
import { BodyChunks } from "./body-chunks.js";

/** The client left before its request was whole: there is nobody to answer. */
export class ClientGoneError extends Error {}

export function hasBody(message: IncomingMessage): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = message.headers;
  return encoding !== undefined || (length !== undefined && length !== "0");
}

/**
 * Reads a body whole. How long that may take is the server's `requestTimeout`.
 * @param share what it may take of the memory for bodies: the announced length before anything is read, else each piece as it comes
 * @throws SwitchboardError HS_TOO_LARGE, or HS_UNAVAILABLE where the share is too small, as soon as it is known; the rest is left unread
 * @throws ClientGoneError
 */
export async function readBody(message: IncomingMessage, maxBytes: number, share?: BodyShare): Promise<Buffer> {
  const announced = Number(message.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes);
  if (announced > 0 && share?.take(announced) === false) throw noRoom();
  const chunks = await readChunks(message, maxBytes, announced > 0 ? undefined : share);
  return chunks.take();
}

function readChunks(message: IncomingMessage, maxBytes: number, share: BodyShare | undefined): Promise<BodyChunks> {
  return new Promise((resolve, reject) => {
    const chunks = new BodyChunks();
    const onData = (chunk: Buffer): void => {
      chunks.add(chunk);
      const isTooLarge = chunks.bytes > maxBytes;
      if (!isTooLarge && share?.take(chunk.length) !== false) return;
      message.pause();
      message.off("data", onData);
      chunks.forget();
      reject(isTooLarge ? tooLarge(maxBytes) : noRoom());
    };
    // These stay, with the promise: they go with the message. So nothing that they hold may be large, and the chunks are emptied.
    const onEnd = (): void => {
      resolve(chunks);
    };
    const onClose = (): void => {
      if (!message.readableEnded) reject(new ClientGoneError("The client left before its request was whole."));
    };
    message.on("data", onData).on("end", onEnd).on("close", onClose);
    // It may be gone already, while access was being checked.
    if (message.destroyed) onClose();
  });
}

function noRoom(): SwitchboardError {
  return new SwitchboardError("HS_UNAVAILABLE", "There is no room for more bodies just now; send it again later.");
}

function tooLarge(maxBytes: number): SwitchboardError {
  return new SwitchboardError("HS_TOO_LARGE", `The body is larger than the ${formatBytes(maxBytes)} that this route takes.`);
}

export function formatBytes(bytes: number): string {
  if (bytes % 1_048_576 === 0) return `${bytes / 1_048_576} MB`;
  return bytes % 1024 === 0 ? `${bytes / 1024} kB` : `${bytes} bytes`;
}
