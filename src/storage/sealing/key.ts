import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

/** Where a key comes from: bytes of a file, before a key is made of them. */
export interface KeySource {
  /** The configuration's key that names the file. */
  readonly setting: "storage.keyFile" | "passFile";
  /** As the configuration writes it. */
  readonly file: string;
  /** A key as it is (32 bytes), or something secret of another form, from which one is derived. */
  readonly form: "key" | "material";
  readonly secret: KeyObject;
}

/** What values are sealed with (AES-256). Prints without its bytes. */
export interface SealingKey {
  /** Tells keys apart, and nothing about their bytes; each sealed value carries it. */
  readonly id: string;
  readonly secret: KeyObject;
}

export const keyBytes = 32;
const keyIdBytes = 9;
const idPurpose = "matrix-switchboard: id of a key";
const sealingPurpose = "matrix-switchboard: encryption at rest";

/**
 * Makes the key.
 * @param salt random bytes of this data folder, for material that is no key itself (RFC 5869, HKDF)
 */
export function makeKey(source: KeySource, salt: Buffer): SealingKey {
  const secret = source.form === "key" ? source.secret : createSecretKey(derive(source.secret, salt, sealingPurpose, keyBytes));
  return { id: derive(secret, Buffer.alloc(0), idPurpose, keyIdBytes).toString("base64url"), secret };
}

function derive(secret: KeyObject, salt: Buffer, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, salt, purpose, length));
}
