import { StorageError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { LoginStore } from "../../core/ports/personal-logins.js";
import type { Database } from "../database.js";
import { loginStoreName, sealedPlace } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/**
 * Keys are JSON lists of person and remote: the quote that ends a person's id cannot stand within it, so no id runs into another, and a
 * person's logins lie side by side.
 */
function keyOf(person: UserId, remote: string): string {
  return JSON.stringify([person, remote]);
}

function rangeOf(person: UserId): { readonly gt: string; readonly lt: string } {
  const start = JSON.stringify([person]).slice(0, -1);
  // "-" follows "," in ASCII.
  return { gt: `${start},`, lt: `${start}-` };
}

/**
 * @param serviceId each service has a sublevel of its own
 * @param sealer absent when no key is configured: then nothing can be kept
 */
export function createLoginStore(database: Database, serviceId: string, sealer: Sealer | undefined): LoginStore {
  const store = loginStoreName(serviceId);
  const level = database.sublevel(store);
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  const placeOf = (key: string): SealedPlace => sealedPlace(store, key);
  return {
    canKeep: sealer !== undefined,
    async get(person, remote) {
      const key = keyOf(person, remote);
      const stored = sealer === undefined ? undefined : await level.get(key);
      return stored === undefined ? undefined : sealer?.open(stored, placeOf(key));
    },
    async all(after, limit) {
      if (sealer === undefined) return [];
      const keys = await level.keys({ ...(after === undefined ? {} : { gt: keyOf(...after) }), limit }).all();
      // Made by `keyOf` above.
      return keys.map((key) => JSON.parse(key) as readonly [UserId, string]);
    },
    async list(person) {
      if (sealer === undefined) return [];
      const keys = await level.keys(rangeOf(person)).all();
      // Made by `keyOf` above.
      return keys.map((key) => (JSON.parse(key) as readonly [string, string])[1]);
    },
    put(person, remote, login) {
      if (sealer === undefined) {
        throw new StorageError("A login cannot be kept, because there is no key to encrypt it with. Name a key file in storage.keyFile.");
      }
      const key = keyOf(person, remote);
      return { type: "put", key: absolute(key), value: sealer.seal(login, placeOf(key)) };
    },
    remove: (person, remote) => ({ type: "del", key: absolute(keyOf(person, remote)) }),
  };
}
