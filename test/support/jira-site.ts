import { JiraAccounts, seesProject, type StandInAccount, type StandInDeployment } from "./jira-accounts.js";
import {
  issueTypes,
  type FieldChange,
  type IssueChange,
  type StandInIssue,
  type StandInIssueType,
  type StandInProject,
  type StandInTransition,
  type StandInVersion,
  type StandInWorklog,
} from "./jira-records.js";
import { systemClock, type Clock } from "../../src/shared/clock.js";
import { plainText, readText, type StandInText } from "./jira-texts.js";
import { statusNamed } from "./jira-workflow.js";

/** What a webhook tells. */
export interface SiteEvent {
  readonly name: "jira:issue_created" | "jira:issue_updated" | "comment_created" | "jira:version_created" | "jira:version_released";
  readonly issue?: StandInIssue;
  readonly version?: StandInVersion;
  readonly by?: StandInAccount;
  readonly changes?: readonly FieldChange[];
}

export interface IssueFields {
  readonly project: StandInProject;
  readonly type?: StandInIssueType;
  readonly summary: string;
  readonly description?: StandInText;
  readonly labels?: readonly string[];
}

export interface IssueEdit {
  readonly summary?: string;
  readonly status?: string;
  /** As somebody typed it in Jira itself, or as it was sent. */
  readonly description?: string | StandInText;
  /** Null: nobody. */
  readonly assignee?: StandInAccount | null;
}

interface SiteTimes {
  readonly clock?: Clock;
  readonly searchLagMs?: number;
}

/** Projects, issues and versions of the stand-in: what happens to them, without HTTP. */
export class JiraSite {
  readonly deployment: StandInDeployment;
  readonly accounts: JiraAccounts;
  /** What was done to issues, in order: by calls and over REST alike. */
  readonly changes: IssueChange[] = [];
  readonly #projects = new Map<string, StandInProject>();
  readonly #issues = new Map<string, StandInIssue>();
  readonly #highestNumbers = new Map<string, number>();
  /** When an issue's search entry is there, in milliseconds since the epoch; by id. */
  readonly #searchableAt = new Map<string, number>();
  readonly #clock: Clock;
  readonly #searchLagMs: number;
  #lastId = 10_000;

  /** @param searchLagMs how long searches do not know a new issue */
  constructor(deployment: StandInDeployment, { clock = systemClock, searchLagMs = 0 }: SiteTimes = {}) {
    this.deployment = deployment;
    this.accounts = new JiraAccounts(deployment);
    this.#clock = clock;
    this.#searchLagMs = searchLagMs;
  }

  addProject(key: string, name: string): StandInProject {
    const project = { id: this.nextId(), key, name };
    this.#projects.set(key, project);
    return project;
  }

