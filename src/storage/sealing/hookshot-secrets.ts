import { constants, createHash, createPublicKey, privateDecrypt, publicEncrypt, type KeyObject } from "node:crypto";
import { readPassKey } from "./pass-file.js";

/*
 * Hookshot keeps people's tokens and its own in the main bot's account data, encrypted to the RSA key of `passFile` (reference 6.1):
 *
 *   {"encrypted": "<base64>" or ["<base64>", …], "keyId": "<MD5 of the PEM text>", "algorithm": "rsa-pkcs1v15" or "rsa"}
 *
 * Each element is a part of the text, 128 bytes at most. `rsa`, and no algorithm at all, mean OAEP with SHA-1 (RFC 8017 section 7.1),
 * `rsa-pkcs1v15` means PKCS #1 v1.5 (section 7.2). Node refuses the latter where OpenSSL does not hide failed paddings
 * (CVE-2023-46809), so the padding is taken off here. Nobody can ask us to decrypt something and watch what comes of it: what is read is what
 * we find in our own account data, and every failure is the same one.
 */

/** Reads what Hookshot encrypted, and writes what it can read. */
export interface HookshotSecrets {
  /** @returns undefined for what is marked deleted, was encrypted for another key, or is in no form of Hookshot's */
  open(content: Readonly<Record<string, unknown>>): string | undefined;
  /** As Hookshot 7 writes it: in parts of 128 bytes, PKCS #1 v1.5. Nobody without the private key can read it. */
  seal(text: string): Readonly<Record<string, unknown>>;
}

const ownAlgorithm = "rsa-pkcs1v15";
const partBytes = 128;
/** RFC 8017 section 7.2.1. */
const paddingBytes = 11;

type Decrypt = (part: Buffer) => Buffer | undefined;

/** @throws ConfigError with what is wrong with the file */
export function readHookshotSecrets(passFile: string): HookshotSecrets {
  const { key, pem } = readPassKey(passFile);
  // MD5 names the key, it protects nothing.
  const ownKeyId = createHash("md5").update(pem).digest("hex");
  return {
    open({ encrypted, keyId = ownKeyId, algorithm = "rsa", deleted }) {
      const parts = typeof encrypted === "string" ? [encrypted] : encrypted;
      if (deleted === true || keyId !== ownKeyId || !isTextList(parts)) return undefined;
      const decrypt = decryptionFor(algorithm, key);
      return decrypt === undefined ? undefined : join(parts.map((part) => decrypt(Buffer.from(part, "base64"))));
    },
    seal(text) {
      const publicKey = createPublicKey(key);
      const encrypted = split(Buffer.from(text, "utf8"), partLength(publicKey)).map((part) =>
        publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, part).toString("base64"),
      );
      return { encrypted, keyId: ownKeyId, algorithm: ownAlgorithm };
    },
  };
}

/** A key of 1,024 bits takes no 128 bytes; Hookshot joins parts of any length. */
function partLength(key: KeyObject): number {
  const keyBytes = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  return Math.min(partBytes, Math.floor(keyBytes) - paddingBytes);
}

function split(bytes: Buffer, length: number): readonly Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / length));
  return Array.from({ length: count }, (_none, index) => bytes.subarray(index * length, (index + 1) * length));
}

/** Joined before it is read as text: a character may lie across two parts. */
function join(parts: readonly (Buffer | undefined)[]): string | undefined {
  const whole = parts.filter((part) => part !== undefined);
  return whole.length === parts.length ? Buffer.concat(whole).toString("utf8") : undefined;
}

function decryptionFor(algorithm: unknown, key: KeyObject): Decrypt | undefined {
  switch (algorithm) {
    case "rsa":
      return (part) => attempt(() => privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" }, part));
    case ownAlgorithm:
      return (part) => {
        const padded = attempt(() => privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, part));
        return padded === undefined ? undefined : withoutPadding(padded);
      };
    default:
      return undefined;
  }
}

/**
 * Takes off `00 02 <at least 8 bytes other than 0> 00` (RFC 8017 section 7.2.2). Every byte is looked at whatever those before it are, so
 * that the time taken tells nothing about where the padding is wrong.
 */
function withoutPadding(padded: Buffer): Buffer | undefined {
  let start = 0;
  let isFound = 0;
  for (const [position, byte] of padded.entries()) {
    const isEnd = Number(byte === 0) & Number(position >= 2) & (isFound ^ 1);
    start += isEnd * (position + 1);
    isFound |= isEnd;
  }
  const isWellFormed = Number(padded[0] === 0) & Number(padded[1] === 2) & isFound & Number(start >= 11);
  return isWellFormed === 1 ? padded.subarray(start) : undefined;
}

function attempt(decrypt: () => Buffer): Buffer | undefined {
  try {
    return decrypt();
  } catch {
    // Cut short, of another length, or for another key: what OpenSSL says of it helps nobody.
    return undefined;
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string");
}
