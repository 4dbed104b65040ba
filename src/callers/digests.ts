import { createHmac, timingSafeEqual } from "node:crypto";
import type { Random } from "../shared/random.js";

/**
 * Secrets under a key that only this process knows, for as long as it runs. All digests have one length, and nobody outside can work out
 * which begins like another: so the time that comparing them takes says nothing, and they may lie in memory as keys.
 */
export class Digests {
  readonly #key: Buffer;

  constructor(random: Random) {
    this.#key = random.bytes(32);
  }

  of(...texts: readonly string[]): Buffer {
    const hmac = createHmac("sha256", this.#key);
    // A length before each text: no two lists of texts are the same bytes.
    for (const text of texts) hmac.update(`${Buffer.byteLength(text)}:`).update(text);
    return hmac.digest();
  }
}

/** All entries whose digest is the same. Every entry is looked at, whatever the others come to. */
export function matchesOf<Entry extends { readonly digest: Buffer }>(digest: Buffer, entries: readonly Entry[]): readonly Entry[] {
  return entries.filter((entry) => timingSafeEqual(entry.digest, digest));
}
