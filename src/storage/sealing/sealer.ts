import { createCipheriv, createDecipheriv } from "node:crypto";
import { StorageError } from "../../core/errors.js";
import type { Random } from "../../shared/random.js";
import type { SealingKey } from "./key.js";
import type { KeyRing } from "./key-ring.js";

/*
 * A sealed value is text: `sealed1.<id of the key>.<base64url of nonce, ciphertext and tag>`, AES-256-GCM with a random nonce of 96 bits
 * (NIST SP 800-38D). Form, key and place go into the authenticated data, so a value opens only where it was sealed: copied to another
 * record it is as good as forged.
 */
const form = "sealed1";
const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** Where a value lies. */
export interface SealedPlace {
  readonly store: string;
  /** The record's key in its store. */
  readonly record: string;
  readonly field: string;
}

/** Encrypts what lies in the data folder. */
export interface Sealer {
  seal(value: string, place: SealedPlace): string;
  /** @throws StorageError when it was sealed with a key that we do not hold or for another place, or was changed since */
  open(sealed: string, place: SealedPlace): string;
}

/** True for text that `Sealer.seal` made. JSON never begins like that. */
export function isSealed(stored: string): boolean {
  return stored.startsWith(`${form}.`);
}

/** The id of the key that a sealed value needs; undefined for other text. */
export function keyIdOf(sealed: string): string | undefined {
  const [version, keyId, ...rest] = sealed.split(".");
  return version === form && rest.length === 1 ? keyId : undefined;
}

export function createSealer(keys: KeyRing, random: Random): Sealer {
  return {
    seal(value, place) {
      const key = keys.sealing;
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key.secret, nonce, { authTagLength: tagBytes });
      cipher.setAAD(boundTo(key.id, place));
      const sealed = Buffer.concat([nonce, cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `${form}.${key.id}.${sealed.toString("base64url")}`;
    },
    open(sealed, place) {
      const keyId = keyIdOf(sealed);
      if (keyId === undefined) throw unreadable(place, "it is not in the form in which such values are stored");
      const key = keys.find(keyId);
      if (key === undefined) throw unreadable(place, "it was encrypted with another key than the one in use");
      return decrypt(key, sealed.slice(sealed.lastIndexOf(".") + 1), place);
    },
  };
}

function decrypt(key: SealingKey, encoded: string, place: SealedPlace): string {
  const sealed = Buffer.from(encoded, "base64url");
  if (sealed.length < nonceBytes + tagBytes) throw unreadable(place, "it is cut short");
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv(algorithm, key.secret, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(boundTo(key.id, place));
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw unreadable(place, "it was changed, or belongs elsewhere", cause);
  }
}

/** JSON, because no list of texts is written like another. */
function boundTo(keyId: string, { store, record, field }: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify([form, keyId, store, record, field]));
}

/** Without the record's key, which may name a person. */
function unreadable({ store, field }: SealedPlace, reason: string, cause?: unknown): StorageError {
  return new StorageError(`A value in the data folder (${store}, ${field}) cannot be decrypted: ${reason}.`, { cause });
}
