import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compileSchema } from "./validate.js";

describe("the format rsa-private-key", () => {
  const check = compileSchema<string>({ type: "string", format: "rsa-private-key" });
  const rsa = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });

  it.each(["pkcs1", "pkcs8"] as const)("takes an RSA key in PEM: %s", (type) => {
    expect(check(rsa.privateKey.export({ type, format: "pem" }).toString()).ok).toBe(true);
  });

  it.each([
    ["a public key", rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["another kind of key", elliptic.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    [
      "a key behind a pass phrase",
      rsa.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString(),
    ],
    ["what only begins like one", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"],
    ["a path", "/etc/app.pem"],
    ["nothing", ""],
  ])("does not take %s, and does not repeat it", (_title, text) => {
    const result = check(text);

    expect(result.ok).toBe(false);
    if (text !== "") expect(JSON.stringify(result)).not.toContain(text);
  });
});

describe("a schema with a sentence of its own", () => {
  const check = compileSchema({
    type: "object",
    properties: { "a/b": { type: "string", mistake: "'a/b' must be a word" }, n: { type: "number" } },
  });

  it("tells it in the place of path and message, and programs the place all the same", () => {
    expect(check({ "a/b": 5, n: "x" })).toMatchObject({
      problems: [
        { path: "", place: "/a~1b", message: "'a/b' must be a word" },
        { path: "n", place: "/n", message: "must be number" },
      ],
    });
  });
});
