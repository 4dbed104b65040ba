import { createDecipheriv, createHash, timingSafeEqual } from "node:crypto";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { ServiceContext } from "../../core/service.js";
import { sleep, type Clock } from "../../shared/clock.js";
import type { FormPart } from "./multipart.js";
import type { OutboundConfig } from "./schema.js";

/** Less than what handing an event on may take in all. */
const longestDownloadMs = 20_000;

const mediaTypes: ReadonlySet<unknown> = new Set(["m.image", "m.audio", "m.file", "m.video"]);
const unknownType = "application/octet-stream";

/** How an encrypted file is read (Matrix spec, client-server API, "Sending encrypted attachments"). */
interface EncryptedFile {
  readonly url: string;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly sha256: Buffer;
}

/** Whether a file belongs to the event. */
export function hasMedia({ type, content }: MatrixEvent): boolean {
  return type === "m.room.message" && mediaTypes.has(content["msgtype"]);
}

/**
 * The file of a message, as a part of the form.
 * @returns undefined for a message without one, and where it cannot be had: the event goes without it then, as Hookshot's do (reference 2.10)
 */
export async function mediaPart(
  event: MatrixEvent,
  { media, log }: Pick<ServiceContext<OutboundConfig>, "media" | "log">,
  clock: Pick<Clock, "after" | "now">,
): Promise<FormPart | undefined> {
  if (!hasMedia(event)) return undefined;
  const { event_id: eventId, content } = event;
  const encrypted = readEncrypted(content["file"]);
  const url = encrypted?.url ?? content["url"];
  if (typeof url !== "string") return undefined;
  try {
    const file = await Promise.race([media.download(url), sleep(clock, longestDownloadMs)]);
    if (file === undefined) throw new Error(`it was not there within ${longestDownloadMs / 1_000} seconds`);
    const bytes = encrypted === undefined ? file.bytes : decrypt(file.bytes, encrypted);
    const fallback = encrypted === undefined ? file.contentType : unknownType;
    return { name: "media", fileName: fileNameOf(content["body"]), contentType: contentTypeOf(content["info"], fallback), bytes };
  } catch (error) {
    log.warn({ eventId, error }, "A file could not be read; its message is handed on without it");
    return undefined;
  }
}

function fileNameOf(body: unknown): string {
  return typeof body === "string" && body !== "" ? body.slice(0, 255) : "file";
}

/** What the sender says it is, as long as that is a content type and nothing more. */
function contentTypeOf(info: unknown, fallback: string): string {
  const named = typeof info === "object" && info !== null && "mimetype" in info ? info.mimetype : undefined;
  return [named, fallback].find(isContentType) ?? unknownType;
}

function isContentType(text: unknown): text is string {
  return typeof text === "string" && /^[\w.+-]{1,100}\/[\w.+-]{1,100}(?:; ?[\w-]{1,50}=[\w.+-]{1,100})*$/.test(text);
}

function readEncrypted(file: unknown): EncryptedFile | undefined {
  const [url, iv, key] = [textAt(file, "url"), textAt(file, "iv"), textAt(memberOf(file, "key"), "k")];
  const sha256 = textAt(memberOf(file, "hashes"), "sha256");
  if (url === undefined || iv === undefined || key === undefined || sha256 === undefined) return undefined;
  return { url, key: Buffer.from(key, "base64url"), iv: Buffer.from(iv, "base64"), sha256: Buffer.from(sha256, "base64") };
}

/** @throws Error when the file is not the one that was sent */
function decrypt(bytes: Buffer, { key, iv, sha256 }: EncryptedFile): Buffer {
  const hash = createHash("sha256").update(bytes).digest();
  if (hash.length !== sha256.length || !timingSafeEqual(hash, sha256)) throw new Error("its hash is another one");
  const decipher = createDecipheriv("aes-256-ctr", key, iv);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const text = memberOf(value, key);
  return typeof text === "string" ? text : undefined;
}
