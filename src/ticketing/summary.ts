import type { Finding, FindingsSummary } from "./finding.js";
import type { Handled } from "./finding-handler.js";

export type FindingResult = Handled | { readonly error: string };

/** @param results of the findings at the same positions */
export function summarise(findings: readonly Finding[], results: readonly FindingResult[]): FindingsSummary {
  const counts = { created: 0, updated: 0, reopened: 0, closed: 0, unchanged: 0 };
  const failed: FindingsSummary["failed"][number][] = [];
  const issues: FindingsSummary["issues"][number][] = [];
  for (const [index, { fingerprint }] of findings.entries()) {
    const result = results[index];
    if (result === undefined) continue;
    if ("error" in result) {
      failed.push({ fingerprint, error: result.error });
      continue;
    }
    const { outcome, issue } = result;
    counts[outcome] += 1;
    if (issue !== undefined) issues.push({ fingerprint, outcome, ...issue });
  }
  return { counts, failed, issues };
}
