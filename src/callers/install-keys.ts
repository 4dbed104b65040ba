import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { DevinfoClientStore, InstallKey } from "../core/ports/devinfo-client-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Random } from "../shared/random.js";
import { newUuid } from "../shared/uuid.js";

const modulusLength = 2048;

interface InstallKeysOptions {
  readonly store: DevinfoClientStore;
  readonly unitOfWork: UnitOfWork;
  readonly random: Random;
}

/**
 * The key with which installations are signed, made when the first one asks for it.
 * @throws StorageError when no key is configured to encrypt it with
 */
export async function installKeyOf({ store, unitOfWork, random }: InstallKeysOptions): Promise<InstallKey> {
  const known = await store.installKey();
  if (known !== undefined) return known;
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const key = { kid: newUuid(random), privateKey, publicKey };
  await unitOfWork.commit(store.putInstallKey(key));
  return key;
}

/** What apps know us by: made once, and the same for all of them. */
export async function tenantOf({ store, unitOfWork, random }: InstallKeysOptions): Promise<string> {
  const known = await store.tenant();
  if (known !== undefined) return known;
  const clientKey = newUuid(random);
  await unitOfWork.commit([store.putTenant(clientKey)]);
  return clientKey;
}
