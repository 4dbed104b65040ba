import { createSecretKey } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { StorageError } from "../../core/errors.js";
import { systemRandom } from "../../shared/random.js";
import { makeKey, type KeySource } from "./key.js";
import { KeyRing } from "./key-ring.js";
import { createSealer, isSealed, keyIdOf, type SealedPlace } from "./sealer.js";

const place: SealedPlace = { store: "logins-a", record: "alice", field: "login" };

function sourceOf(byte: number, form: KeySource["form"] = "key"): KeySource {
  return { setting: "storage.keyFile", file: "./a.key", form, secret: createSecretKey(Buffer.alloc(32, byte)) };
}

const salt = Buffer.alloc(32, 7);
const key = makeKey(sourceOf(1), salt);
const sealer = createSealer(new KeyRing(key), systemRandom);

/** The sealed text with one byte of what it holds changed. */
function flip(sealed: string, at: number): string {
  const [version, id, encoded = ""] = sealed.split(".");
  const bytes = Buffer.from(encoded, "base64url");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return `${version ?? ""}.${id ?? ""}.${bytes.toString("base64url")}`;
}

describe("a sealed value", () => {
  it.each(["", "token", '{"a":"ä 🎉 \\u0000"}', "x".repeat(100_000)])("opens to what was sealed", (value) => {
    expect(sealer.open(sealer.seal(value, place), place)).toBe(value);
  });

  it("is versioned text that names its key, and never the same twice", () => {
    const sealed = [sealer.seal("token", place), sealer.seal("token", place)];

    for (const text of sealed) expect(text).toMatch(new RegExp(`^sealed1\\.${key.id}\\.[A-Za-z0-9_-]+$`));
    expect(new Set(sealed).size).toBe(2);
    expect(sealed.map(isSealed)).toEqual([true, true]);
    expect(sealed.map(keyIdOf)).toEqual([key.id, key.id]);
    expect(isSealed('{"event":{}}')).toBe(false);
  });

  it.each<{ what: string; elsewhere: SealedPlace }>([
    { what: "another store", elsewhere: { ...place, store: "logins-b" } },
    { what: "another record", elsewhere: { ...place, record: "bob" } },
    { what: "another field", elsewhere: { ...place, field: "token" } },
    { what: "a place with the same letters, parted otherwise", elsewhere: { store: "logins-aa", record: "lice", field: "login" } },
    { what: "a place that has the separators of the encoding in it", elsewhere: { store: 'logins-a","alice', record: "login", field: "" } },
  ])("does not open in $what", ({ elsewhere }) => {
    const sealed = sealer.seal("token", place);

    expect(() => sealer.open(sealed, elsewhere)).toThrow(StorageError);
  });

  it("does not open when any byte of nonce, text or tag was changed", () => {
    const sealed = sealer.seal("token", place);
    const length = Buffer.from(sealed.split(".")[2] ?? "", "base64url").length;

    expect(length).toBe(12 + 5 + 16);
    for (let at = 0; at < length; at += 1) expect(() => sealer.open(flip(sealed, at), place)).toThrow(/cannot be decrypted/);
  });

  it.each([
    { what: "plain text", stored: "token" },
    { what: "another form", stored: `sealed2.${key.id}.AAAA` },
    { what: "no key id", stored: "sealed1.AAAA" },
    { what: "too little", stored: `sealed1.${key.id}.AAAA` },
    { what: "too much", stored: `sealed1.${key.id}.AAAA.AAAA` },
    { what: "nothing", stored: "" },
  ])("is an error of the store where there is $what", ({ stored }) => {
    expect(() => sealer.open(stored, place)).toThrow(StorageError);
  });

  it("says of another key's value that it is another key's, and says nothing of person or value", () => {
    const other = createSealer(new KeyRing(makeKey(sourceOf(2), salt)), systemRandom);
    const sealed = other.seal("planted-token", place);

    expect(() => sealer.open(sealed, place)).toThrow(
      "A value in the data folder (logins-a, login) cannot be decrypted: it was encrypted with another key than the one in use.",
    );
  });

  it("does not open under a forged key id", () => {
    const other = createSealer(new KeyRing(makeKey(sourceOf(2), salt)), systemRandom);
    const [version, , encoded] = other.seal("token", place).split(".");

    expect(() => sealer.open(`${version ?? ""}.${key.id}.${encoded ?? ""}`, place)).toThrow(StorageError);
  });
});

describe("several keys", () => {
  const next = makeKey(sourceOf(2), salt);

  it("open what any of them sealed, and the one that was named last seals", () => {
    const keys = new KeyRing(key);
    const both = createSealer(keys, systemRandom);
    const before = both.seal("token", place);
    keys.sealWith(next);

    const after = both.seal("token", place);

    expect([before, after].map(keyIdOf)).toEqual([key.id, next.id]);
    expect([before, after].map((sealed) => both.open(sealed, place))).toEqual(["token", "token"]);
    expect(() => sealer.open(after, place)).toThrow(/another key/);
  });

  it("are told from one alone", () => {
    const keys = new KeyRing(key);
    expect(keys.hasSeveral).toBe(false);

    keys.sealWith(next);

    expect(keys.hasSeveral).toBe(true);
    expect(new KeyRing(next, key).sealing).toBe(next);
  });
});

describe("a key", () => {
  it("that is one as it stands does not depend on the salt", () => {
    expect(makeKey(sourceOf(1), Buffer.alloc(0)).id).toBe(key.id);
  });

  it("that is derived depends on material and salt", () => {
    const ids = [
      makeKey(sourceOf(1, "material"), salt),
      makeKey(sourceOf(1, "material"), Buffer.alloc(32, 8)),
      makeKey(sourceOf(2, "material"), salt),
      key,
    ].map(({ id }) => id);

    expect(new Set(ids).size).toBe(4);
    expect(makeKey(sourceOf(1, "material"), salt).id).toBe(ids[0]);
  });

  it("prints without its bytes", () => {
    const bytes = Buffer.alloc(32, 1);
    const printed = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);

    expect(printed).not.toContain(bytes.toString("base64url").slice(0, 8));
    expect(printed).not.toContain("01010101");
    expect(key.id).not.toContain(bytes.toString("base64url").slice(0, 8));
  });
});
