import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { onceFor } from "./once-for.js";
import type { Secret } from "./secret.js";

/** Of SHA-256 (FIPS 180-4). */
const blockBytes = 64;
const digestBytes = 32;
/** Longer messages are not copied. */
const mostCopied = 65_536;
/** Used by one digest at a time: nothing is waited for while it is. */
const scratch = Buffer.allocUnsafeSlow(blockBytes + mostCopied);

/**
 * Makes HMAC-SHA256 digests with one key, for what is signed often. By its definition (RFC 2104, section 2) an HMAC is two digests, which
 * node:crypto makes without an object of their own; the object of `createHmac` takes most of the time of checking a webhook, and more from the
 * collector that tidies it up.
 */
export class HmacKey {
  readonly #secret: string;
  /** The key in the inner pad. */
  readonly #inner: Buffer;
  /** The key in the outer pad, and room for the inner digest. */
  readonly #outer: Buffer;

  constructor(secret: string) {
    const given = Buffer.from(secret);
    const key = given.length > blockBytes ? hash("sha256", given, "buffer") : given;
    this.#secret = secret;
    this.#inner = Buffer.alloc(blockBytes, 0x36);
    this.#outer = Buffer.alloc(blockBytes + digestBytes, 0x5c);
    for (const [position, byte] of key.entries()) {
      this.#inner.writeUInt8(this.#inner.readUInt8(position) ^ byte, position);
      this.#outer.writeUInt8(this.#outer.readUInt8(position) ^ byte, position);
    }
  }

  /** The same for the same secret object. */
  static readonly of: (secret: Secret) => HmacKey = onceFor((secret) => new HmacKey(secret.reveal()));

  digest(message: Buffer): Buffer {
    if (message.length > mostCopied) return createHmac("sha256", this.#secret).update(message).digest();
    this.#inner.copy(scratch);
    message.copy(scratch, blockBytes);
    hash("sha256", scratch.subarray(0, blockBytes + message.length), "buffer").copy(this.#outer, blockBytes);
    return hash("sha256", this.#outer, "buffer");
  }
}

/**
 * Whether the signature is `sha256=<hex>` of the raw body's HMAC (WebSub, section 7, as Jira and GitHub use it). Compares in constant time.
 */
export function isHubSigned(signature: string, body: Buffer, secret: Secret): boolean {
  const [, hex = ""] = /^sha256=([0-9a-f]{64})$/i.exec(signature) ?? [];
  const given = Buffer.from(hex, "hex");
  const expected = HmacKey.of(secret).digest(body);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
