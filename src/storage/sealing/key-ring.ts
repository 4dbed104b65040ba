import type { SealingKey } from "./key.js";

/**
 * The keys that this process holds: one seals, all open. None is ever let go, since a value that was read before keys changed may be opened
 * after it.
 */
export class KeyRing {
  readonly #keys = new Map<string, SealingKey>();
  #sealing: SealingKey;

  /** @param others open values too */
  constructor(sealing: SealingKey, ...others: readonly SealingKey[]) {
    for (const key of [sealing, ...others]) this.#keys.set(key.id, key);
    this.#sealing = sealing;
  }

  get sealing(): SealingKey {
    return this.#sealing;
  }

  /** False as long as there was never more than one. */
  get hasSeveral(): boolean {
    return this.#keys.size > 1;
  }

  find(id: string): SealingKey | undefined {
    return this.#keys.get(id);
  }

  /** From now on this one seals. */
  sealWith(key: SealingKey): void {
    this.#keys.set(key.id, key);
    this.#sealing = key;
  }
}
