import type { StandInAccount } from "./jira-accounts.js";
import type { StandInText } from "./jira-texts.js";

/** What the Jira stand-in knows of projects, issues and versions. */
export interface StandInProject {
  readonly id: string;
  readonly key: string;
  readonly name: string;
}

export interface StandInIssueType {
  readonly id: string;
  readonly name: string;
  readonly isSubtask: boolean;
}

export interface StandInStatus {
  readonly id: string;
  readonly name: string;
  readonly category: { readonly id: number; readonly key: string; readonly name: string };
}

/** A move of the workflow, and the name of the status that it leads to. */
export interface StandInTransition {
  readonly id: string;
  readonly name: string;
  readonly to: string;
}

export interface StandInComment {
  readonly id: string;
  readonly author: StandInAccount;
  readonly text: StandInText;
}

export interface StandInWorklog {
  readonly id: string;
  readonly author: StandInAccount;
  /** As it was sent. */
  readonly timeSpent: string;
  readonly started: string;
  readonly text?: StandInText;
}

export interface StandInIssue {
  readonly id: string;
  readonly key: string;
  /** Keys from before it was moved; they still find it. */
  readonly formerKeys: readonly string[];
  readonly project: StandInProject;
  readonly type: StandInIssueType;
  readonly summary: string;
  readonly description?: StandInText;
  /** Name of its status. */
  readonly status: string;
  readonly labels: readonly string[];
  readonly assignee?: StandInAccount;
  readonly creator: StandInAccount;
  readonly comments: readonly StandInComment[];
  readonly worklogs: readonly StandInWorklog[];
  /** Of the changes of all issues, which one was its last. */
  readonly updated: number;
}

export interface StandInVersion {
  readonly id: string;
  readonly project: StandInProject;
  readonly name: string;
  readonly description?: string;
  readonly released: boolean;
}

/** One line of a webhook's changelog. */
export interface FieldChange {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** One thing that was done to an issue. */
export interface IssueChange {
  /** The issue's key at that time. */
  readonly key: string;
  readonly what: "created" | "edited" | "commented" | "worked on" | "assigned" | "moved on" | "moved away";
  /** Display name of who did it. */
  readonly by: string;
}

/** The types that every project has. */
export const issueTypes: readonly [StandInIssueType, ...StandInIssueType[]] = [
  { id: "10101", name: "Task", isSubtask: false },
  { id: "10102", name: "Bug", isSubtask: false },
  { id: "10103", name: "User story", isSubtask: false },
  { id: "10104", name: "Sub-task", isSubtask: true },
];
