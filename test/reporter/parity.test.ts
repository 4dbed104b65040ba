import { describe, expect, it } from "vitest";
import { findUnshown, readParityRows, type RanTest } from "./parity.js";

const document = `
| # | Feature | Here | Shown by |
| --- | --- | --- | --- |
| 7 | Listener path prefix | yes | \`test/a.test.ts\`: "a listener > has a prefix", \`src/b.test.ts\`: "prefixes" |
| 83 | Project rooms | no | GitHub retired the API. |
`;

const passed: readonly RanTest[] = [
  { file: "test/a.test.ts", name: "a listener > has a prefix of its own", state: "passed" },
  { file: "src/b.test.ts", name: "prefixes > may be nested", state: "passed" },
];

function unshown(tests: readonly RanTest[], text = document): readonly string[] {
  return findUnshown(readParityRows(text), tests);
}

describe("the table of features", () => {
  it("is shown when every test that it names ran and passed", () => {
    expect(readParityRows(document).map(({ number }) => number)).toEqual([7, 83]);
    expect(unshown(passed)).toEqual([]);
  });

  it("is not shown by tests that did not run", () => {
    expect(unshown(passed.slice(1))).toEqual([
      "Row 7 (Listener path prefix) names a test that did not run: test/a.test.ts: a listener > has a prefix",
    ]);
  });

  it.each(["failed", "skipped", "pending"] as const)("is not shown by a test that %s", (state) => {
    const tests = passed.map((test, position) => (position === 1 ? { ...test, state } : test));

    expect(unshown(tests)).toEqual(["Row 7 (Listener path prefix) names a test that did not pass: src/b.test.ts: prefixes"]);
  });

  it("has to name a test for what is there", () => {
    expect(unshown(passed, "| 8 | Prefixes | yes | somewhere |")).toEqual(["Row 8 (Prefixes) names no test."]);
    expect(unshown(passed, "| 8 | Prefixes | maybe | |")).toEqual(['Row 8 (Prefixes) says "maybe", which is neither yes, other nor no.']);
  });
});
