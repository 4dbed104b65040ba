import type { StoreChange, UnitOfWork } from "../../core/ports/unit-of-work.js";
import type { KeyRing } from "./key-ring.js";
import { placeOfKey, type SealedEntry } from "./sealed-values.js";
import { isSealed, keyIdOf, type Sealer } from "./sealer.js";

/**
 * Seals a value for the same place, with the key that seals now.
 * @throws StorageError when it opens with no key of ours
 */
export function sealAnew({ key, sealed }: SealedEntry, sealer: Sealer): string {
  const place = placeOfKey(key);
  return sealer.seal(sealer.open(sealed, place), place);
}

/**
 * Stores hand out changes that are committed some time later; by then another key may seal. From the moment when it does, nothing that was
 * sealed with the one before reaches the disk any more: it is sealed anew as it is committed.
 */
export function withFreshSeals(inner: UnitOfWork, keys: KeyRing, sealer: Sealer): UnitOfWork {
  const refresh = (change: StoreChange): StoreChange => {
    if (change.type === "del" || typeof change.value !== "string" || !isSealed(change.value)) return change;
    if (keyIdOf(change.value) === keys.sealing.id) return change;
    return { ...change, value: sealAnew({ key: change.key, sealed: change.value }, sealer) };
  };
  // A promise, so that what cannot be opened rejects; nothing is awaited before the commit, so the order of the calls stays.
  const commitFresh = async (changes: readonly StoreChange[]): Promise<void> => inner.commit(changes.map(refresh));
  return { commit: (changes) => (keys.hasSeveral ? commitFresh(changes) : inner.commit(changes)) };
}
