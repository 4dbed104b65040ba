import { StorageError } from "../../core/errors.js";
import type { ServiceSecrets } from "../../core/ports/service-secrets.js";
import type { Database } from "../database.js";
import { sealedPlace, secretStoreName } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/**
 * @param serviceId each service has a sublevel of its own
 * @param sealer absent when no key is configured: then nothing can be kept
 */
export function createServiceSecretStore(
  database: Database,
  serviceId: string,
  sealer: Sealer | undefined,
): Omit<ServiceSecrets, "fromHookshot"> {
  const store = secretStoreName(serviceId);
  const level = database.sublevel(store);
  const absolute = (key: string): string => level.prefixKey(key, "utf8", false);
  const placeOf = (key: string): SealedPlace => sealedPlace(store, key);
  return {
    canKeep: sealer !== undefined,
    async get(key) {
      const stored = sealer === undefined ? undefined : await level.get(key);
      return stored === undefined ? undefined : sealer?.open(stored, placeOf(key));
    },
    put(key, secret) {
      if (sealer === undefined) {
        throw new StorageError("A secret cannot be kept, because there is no key to encrypt it with. Name a key file in storage.keyFile.");
      }
      return { type: "put", key: absolute(key), value: sealer.seal(secret, placeOf(key)) };
    },
    remove: (key) => ({ type: "del", key: absolute(key) }),
  };
}
