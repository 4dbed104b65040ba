/**
 * A map that keeps what was used last: as many values as it is told, for a while up to twice as many. Two maps take turns, so that a look
 * costs no more than a look into a map; it is asked several times for each webhook.
 */
export class RecentMap<Key, Value extends string | number | boolean | symbol | object> {
  readonly #kept: number;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();

  /** @param kept values that are kept at least */
  constructor(kept: number) {
    this.#kept = kept;
  }

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  has(key: Key): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  set(key: Key, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size < this.#kept) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
