const bits = 2 ** 23;
const bitsPerKey = 4;

/**
 * Tells of most keys that a store does not have that it does not have them, from memory (a Bloom filter). Of a thousandth it cannot tell with
 * 300,000 keys, of a thirtieth with a million. Takes 2 MiB.
 *
 * It has to be filled by going through the store, and again from time to time, since nothing can be taken out of it. Keys that are put while
 * somebody goes through go into the old and the new one.
 */
export class KeyFilter {
  #known: Uint32Array | undefined;
  #next = new Uint32Array(bits / 32);

  /** A key is about to be put. */
  add(key: string): void {
    const hash = hashOf(key);
    if (this.#known !== undefined) addTo(this.#known, hash);
    addTo(this.#next, hash);
  }

  /** Whoever goes through the store found a key. */
  found(key: string): void {
    addTo(this.#next, hashOf(key));
  }

  /**
   * Somebody went through the whole store. The next who does so counts on what is put from here on, so what was put before has to be stored
   * when they begin.
   */
  fill(): void {
    this.#known = this.#next;
    this.#next = new Uint32Array(bits / 32);
  }

  /** False only for what the store does not have, and is not about to have. */
  mayHave(key: string): boolean {
    return this.#known === undefined || isIn(this.#known, hashOf(key));
  }
}

/** As many positions as are asked for follow from two numbers (Kirsch and Mitzenmacher, "Less hashing, same performance"). */
interface Hash {
  readonly start: number;
  readonly step: number;
}

function addTo(words: Uint32Array, { start, step }: Hash): void {
  for (let index = 0; index < bitsPerKey; index += 1) {
    const position = (start + Math.imul(step, index)) & (bits - 1);
    words[position >>> 5] = (words[position >>> 5] ?? 0) | (1 << (position & 31));
  }
}

function isIn(words: Uint32Array, { start, step }: Hash): boolean {
  for (let index = 0; index < bitsPerKey; index += 1) {
    const position = (start + Math.imul(step, index)) & (bits - 1);
    if (((words[position >>> 5] ?? 0) & (1 << (position & 31))) === 0) return false;
  }
  return true;
}

function hashOf(key: string): Hash {
  // As the database has it: halves of surrogate pairs have no UTF-8 form.
  const text = key.toWellFormed();
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // FNV-1a, and the same with another prime.
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x85ebca6b);
  }
  return { start: mixed(first), step: mixed(second) | 1 };
}

/** Spreads what differs in few bits (the end of MurmurHash3). */
function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return whole ^ (whole >>> 16);
}
