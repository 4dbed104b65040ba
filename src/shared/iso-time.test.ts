import { describe, expect, it } from "vitest";
import { parseIsoTime } from "./iso-time.js";

describe("a time in ISO 8601", () => {
  it.each([
    { text: "2027-01-31", time: Date.UTC(2027, 0, 31) },
    { text: "2028-02-29", time: Date.UTC(2028, 1, 29) },
    { text: "2027-01-31T12:30Z", time: Date.UTC(2027, 0, 31, 12, 30) },
    { text: "2027-01-31T12:30:05.25Z", time: Date.UTC(2027, 0, 31, 12, 30, 5, 250) },
    { text: "2027-01-31T12:30:00+02:00", time: Date.UTC(2027, 0, 31, 10, 30) },
  ])("$text is one", ({ text, time }) => {
    expect(parseIsoTime(text)).toBe(time);
  });

  it.each([
    "",
    "tomorrow",
    "2027",
    "2027-02-31",
    "2027-02-29",
    "2027-13-01",
    "2027-02-31T12:00:00Z",
    "2027-01-31T12:30:00",
    "2027-01-31T25:00:00Z",
    "2027-01-31 12:30:00Z",
    "31.01.2027",
    "1800000000",
    "2027-01-31\n",
  ])("%j is none", (text) => {
    expect(parseIsoTime(text)).toBeUndefined();
  });
});
