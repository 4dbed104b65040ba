import { describe, expect, it } from "vitest";
import { addressIn, countIn, cut, hashIn, lineIn, refIn, textIn, timeIn } from "./remote-members.js";

describe("members of a remote's answers", () => {
  it.each([
    { read: addressIn, value: "javascript:alert(1)", gives: undefined },
    { read: addressIn, value: "https://ada:hush@example.org/x", gives: "https://example.org/x" },
    { read: addressIn, value: `https://example.org/${"x".repeat(2_048)}`, gives: undefined },
    { read: countIn, value: -1, gives: undefined },
    { read: countIn, value: 1.5, gives: undefined },
    { read: countIn, value: "7", gives: undefined },
    { read: countIn, value: 7, gives: 7 },
    { read: hashIn, value: "A".repeat(40), gives: undefined },
    { read: hashIn, value: "a".repeat(39), gives: undefined },
    { read: hashIn, value: "a".repeat(64), gives: "a".repeat(64) },
    { read: lineIn, value: " two\nlines\u0000 ", gives: "two lines" },
    { read: lineIn, value: " \n", gives: undefined },
    { read: lineIn, value: "x".repeat(300), gives: "x".repeat(255) },
    { read: refIn, value: "a b", gives: undefined },
    { read: refIn, value: "fix/PLAY-1", gives: "fix/PLAY-1" },
    { read: refIn, value: "half \ud800", gives: undefined },
    { read: textIn, value: "half \ud800", gives: "half \uFFFD" },
    { read: textIn, value: 7, gives: undefined },
    { read: timeIn, value: "2026-01-01T00:00:00+01:00", gives: Date.UTC(2025, 11, 31, 23) },
    { read: timeIn, value: "yesterday", gives: undefined },
  ])("are read as what they have to be: $value gives $gives", ({ read, value, gives }) => {
    expect(read({ key: value }, "key")).toBe(gives);
    expect(read(Object.create({ key: value }), "key")).toBeUndefined();
  });

  it("are not cut within a character", () => {
    expect(cut("ab\u{1F600}", 3)).toBe("ab");
    expect(cut("ab\u{1F600}", 4)).toBe("ab\u{1F600}");
  });
});
