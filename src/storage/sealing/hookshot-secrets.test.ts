import { constants, createHash, generateKeyPairSync, privateDecrypt, publicEncrypt, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import { readHookshotSecrets, type HookshotSecrets } from "./hookshot-secrets.js";

const forms = ["pkcs8", "pkcs1"] as const;
const paddings = {
  "rsa-pkcs1v15": { padding: constants.RSA_PKCS1_PADDING },
  rsa: { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" },
} as const;
type Algorithm = keyof typeof paddings;

const partBytes = 128;
const longText = JSON.stringify({ access_token: "ä🎉".repeat(100), token_type: "bearer" });

let folder: string;
let keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-hookshot-"));
  keys = generateKeyPairSync("rsa", { modulusLength: 4096 });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function pemOf(form: (typeof forms)[number] = "pkcs8"): string {
  return keys.privateKey.export({ type: form, format: "pem" }).toString();
}

function open(form?: (typeof forms)[number]): HookshotSecrets {
  const file = path.join(folder, `${form ?? "key"}.pem`);
  writeFileSync(file, pemOf(form));
  return readHookshotSecrets(file);
}

function keyIdOf(pem: string): string {
  return createHash("md5").update(pem).digest("hex");
}

/** As Hookshot does it: bytes in parts of 128, each encrypted by itself (reference 6.1). */
function encrypt(text: string, algorithm: Algorithm): string[] {
  const bytes = Buffer.from(text, "utf8");
  const parts: string[] = [];
  for (let start = 0; start < bytes.length; start += partBytes) {
    const part = bytes.subarray(start, start + partBytes);
    parts.push(publicEncrypt({ key: keys.publicKey, ...paddings[algorithm] }, part).toString("base64"));
  }
  return parts;
}

/** The encrypted form of a block that is padded by hand; no padding of OpenSSL's. */
function encryptBlock(block: Buffer): string {
  return publicEncrypt({ key: keys.publicKey, padding: constants.RSA_NO_PADDING }, block).toString("base64");
}

function block(...start: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from(start), Buffer.alloc(512 - start.length, 0xaa)]);
}

describe("what Hookshot encrypted", () => {
  it.each(forms.flatMap((form) => (["rsa-pkcs1v15", "rsa"] as const).map((algorithm) => ({ form, algorithm }))))(
    "is read: $algorithm, key in $form form",
    ({ form, algorithm }) => {
      const content = { encrypted: encrypt(longText, algorithm), keyId: keyIdOf(pemOf(form)), algorithm };

      expect(content.encrypted.length).toBeGreaterThan(5);
      expect(open(form).open(content)).toBe(longText);
    },
  );

  it("is read in the form of older versions: one text, no key id, no algorithm", () => {
    const [encrypted] = encrypt("ghp_token", "rsa");

    expect(open().open({ encrypted, instance: "https://gitlab.test" })).toBe("ghp_token");
  });

  it("may be empty or end within the padding's reach", () => {
    const [encrypted] = [encryptBlock(Buffer.concat([block(0, 2).subarray(0, 511), Buffer.from([0])]))];

    expect(open().open({ encrypted, algorithm: "rsa-pkcs1v15" })).toBe("");
  });

  it.each<{ title: string; content: () => Readonly<Record<string, unknown>> }>([
    { title: "marked deleted", content: () => ({ deleted: true }) },
    { title: "marked deleted beside a value", content: () => ({ encrypted: encrypt("x", "rsa"), deleted: true }) },
    { title: "encrypted for another key", content: () => ({ encrypted: encrypt("x", "rsa"), keyId: keyIdOf("other") }) },
    { title: "of an algorithm that Hookshot never had", content: () => ({ encrypted: encrypt("x", "rsa"), algorithm: "aes" }) },
    { title: "of the other padding", content: () => ({ encrypted: encrypt("x", "rsa-pkcs1v15"), algorithm: "rsa" }) },
    { title: "of the other padding, the other way round", content: () => ({ encrypted: encrypt("x", "rsa"), algorithm: "rsa-pkcs1v15" }) },
    { title: "damaged in one part", content: () => ({ encrypted: [...encrypt("x", "rsa-pkcs1v15"), "AAAA"], algorithm: "rsa-pkcs1v15" }) },
    { title: "empty", content: () => ({}) },
    { title: "an empty list", content: () => ({ encrypted: [] }) },
    { title: "a list of something else", content: () => ({ encrypted: [1, null] }) },
    { title: "no text", content: () => ({ encrypted: { a: 1 } }) },
    { title: "a block of type 1", content: () => ({ encrypted: encryptBlock(block(0, 1)), algorithm: "rsa-pkcs1v15" }) },
    { title: "a block without an end", content: () => ({ encrypted: encryptBlock(block(0, 2)), algorithm: "rsa-pkcs1v15" }) },
    {
      title: "a block with less than eight bytes of padding",
      content: () => ({ encrypted: encryptBlock(block(0, 2, 1, 1, 1, 1, 1, 1, 1, 0)), algorithm: "rsa-pkcs1v15" }),
    },
  ])("gives nothing where it is $title", ({ content }) => {
    expect(open().open(content())).toBeUndefined();
  });

  it("is read up to the shortest padding that is allowed", () => {
    const encrypted = encryptBlock(block(0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 0));

    expect(open().open({ encrypted, algorithm: "rsa-pkcs1v15" })).toHaveLength(512 - 11);
  });

  it("cannot be read where the passFile cannot", () => {
    expect(() => readHookshotSecrets(path.join(folder, "none.pem"))).toThrow(ConfigError);
  });
});

/** What stands behind `00 02 <padding> 00` (RFC 8017 section 7.2.2). */
function decryptPart(part: string, key: KeyObject): Buffer {
  const padded = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(part, "base64"));
  expect([padded[0], padded[1]]).toEqual([0, 2]);
  return padded.subarray(padded.indexOf(0, 2) + 1);
}

describe("what is written for Hookshot", () => {
  it.each(forms)("is in its form: parts of 128 bytes, the key's id, the algorithm's name; key in %s form", (form) => {
    const { encrypted, ...named } = open(form).seal(longText);

    expect(named).toEqual({ keyId: keyIdOf(pemOf(form)), algorithm: "rsa-pkcs1v15" });
    const parts = (encrypted as readonly string[]).map((part) => decryptPart(part, keys.privateKey));
    expect(parts.slice(0, -1).map(({ length }) => length)).toEqual(parts.slice(1).map(() => partBytes));
    expect(Buffer.concat(parts).toString("utf8")).toBe(longText);
  });

  it.each(["", "ä🎉".repeat(64), "x".repeat(partBytes)])("can be read by us too, and differs each time: %j", (text) => {
    const secrets = open();

    expect(secrets.open(secrets.seal(text))).toBe(text);
    expect(secrets.seal(text)["encrypted"]).not.toEqual(secrets.seal(text)["encrypted"]);
  });

  it("is in smaller parts for a key that takes no more", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const file = path.join(folder, "small.pem");
    writeFileSync(file, small.privateKey.export({ type: "pkcs8", format: "pem" }));
    const secrets = readHookshotSecrets(file);

    expect(secrets.open(secrets.seal(longText))).toBe(longText);
  });
});
