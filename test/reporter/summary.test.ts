import type { TestModule } from "vitest/node";
import { describe, expect, it } from "vitest";
import { summaryLine, tally } from "./summary.js";

type State = "passed" | "failed" | "skipped" | "pending";

interface Sketch {
  readonly tests?: readonly State[];
  readonly moduleErrors?: number;
  readonly suiteErrors?: number;
}

/** A finished test file, as far as the reporter looks at one. */
function finished({ tests = [], moduleErrors = 0, suiteErrors = 0 }: Sketch): TestModule {
  const sketch = {
    errors: () => Array.from({ length: moduleErrors }),
    children: {
      allSuites: () => [{ errors: () => Array.from({ length: suiteErrors }) }],
      allTests: () => tests.map((state) => ({ result: () => ({ state }) })),
    },
  };
  // vitest makes these objects itself and offers no way to build one.
  return sketch as unknown as TestModule;
}

describe("the summary of a test run", () => {
  it.each<{ title: string; modules: Sketch[]; unhandled: number; line: string }>([
    {
      title: "adds up the tests of all files",
      modules: [{ tests: ["passed", "failed"] }, { tests: ["passed", "skipped"] }],
      unhandled: 0,
      line: "2 passed, 1 failed, 1 skipped",
    },
    {
      title: "counts a file that does not load as a failure",
      modules: [{ moduleErrors: 2 }],
      unhandled: 0,
      line: "0 passed, 1 failed, 0 skipped",
    },
    {
      title: "counts a failed hook as a failure and its tests as skipped",
      modules: [{ tests: ["pending", "pending"], suiteErrors: 1 }],
      unhandled: 0,
      line: "0 passed, 1 failed, 2 skipped",
    },
    { title: "counts errors that nobody caught", modules: [{ tests: ["passed"] }], unhandled: 2, line: "1 passed, 2 failed, 0 skipped" },
  ])("$title", ({ modules, unhandled, line }) => {
    const counts = tally(modules.map(finished), unhandled);

    expect(summaryLine(counts)).toBe(line);
  });
});
