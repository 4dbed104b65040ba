import { createHmac, timingSafeEqual } from "node:crypto";
import type { WebhookRequest } from "../../core/service.js";
import type { SignatureSettings } from "./schema.js";

const defaultHeader = "x-hub-signature-256";
const defaultPrefix = "sha256=";
const toleranceMs = 5 * 60_000;
/** More signatures than any sender uses while it changes its secret. */
const mostSignatures = 10;
export const secretPrefix = "whsec_";

/**
 * Whether a request was signed with the hook's secret: by Standard Webhooks (its three headers), or by an HMAC-SHA256 of the raw body in a
 * header. The sender chooses. What a signature does not cover is not signed, so a GET, whose payload is its query, never is.
 */
export function isSigned(request: WebhookRequest, settings: SignatureSettings, secret: string, nowMs: number): boolean {
  if (request.method === "GET") return false;
  if (request.headers["webhook-signature"] !== undefined) return isStandardSigned(request, secret, nowMs);
  return isHeaderSigned(request, settings, secret);
}

/** standardwebhooks.com, specification 1.0: HMAC-SHA256 of `id.timestamp.body`; the key is what the secret is in base64. */
function isStandardSigned({ headers, body }: WebhookRequest, secret: string, nowMs: number): boolean {
  const { "webhook-id": id = "", "webhook-timestamp": timestamp = "", "webhook-signature": signatures = "" } = headers;
  if (id === "" || !/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs) return false;
  const key = Buffer.from(secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret, "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const given = signatures.split(" ").slice(0, mostSignatures);
  return given.some((signature) => signature.startsWith("v1,") && isEqual(Buffer.from(signature.slice(3), "base64"), expected));
}

/** `X-Hub-Signature-256: sha256=<hex>` and its relatives; the digest is in hex or in base64. */
function isHeaderSigned({ headers, body }: WebhookRequest, settings: SignatureSettings, secret: string): boolean {
  const { header = defaultHeader, prefix = defaultPrefix } = settings;
  const value = (headers[header.toLowerCase()] ?? "").trim();
  if (!value.startsWith(prefix)) return false;
  const digest = value.slice(prefix.length);
  const given = /^[0-9a-f]{64}$/i.test(digest) ? Buffer.from(digest, "hex") : Buffer.from(digest, "base64");
  return isEqual(given, createHmac("sha256", secret).update(body).digest());
}

function isEqual(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}
