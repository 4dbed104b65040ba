import { NotFoundError, RemoteError } from "../../src/core/errors.js";
import type { IssueTracker, NewIssue, TrackerIssue, TrackerTransition, TrackerUser } from "../../src/core/issue-tracker.js";

interface KeptIssue extends TrackerIssue {
  /** Searches know it from then on, by the tracker's own time. */
  readonly searchableAt: number;
}

/** What a call does instead of what it is for. */
export type TrackerFault =
  /** Refuses, and does nothing. */
  | { readonly kind: "refuse"; readonly error: Error }
  /** Does it, and its answer is lost. */
  | { readonly kind: "lose answer" }
  /** Does nothing, and nobody can tell. */
  | { readonly kind: "lose request" }
  /** Does it, and never answers. */
  | { readonly kind: "hang" };

type Method = "issueTypes" | "create" | "read" | "edit" | "findLabelled" | "transitions" | "transition";

/** A workflow as many have it: everything can be closed, and what is closed can be opened again. */
const open = { name: "Reopen", to: "To Do" };
const workflow: Readonly<Record<string, readonly Omit<TrackerTransition, "id">[]>> = {
  "To Do": [
    { name: "Start", to: "In Progress" },
    { name: "Reject", to: "Won't do", toDone: true },
    { name: "Finish", to: "Done", toDone: true },
  ],
  "In Progress": [{ name: "Finish", to: "Done", toDone: true }],
  Done: [open],
  "Won't do": [open],
};

const doneStatuses = ["Done", "Won't do"];

/** A tracker in memory. Its time is its own, and counts calls. */
export class MemoryTracker implements IssueTracker {
  readonly issues: KeptIssue[] = [];
  /** As `create PLAY`, `read PLAY-1`, in order. */
  readonly calls: string[] = [];
  readonly changes: string[] = [];
  types: readonly string[] | undefined = ["Task", "Bug"];
  moves = workflow;
  now = 0;
  /** How long searches do not know a new issue, by `now`. */
  searchLag = 0;
  readonly #faults = new Map<Method, TrackerFault[]>();

  /** The next calls fail so, one after the other. */
  failWith(method: Method, ...faults: readonly TrackerFault[]): void {
    this.#faults.set(method, [...(this.#faults.get(method) ?? []), ...faults]);
  }

  issue(key: string): KeptIssue {
    const issue = this.issues.find((candidate) => candidate.key === key);
    if (issue === undefined) throw new TypeError(`There is no ${key}`);
    return issue;
  }

  /** What somebody else does to it. */
  set(key: string, change: Partial<KeptIssue>): void {
    const position = this.issues.indexOf(this.issue(key));
    const { isDone: _, ...changed } = { ...this.issue(key), ...change };
    this.issues[position] = doneStatuses.includes(changed.status) ? { ...changed, isDone: true } : changed;
  }

  delete(key: string): void {
    this.issues.splice(this.issues.indexOf(this.issue(key)), 1);
  }

  whoAmI(): Promise<TrackerUser> {
    return Promise.reject(new TypeError("Nobody asks"));
  }

  async issueTypes(projectKey: string): Promise<readonly string[] | undefined> {
    return this.#call("issueTypes", projectKey, () => this.types);
  }

  async create({ projectKey, type, summary, description, labels = [] }: NewIssue): Promise<Pick<TrackerIssue, "key" | "url">> {
    return this.#call("create", projectKey, () => {
      const key = `${projectKey}-${this.issues.length + 1}`;
      const url = `https://tracker.example/browse/${key}`;
      const texts = { summary, type, labels, ...(description === undefined ? {} : { description }) };
      this.issues.push({ key, url, projectKey, status: "To Do", searchableAt: this.now + this.searchLag, ...texts });
      this.changes.push(`created ${key}`);
      return { key, url };
    });
  }

  async read(key: string): Promise<TrackerIssue | undefined> {
    return this.#call("read", key, () => this.issues.find((issue) => issue.key === key || issue.labels.includes(`formerly ${key}`)));
  }

  async edit(key: string, change: { readonly summary?: string; readonly description?: string }): Promise<void> {
    await this.#call("edit", key, () => {
      this.set(key, change);
      this.changes.push(`edited ${Object.keys(change).join(" and ")} of ${key}`);
    });
  }

  async findLabelled(projectKey: string, label: string): Promise<readonly TrackerIssue[]> {
    return this.#call("findLabelled", projectKey, () =>
      this.issues.filter((issue) => issue.projectKey === projectKey && issue.labels.includes(label) && issue.searchableAt <= this.now),
    );
  }

  async transitions(key: string): Promise<readonly TrackerTransition[]> {
    return this.#call("transitions", key, () =>
      (this.moves[this.issue(key).status] ?? []).map((move, index) => ({ id: String(index), ...move })),
    );
  }

  async transition(key: string, { name, to }: TrackerTransition): Promise<void> {
    await this.#call("transition", key, () => {
      this.set(key, { status: to });
      this.changes.push(`${name} ${key}`);
    });
  }

  comment(): Promise<void> {
    return Promise.reject(new TypeError("Nobody comments"));
  }

  findAssignable(): Promise<readonly TrackerUser[]> {
    return Promise.reject(new TypeError("Nobody asks"));
  }

  assign(): Promise<void> {
    return Promise.reject(new TypeError("Nobody assigns"));
  }

  search(): Promise<readonly TrackerIssue[]> {
    return Promise.reject(new TypeError("Nobody searches"));
  }

  async #call<T>(method: Method, about: string, run: () => T): Promise<T> {
    this.calls.push(`${method} ${about}`);
    // As a request over a network, it takes its time.
    await new Promise((resolve) => setImmediate(resolve));
    const fault = this.#faults.get(method)?.shift();
    if (fault?.kind === "refuse") throw fault.error;
    if (fault?.kind === "lose request") throw lost;
    const result = run();
    if (fault?.kind === "lose answer") throw lost;
    if (fault?.kind === "hang") return new Promise(() => undefined);
    return result;
  }
}

const lost = new RemoteError("The tracker gave no answer.", { outcomeUnknown: true });

export const refusal = {
  notFound: new NotFoundError("There is no such thing."),
  token: new RemoteError("The tracker does not accept the token (401).", { status: 401 }),
  badRequest: new RemoteError("The tracker refuses this (400).", { status: 400 }),
  broken: new RemoteError("The tracker failed (503).", { status: 503 }),
} as const;
