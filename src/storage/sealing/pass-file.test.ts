import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ConfigError } from "../../core/errors.js";
import { readPassFile } from "./pass-file.js";

let folder: string;
let rsa: KeyObject;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-pass-"));
  rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string | Buffer): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe("Hookshot's passFile", () => {
  it("gives the same material in both forms that Hookshot takes", () => {
    const pkcs8 = write("pkcs8.pem", rsa.export({ type: "pkcs8", format: "pem" }));
    const pkcs1 = write("pkcs1.pem", rsa.export({ type: "pkcs1", format: "pem" }));

    const [first, second] = [readPassFile(pkcs8), readPassFile(pkcs1)];

    expect(first).toMatchObject({ setting: "passFile", file: pkcs8, form: "material" });
    expect(first.secret.export()).toEqual(rsa.export({ type: "pkcs8", format: "der" }));
    expect(second.secret.equals(first.secret)).toBe(true);
  });

  it.each<{ title: string; content: () => string | Buffer }>([
    { title: "nothing", content: () => "" },
    { title: "no PEM", content: () => "planted-secret" },
    { title: "a public key", content: () => createPublicKey(rsa).export({ type: "spki", format: "pem" }) },
    { title: "a key of another kind", content: () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) },
    {
      title: "a key under a passphrase",
      content: () => rsa.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" }),
    },
  ])("with $title is refused by name, without quoting it", ({ content }) => {
    const file = write("bad.pem", content());

    expect(() => readPassFile(file)).toThrow(ConfigError);
    expect(() => readPassFile(file)).toThrow(`passFile: the file ${file} holds no RSA private key in PEM form`);
  });

  it("that is not there is refused by name", () => {
    const file = path.join(folder, "nothing.pem");

    expect(() => readPassFile(file)).toThrow(`passFile: the file ${file} does not exist.`);
  });
});
