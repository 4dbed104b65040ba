import { createPrivateKey, createSecretKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "../../core/errors.js";
import { describeOpenError } from "./describe-open-error.js";
import type { KeySource } from "./key.js";

const setting = "passFile";

/**
 * Reads the RSA private key that Hookshot's `passFile` names, as material for a key. Both forms that Hookshot takes, PKCS#8 and PKCS#1
 * (reference 1.3), come to the same: what counts is the DER of the PKCS#8 form.
 * @throws ConfigError with what is wrong with the file
 */
export function readPassFile(file: string): KeySource {
  const der = readPassKey(file).key.export({ type: "pkcs8", format: "der" });
  return { setting, file, form: "material", secret: createSecretKey(der) };
}

/** The key itself, and the bytes of its file, by which Hookshot names it. @throws ConfigError with what is wrong with the file */
export function readPassKey(file: string): { readonly key: KeyObject; readonly pem: Buffer } {
  const pem = readPem(file);
  return { key: parse(file, pem), pem };
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigError(setting, `${setting}: the file ${file} ${describeOpenError(cause)}.`, { cause });
  }
}

function parse(file: string, pem: Buffer): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // What OpenSSL says of it helps nobody, and may quote it.
  }
  throw new ConfigError(
    setting,
    `${setting}: the file ${file} holds no RSA private key in PEM form, without a passphrase. Restore it, or give a key of another kind in storage.keyFile.`,
  );
}
