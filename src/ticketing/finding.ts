/** Something that a scanner found, or found no more. */
export interface Finding {
  /** By which the scanner knows it again. */
  readonly fingerprint: string;
  readonly title: string;
  readonly description?: string;
  readonly severity?: string;
  readonly state: "open" | "fixed";
  /** A web address that says more. */
  readonly url?: string;
}

/** What a scanner tells of one project. No two findings have one fingerprint. */
export interface FindingsReport {
  /** `<kind>/<name>` or `<kind>/#<id>` of a registered remote. */
  readonly target: string;
  readonly project: string;
  readonly scanner: string;
  /** Says what would be done, and does none of it. */
  readonly isDryRun: boolean;
  readonly findings: readonly Finding[];
  /** Remotes that the reporter may use, as in `registry.allow`; absent: all. */
  readonly onlyTargets?: readonly string[];
}

/** What was done about a finding. An issue that was reopened and changed counts as reopened. */
export type FindingOutcome = "created" | "updated" | "reopened" | "closed" | "unchanged";

export interface FindingsSummary {
  readonly counts: Readonly<Record<FindingOutcome, number>>;
  /** In the order of the report, as is the next. */
  readonly failed: readonly { readonly fingerprint: string; readonly error: string }[];
  /** Issues of the findings that have one. */
  readonly issues: readonly {
    readonly fingerprint: string;
    readonly outcome: FindingOutcome;
    readonly key: string;
    readonly url: string;
  }[];
}

export type ReportResult =
  | { readonly kind: "done"; readonly summary: FindingsSummary }
  /** @see FindingsReport.onlyTargets */
  | { readonly kind: "not allowed" }
  /** Nothing was done: `reason` is a sentence about that member of the report. */
  | { readonly kind: "refused"; readonly member: "target" | "project"; readonly reason: string };
