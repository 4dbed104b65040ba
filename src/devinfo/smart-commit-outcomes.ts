import type { DevinfoReport, ReportedSmartCommit } from "../core/ports/devinfo-reports.js";
import type { SmartCommitOutcome, SmartCommitOutcomes } from "../core/ports/smart-commit-store.js";

/** Reports as they are to be read: a report is written before its smart commits are carried out, and never again. */
export async function withSmartCommitOutcomes<Report extends DevinfoReport>(
  reports: readonly Report[],
  known: SmartCommitOutcomes,
): Promise<readonly Report[]> {
  const ids = reports.flatMap(smartCommitsOf).flatMap(({ id }) => id ?? []);
  if (ids.length === 0) return reports;
  const found = await known.outcomes(ids);
  const byId = new Map(ids.map((id, index) => [id, found[index]]));
  return reports.map((report) => {
    const told = smartCommitsOf(report);
    return told.length === 0 ? report : { ...report, smartCommits: told.map((line) => withOutcome(line, byId.get(line.id ?? ""))) };
  });
}

function smartCommitsOf(report: DevinfoReport): readonly ReportedSmartCommit[] {
  return report.kind === "submission" ? (report.smartCommits ?? []) : [];
}

function withOutcome(line: ReportedSmartCommit, outcome: SmartCommitOutcome | undefined): ReportedSmartCommit {
  return outcome === undefined ? line : { ...line, state: outcome.state, outcome: outcome.reason };
}