  projectsFor(account: StandInAccount): readonly StandInProject[] {
    return [...this.#projects.values()].filter(({ key }) => seesProject(account, key));
  }

  issuesFor(account: StandInAccount): readonly StandInIssue[] {
    return [...this.#issues.values()].filter(({ project }) => seesProject(account, project.key));
  }

  /** Those that searches know already. */
  searchableFor(account: StandInAccount): readonly StandInIssue[] {
    const now = this.#clock.now();
    return this.issuesFor(account).filter(({ id }) => now >= (this.#searchableAt.get(id) ?? 0));
  }

  /** All of them, in the order of their making. */
  get issues(): readonly StandInIssue[] {
    return [...this.#issues.values()];
  }

  delete(issue: StandInIssue): void {
    this.#issues.delete(issue.id);
  }

  /** By its id, its key, or a key that it had before it was moved. */
  findIssue(name: string): StandInIssue | undefined {
    const key = name.toUpperCase();
    return [...this.#issues.values()].find((issue) => issue.key === key || issue.id === name || issue.formerKeys.includes(key));
  }

  /** @throws TypeError when there is none: the stand-in's own code asks */
  project(key: string): StandInProject {
    const project = this.#projects.get(key);
    if (project === undefined) throw new TypeError(`The stand-in has no project ${key}: add it first`);
    return project;
  }

  create({ project, type = issueTypes[0], summary, description, labels = [] }: IssueFields, by: StandInAccount): SiteEvent {
    const texts = { summary, ...(description === undefined ? {} : { description }) };
    const identity = { id: this.nextId(), key: this.#nextKey(project), formerKeys: [], project, type };
    const issue = { ...identity, ...texts, status: "To Do", labels, creator: by, comments: [], worklogs: [], updated: this.#now() };
    this.#searchableAt.set(issue.id, this.#clock.now() + this.#searchLagMs);
    this.#keep(issue, "created", by);
    return { name: "jira:issue_created", issue, by };
  }

  edit(issue: StandInIssue, { assignee, description, ...others }: IssueEdit, by: StandInAccount): SiteEvent {
    if (others.status !== undefined) statusNamed(others.status);
    const { assignee: before, ...unassigned } = issue;
    const person = assignee === undefined ? before : assignee;
    const edited = {
      ...unassigned,
      ...others,
      ...(description === undefined
        ? {}
        : { description: typeof description === "string" ? plainText(description, this.deployment) : description }),
      ...(person === null || person === undefined ? {} : { assignee: person }),
      updated: this.#now(),
    };
    this.#keep(edited, assignee === undefined ? "edited" : "assigned", by);
    return { name: "jira:issue_updated", issue: edited, by, changes: changesBetween(issue, edited) };
  }

  comment(issue: StandInIssue, text: StandInText, by: StandInAccount): SiteEvent {
    const commented = { ...issue, comments: [...issue.comments, { id: this.nextId(), author: by, text }], updated: this.#now() };
    this.#keep(commented, "commented", by);
    return { name: "comment_created", issue: commented, by };
  }

  /** Programs hear of it as of a change of the issue. */
  logWork(issue: StandInIssue, work: Omit<StandInWorklog, "id" | "author">, by: StandInAccount): SiteEvent {
    const worked = { ...issue, worklogs: [...issue.worklogs, { id: this.nextId(), author: by, ...work }], updated: this.#now() };
    this.#keep(worked, "worked on", by);
    return { name: "jira:issue_updated", issue: worked, by, changes: changesBetween(issue, worked) };
  }

  moveOn(issue: StandInIssue, { to }: StandInTransition, by: StandInAccount): SiteEvent {
    const moved = { ...issue, status: to, updated: this.#now() };
    this.#keep(moved, "moved on", by);
    return { name: "jira:issue_updated", issue: moved, by, changes: changesBetween(issue, moved) };
  }

  /** Into another project: it gets a key there, and the old one goes on finding it. */
  moveAway(issue: StandInIssue, project: StandInProject, by: StandInAccount): SiteEvent {
    const formerKeys = [...issue.formerKeys, issue.key];
    const moved = { ...issue, key: this.#nextKey(project), formerKeys, project, updated: this.#now() };
    this.#keep(moved, "moved away", by);
    return { name: "jira:issue_updated", issue: moved, by, changes: changesBetween(issue, moved) };
  }

  nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  #keep(issue: StandInIssue, what: IssueChange["what"], by: StandInAccount): void {
    this.#issues.set(issue.id, issue);
    this.changes.push({ key: issue.key, what, by: by.displayName });
  }

  /** Numbers are never given out twice, moved issues or not. */
  #nextKey({ key }: StandInProject): string {
    const number = (this.#highestNumbers.get(key) ?? 0) + 1;
    this.#highestNumbers.set(key, number);
    return `${key}-${number}`;
  }

  #now(): number {
    return this.changes.length + 1;
  }
}

/** Fields that stay as they are do not stand in the changelog. */
function changesBetween(before: StandInIssue, after: StandInIssue): readonly FieldChange[] {
  const [old, now] = [fieldTexts(before), fieldTexts(after)];
  return Object.entries(now)
    .map(([field, to]) => ({ field, from: old[field] ?? null, to }))
    .filter(({ from, to }) => from !== to);
}

function fieldTexts({ key, project, status, summary, description, assignee }: StandInIssue): Readonly<Record<string, string | null>> {
  const text = description === undefined ? null : readText(description).text;
  return { Key: key, project: project.name, status, summary, description: text, assignee: assignee?.displayName ?? null };
}
