import { describe, expect, it } from "vitest";
import { SecretSearch } from "./secret-search.js";

const secret = 'pa"ss\\wörd+/=&0123456789ab';
const search = new SecretSearch({ password: secret, other: "something-else-4711" });

describe("looking for secrets", () => {
  it.each([
    { how: "as it is", text: `x${secret}y`, form: "plain" },
    { how: "byte by byte", text: Buffer.from(secret).toString("latin1"), form: "plain bytes" },
    { how: "within JSON", text: JSON.stringify({ a: secret }), form: "plain, in JSON" },
    { how: "within an address", text: `https://a.test/?b=${encodeURIComponent(secret)}`, form: "plain, in an address" },
    { how: "within a form", text: new URLSearchParams({ b: secret }).toString(), form: "plain, in a form" },
    { how: "escaped more than once", text: JSON.stringify(JSON.stringify(JSON.stringify(secret))), form: "a part" },
    { how: "in hex", text: Buffer.from(secret).toString("hex"), form: "hex" },
    { how: "in capital hex", text: Buffer.from(`a${secret}`).toString("hex").toUpperCase(), form: "hex" },
  ])("finds one $how", ({ text, form }) => {
    expect(search.in(text)).toContain(`password: ${form}`);
  });

  it.each(["base64", "base64url"] as const)("finds one in %s, whatever stands before and behind it", (encoding) => {
    for (const before of ["", "a", "ab", "abc", "ada:"]) {
      for (const behind of ["", "x", "xy", "xyz"]) {
        expect(search.in(Buffer.from(before + secret + behind).toString(encoding))).toContain(`password: ${encoding}`);
      }
    }
  });

  it("finds nothing else", () => {
    expect(search.in(`pa"ss ${Buffer.from("pass").toString("base64")} ${secret.slice(1, -1)}`)).toEqual([]);
  });
});
