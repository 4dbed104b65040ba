import type { DevinfoEntityType, DevinfoResult } from "../devinfo.js";
import type { StoreChange } from "./unit-of-work.js";

/** How development information came: over the API, from a host that we read ourselves, or by a service's webhook. */
export type DevinfoRoad = "api" | "git-integration" | "webhook";

/** What is remembered for a while of one submission or delete. Everything in it that came from outside is cut to a length. */
export type DevinfoReport = SubmissionReport | DeleteReport;

interface ReportBase {
  /** Sorts by time. */
  readonly id: string;
  /** When it was accepted; milliseconds since the epoch. */
  readonly at: number;
  readonly provider: string;
  readonly road: DevinfoRoad;
}

export interface SubmissionReport extends ReportBase {
  readonly kind: "submission";
  /** Of those that fit. */
  readonly repositories: { readonly count: number; readonly ids: readonly string[] };
  /** Of entities, by type. Types of which there were none are absent. */
  readonly counts: Readonly<Partial<Record<DevinfoEntityType, EntityCounts>>>;
  /** The first of those that were not taken. */
  readonly notTaken: readonly NotTakenPart[];
  /** How many there were; more than are listed, where there were many. */
  readonly notTakenCount: number;
  /** Keys that do not fit, and those of projects that nobody knows. */
  readonly unknownIssueKeys: { readonly count: number; readonly keys: readonly string[] };
  /** As the sender calls itself. */
  readonly product?: string;
  readonly isBackfill: boolean;
  /** What was found of smart commits; absent where nothing was. */
  readonly smartCommits?: readonly ReportedSmartCommit[];
}

export interface DeleteReport extends ReportBase {
  readonly kind: "delete";
  /** Path and query, as they were sent. */
  readonly asked: string;
}

/** How many entities of a type came to what. */
export type EntityCounts = Readonly<Partial<Record<DevinfoResult | "refused", number>>>;

/** A repository's record, or an entity, that was refused, or not stored because something newer was there already. */
export interface NotTakenPart {
  readonly repositoryId: string;
  /** Absent for a repository's record. */
  readonly type?: DevinfoEntityType;
  /** Its id, or its position such as `commits[3]`. */
  readonly id?: string;
  /** Sentences. */
  readonly reason: string;
}

export interface ReportedSmartCommit {
  /** Its hash, or its id where it has none. */
  readonly commit: string;
  readonly issueKey: string;
  /** `comment`, `time`, or the name of a transition. */
  readonly command: string;
  /** `reported`: it was left alone, or is to be carried out. */
  readonly state: "reported" | "done" | "refused" | "failed";
  /** What became of it, or why it was left alone. */
  readonly outcome: string;
  /** Names what is to be carried out: how that ended is kept elsewhere (smart-commit-store.ts). */
  readonly id?: string;
}

/** Something that names an issue and was not taken. */
export interface NotTaken extends NotTakenPart {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly provider: string;
  /** The Jira that its sender was bound to then, by its name. */
  readonly instance?: string;
}

/** Answers why an issue lacks something. */
export interface NotTakenDevinfo {
  /** The newest first. Costs what it returns. @param key in upper case */
  notTaken(key: string, limit: number): Promise<readonly NotTaken[]>;
}

/** Reports of what was submitted and deleted. Each goes after its time, and what it explains with it. */
export interface DevinfoReportStore extends NotTakenDevinfo {
  /** @param explained by key of issue, in upper case */
  add(report: DevinfoReport, explained: readonly ExplainedIssue[]): readonly StoreChange[];
  /** The newest first: of one provider, or of all. Costs what it returns, and something small for each provider. */
  list(query: { readonly provider?: string; readonly limit: number }): Promise<readonly DevinfoReport[]>;
  get(id: string): Promise<DevinfoReport | undefined>;
  /** Of each provider that has some that are older than that, or more than so many: where they end. */
  overdue(limits: { readonly before: number; readonly keepCount: number }): Promise<readonly OverdueReports[]>;
  /**
   * Removes a part of them, the oldest first, with what they explain.
   * @param limit of reports
   * @returns nothing once nothing is left of them
   */
  removeSlice(overdue: OverdueReports, limit: number): Promise<readonly StoreChange[]>;
}

export interface OverdueReports {
  readonly provider: string;
  /** The first that is kept, or what would sort there. */
  readonly below: string;
}

export interface ExplainedIssue extends NotTakenPart, Pick<NotTaken, "instance"> {
  readonly issueKey: string;
}
