import { timingSafeEqual } from "node:crypto";
import { HmacKey } from "./hmac.js";
import type { Secret } from "./secret.js";

/**
 * Whether the signature is `sha256=<hex>` of the raw body's HMAC (WebSub, section 7, as Jira and GitHub use it). Compares in constant time.
 */
export function isHubSigned(signature: string, body: Buffer, secret: Secret): boolean {
  const [, hex = ""] = /^sha256=([0-9a-f]{64})$/i.exec(signature) ?? [];
  const given = Buffer.from(hex, "hex");
  const expected = HmacKey.of(secret).digest(body);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
