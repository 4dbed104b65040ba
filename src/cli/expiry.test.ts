import { describe, expect, it } from "vitest";
import { readExpiry } from "./expiry.js";

const now = Date.UTC(2027, 0, 1);
const hourMs = 3_600_000;

describe("when something ends", () => {
  it.each([
    { text: "12h", at: now + 12 * hourMs },
    { text: "90d", at: now + 90 * 24 * hourMs },
    { text: "8w", at: now + 56 * 24 * hourMs },
    { text: "2027-01-31", at: Date.UTC(2027, 0, 31) },
    { text: "2027-01-31T12:00:00+01:00", at: Date.UTC(2027, 0, 31, 11) },
  ])("may be said as $text", ({ text, at }) => {
    expect(readExpiry(text, now)).toBe(at);
  });

  it.each(["", "90", "d", "90m", "90 d", "-1d", "1.5d", "90days", "999999d", "31.01.2027", "never"])("is not said by %j", (text) => {
    expect(readExpiry(text, now)).toBeUndefined();
  });
});
