import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readParityRows } from "../reporter/parity.js";
import { absolutePath } from "./source-tree.js";

/** Rows of Hookshot's feature table that have to be accounted for: connections, GitHub, inbound and outbound webhooks. */
const required = [...range(39, 89), ...range(125, 157)];

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, position) => first + position);
}

describe("docs/hookshot-parity.md", () => {
  // Whether the tests that it names ran and passed is looked at when a run of all tests ends.
  it("accounts for each feature once", () => {
    const numbers = readParityRows(readFileSync(absolutePath("docs/hookshot-parity.md"), "utf8")).map(({ number }) => number);

    expect(required.filter((number) => !numbers.includes(number))).toEqual([]);
    expect(numbers.length).toBe(new Set(numbers).size);
  });
});
