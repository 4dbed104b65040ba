import { describe, expect, it } from "vitest";
import { prettyJson } from "./pretty-json.js";

describe("indented JSON", () => {
  const values: readonly unknown[] = [
    { b: [1, { c: "x\ny" }], a: { deep: [[], {}] }, 1: null },
    [["a", "b"], [], { k: [true] }],
    "text",
    JSON.parse('{"__proto__": {"a": [1]}, "b": 2}'),
  ];

  it.each(values)("is what JSON.stringify gives where it is short: %j", (value) => {
    expect(prettyJson(value, 2, 10_000)).toBe(JSON.stringify(value, null, 2));
  });

  it.each([1, 5, 12, 30, 47])("begins as the whole does where only %i characters are wanted", (most) => {
    for (const value of values) {
      const whole = JSON.stringify(value, null, 2);
      const begun = prettyJson(value, 2, most);

      expect(begun.slice(0, Math.min(most, whole.length))).toBe(whole.slice(0, most));
    }
  });

  it("does not grow with the depth of what is cut off anyway", () => {
    const nested: unknown = JSON.parse(`${"[".repeat(390)}${"0,".repeat(250_000)}0${"]".repeat(390)}`);

    // The whole has 196 million characters.
    expect(prettyJson(nested, 2, 60_000).length).toBeLessThan(500_000);
  });
});
