import type { Random } from "../../src/shared/random.js";

/** The same numbers for the same seed (a 32-bit xorshift). */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    fraction: next,
    token: (length) => Array.from({ length }, () => Math.floor(next() * 36).toString(36)).join(""),
    bytes: (length) => Buffer.from(Array.from({ length }, () => Math.floor(next() * 256))),
  };
}
