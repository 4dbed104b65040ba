import { describe, expect, it } from "vitest";
import { ValidationError } from "../core/errors.js";
import { matchTyped } from "./typed-pattern.js";

describe("a regular expression that somebody typed", () => {
  it("says of each text whether it matches", () => {
    expect(matchTyped("prHideFilter", "^WIP", ["WIP: door", "door", "a WIP"])).toEqual([true, false, false]);
    expect(matchTyped("prHideFilter", "^WIP", [])).toEqual([]);
  });

  it("is tried on more texts than are tried together", () => {
    const texts = Array.from({ length: 2_500 }, (_, index) => `v${index}`);

    expect(matchTyped("tagsFilter", "^v.*7$", texts).filter(Boolean)).toHaveLength(250);
  });

  it.each([
    ["none", "("],
    ["one that takes years", "^(a+)+$"],
    ["a very large one", "a".repeat(2_000)],
    ["one with numbers within numbers", "((((((((((((a{9}){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}){9}"],
  ])("ends with an error that names the setting when it is %s", (_what, pattern) => {
    const startedAt = performance.now();

    expect(() => matchTyped("prHideFilter", pattern, [`${"a".repeat(200)}!`])).toThrow(ValidationError);
    expect(() => matchTyped("prHideFilter", pattern, [`${"a".repeat(200)}!`])).toThrow(/^prHideFilter /);
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it.each(["constructor.constructor('return process')()", "\\u{1F389}", "'; throw 1; '", "`${this}`"])("runs nothing of %j", (pattern) => {
    expect(matchTyped("tagsFilter", pattern, ["text", pattern])[0]).toBe(false);
  });
});
