import type { Reporter, TestModule, TestSuite } from "vitest/node";

/** How a run ended, test by test. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The line that the checks read: always the last one of `npm test`. */
export function summaryLine(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
}

/**
 * Counts tests, and as one failure each what fails without being a test: a file that does not load, a hook, an error nobody caught.
 * So the line never says "0 failed" under a run that failed.
 */
export function tally(modules: readonly TestModule[], unhandledErrors: number): Tally {
  const counts = { passed: 0, failed: unhandledErrors, skipped: 0, pending: 0 };
  for (const module of modules) {
    counts.failed += failuresOutsideTests(module);
    for (const suite of module.children.allSuites()) counts.failed += failuresOutsideTests(suite);
    for (const test of module.children.allTests()) counts[test.result().state] += 1;
  }
  // A test still pending at the end never ran: something before it stopped the file.
  return { passed: counts.passed, failed: counts.failed, skipped: counts.skipped + counts.pending };
}

function failuresOutsideTests(group: TestModule | TestSuite): number {
  return group.errors().length > 0 ? 1 : 0;
}

/** Ends a run with one line of counts, after naming the Node version it was made on. A run without any test fails. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = tally(modules, unhandledErrors.length);
    if (counts.passed + counts.failed === 0) process.exitCode = 1;
    process.stdout.write(`Tests ran on Node ${process.version}\n${summaryLine(counts)}\n`);
  }
}
