import { describe, expect, it } from "vitest";
import { hashPassword, isPasswordOf, parsePasswordHash } from "./password-hash.js";
import { systemRandom } from "./random.js";

// Made with Python: hashlib.scrypt(b"correct horse", salt=b"saltsaltsaltsalt", n=2**10, r=8, p=1, dklen=32), base64 without padding.
const foreign = "$scrypt$ln=10,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$A9lBa6RTbfBovWqamVIqXKovIl4Vk6OZyVojLJmYmSI";

function parsed(text: string) {
  return parsePasswordHash(text) ?? expect.fail(`${text} is not taken`);
}

describe("the hash of a password", () => {
  it("knows the password again, and no other", async () => {
    const text = await hashPassword("hörse 🐎", systemRandom);

    expect(text).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await isPasswordOf(parsed(text), "hörse 🐎")).toBe(true);
    expect(await isPasswordOf(parsed(text), "horse 🐎")).toBe(false);
  });

  it("is another one each time", async () => {
    const [first, second] = await Promise.all([hashPassword("horse", systemRandom), hashPassword("horse", systemRandom)]);

    expect(first).not.toBe(second);
  });

  it("may come from another program", async () => {
    expect(await isPasswordOf(parsed(foreign), "correct horse")).toBe(true);
    expect(await isPasswordOf(parsed(foreign), "wrong horse")).toBe(false);
  });

  it("may cost as much as is usual elsewhere", () => {
    expect(parsed(foreign.replace("ln=10", "ln=17")).cost).toEqual({ ln: 17, r: 8, p: 1 });
  });

  it.each([
    { title: "nothing", text: "" },
    { title: "the password itself", text: "correct horse" },
    { title: "another algorithm", text: foreign.replace("scrypt", "argon2id") },
    { title: "no cost", text: foreign.replace("ln=10,", "") },
    { title: "a cost that protects nobody", text: foreign.replace("ln=10", "ln=9") },
    { title: "more memory than is given", text: foreign.replace("ln=10", "ln=18") },
    { title: "blocks of more memory than is given", text: foreign.replace("ln=10,r=8", "ln=17,r=16") },
    { title: "more work than is done", text: foreign.replace("ln=10,r=8,p=1", "ln=16,r=8,p=64") },
    { title: "no blocks", text: foreign.replace("r=8", "r=0") },
    { title: "a short salt", text: foreign.replace("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdA") },
    { title: "a short hash", text: foreign.replace(/\$[^$]+$/, "$c2FsdHNhbHQ") },
    { title: "padding", text: `${foreign}=` },
    { title: "a line break", text: `${foreign}\n` },
  ])("is not taken with $title", ({ text }) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });
});
