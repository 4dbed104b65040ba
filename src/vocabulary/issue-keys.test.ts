import { describe, expect, it } from "vitest";
import { findIssueKeys } from "./issue-keys.js";

describe("keys of issues within texts", () => {
  it.each([
    ["PLAY-1: fixes the door", ["PLAY-1"]],
    ["fixes play-1 and Play-2", ["PLAY-1", "PLAY-2"]],
    ["feature/PLAY-12-add-door", ["PLAY-12"]],
    ["(PLAY-1), [PLAY-2]. #PLAY-3!", ["PLAY-1", "PLAY-2", "PLAY-3"]],
    ["PLAY-1 PLAY-1 play-1", ["PLAY-1"]],
    ["ÄPFEL-7 und яблоко-8", ["ÄPFEL-7", "ЯБЛОКО-8"]],
    ["straße-1", ["STRASSE-1"]],
    ["A_B2-3", ["A_B2-3"]],
    ["PLAY-1-2", ["PLAY-1"]],
    ["PLAY-1.5", ["PLAY-1"]],
    ["P-1", []],
    ["1PLAY-2", []],
    ["_PLAY-2", []],
    ["PLAY-1a and PLAY-1_", []],
    ["PLAY- 1", []],
    ["PLAY–1", []],
    ["e\u0301PLAY-1", []],
    ["PLAY-٣", []],
    ["", []],
  ])("%j names %j", (text, keys) => {
    expect(findIssueKeys(text)).toEqual(keys);
  });

  it("are taken from all texts in their order, each once", () => {
    expect(findIssueKeys("B-1 AB-2", undefined, "AB-2 CD-3")).toEqual(["AB-2", "CD-3"]);
  });

  it("are 500 at most", () => {
    const text = Array.from({ length: 700 }, (_, index) => `PLAY-${index}`).join(" ");

    const keys = findIssueKeys(text, "LATE-1");

    expect([keys.length, keys.at(-1)]).toEqual([500, "PLAY-499"]);
  });

  it.each([
    ["letters", "A".repeat(100_000)],
    ["a key that never ends", `${"A".repeat(300)}-`.repeat(300)],
    ["digits that never end", `AB-${"1".repeat(100_000)}`],
    ["hyphens", "AB-".repeat(33_000)],
    ["letters and marks", "a\u0301".repeat(50_000)],
  ])("are sought in %s in a short time", (_what, text) => {
    const startedAt = performance.now();

    expect(findIssueKeys(text)).toEqual([]);

    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it("have a limit for each part", () => {
    const [longest, longer] = ["A".repeat(256), "A".repeat(257)];

    expect(findIssueKeys(`${longest}-1 ${longer}-1 AB-${"1".repeat(255)} AB-${"1".repeat(256)}`)).toEqual([
      `${longest}-1`,
      `AB-${"1".repeat(255)}`,
    ]);
  });
});
