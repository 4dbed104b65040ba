import { RecentMap } from "../shared/recent-map.js";

type MaybePromise<T> = T | Promise<T>;

/** Stands for "the store has nothing there", which is worth remembering too. */
const nothing = Symbol("nothing");

/**
 * Remembers what was read, the most recently used first. A read that began before a key was forgotten is not remembered: it may have
 * seen the old value. So whoever changes a key forgets it before the change is written and again when it is written.
 */
export class ReadThroughCache<Value extends object> {
  readonly #values: RecentMap<string, Value | typeof nothing>;
  /** Reads on their way, by key; those that ask for the same meanwhile share them. */
  readonly #reads = new Map<string, Promise<Value | undefined>>();

  constructor(maximum: number) {
    this.#values = new RecentMap(maximum);
  }

  /** @param read asks the store; its answer is given at once where it comes at once */
  get(key: string, read: () => MaybePromise<Value | undefined>): MaybePromise<Value | undefined> {
    const known = this.#values.get(key);
    if (known !== undefined) return known === nothing ? undefined : known;
    const underWay = this.#reads.get(key);
    if (underWay !== undefined) return underWay;
    const found = read();
    if (found instanceof Promise) return this.#rememberLater(key, found);
    this.#values.set(key, found ?? nothing);
    return found;
  }

  forget(key: string): void {
    this.#values.delete(key);
    this.#reads.delete(key);
  }

  async #rememberLater(key: string, reading: Promise<Value | undefined>): Promise<Value | undefined> {
    this.#reads.set(key, reading);
    try {
      const found = await reading;
      if (this.#reads.get(key) === reading) this.#values.set(key, found ?? nothing);
      return found;
    } finally {
      if (this.#reads.get(key) === reading) this.#reads.delete(key);
    }
  }
}
