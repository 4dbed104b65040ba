import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestModule, TestSuite, Vitest } from "vitest/node";
import { findUnshown, readParityRows, type RanTest } from "./parity.js";

const parityFile = join(import.meta.dirname, "../../docs/hookshot-parity.md");

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

/** Tests with file and full name, as docs/hookshot-parity.md names them. */
function ranTests(modules: readonly TestModule[]): readonly RanTest[] {
  return modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({ file: module.relativeModuleId, name: test.fullName, state: test.result().state })),
  );
}

/**
 * Ends a run with one line of counts, after naming the Node version it was made on. A run without any test fails, and so does a run of all
 * tests that does not show what docs/hookshot-parity.md says.
 */
export class SummaryReporter implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  async onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Promise<void> {
    const unshown = (await this.#areAll(modules)) ? findUnshown(readParityRows(readFileSync(parityFile, "utf8")), ranTests(modules)) : [];
    for (const sentence of unshown) process.stdout.write(`docs/hookshot-parity.md: ${sentence}\n`);
    const counts = tally(modules, unhandledErrors.length + unshown.length);
    if (counts.passed + counts.failed === 0 || unshown.length > 0) process.exitCode = 1;
    process.stdout.write(`Tests ran on Node ${process.version}\n${summaryLine(counts)}\n`);
  }

  /** All test files ran, and all their tests. */
  async #areAll(modules: readonly TestModule[]): Promise<boolean> {
    const vitest = this.#vitest;
    if (vitest === undefined || vitest.config.testNamePattern !== undefined || vitest.config.project.length > 0) return false;
    return modules.length >= (await vitest.globTestSpecifications()).length;
  }
}
