import type { Secret } from "../shared/secret.js";
import type { HttpClient } from "./ports/http-client.js";

/** Whose account a tracker acts with. */
export interface TrackerAccess {
  /** The remote: address as people open it. */
  readonly url: string;
  readonly username?: string;
  /** A token, or the user's password where `username` is there. */
  readonly token: Secret;
  /** It is no password: `username` counts only where the remote wants one beside a token. */
  readonly isToken?: true;
  /** Where the service tells kinds of installation apart; absent: it follows from the address. */
  readonly deployment?: string;
  /** Path of its API below `url`, where that is not the usual one. */
  readonly apiPath?: string;
  /** The way there; absent: that to addresses which the configuration names. */
  readonly http?: HttpClient;
}

export interface TrackerIssue {
  readonly key: string;
  /** Where people open it. */
  readonly url: string;
  readonly projectKey: string;
  readonly summary: string;
  readonly type: string;
  readonly status: string;
  /** Its work is over, as the tracker sees it. Absent: it is not, or the tracker does not say. */
  readonly isDone?: true;
  readonly assignee?: string;
  readonly reporter?: string;
  readonly priority?: string;
  readonly labels: readonly string[];
  /** As plain text. */
  readonly description?: string;
}

export interface NewIssue {
  readonly projectKey: string;
  /** Name of one of the project's issue types. */
  readonly type: string;
  readonly summary: string;
  /** Plain text; nothing in it is markup. */
  readonly description?: string;
  readonly labels?: readonly string[];
}

/** A move that the issue's workflow allows now. */
export interface TrackerTransition {
  readonly id: string;
  readonly name: string;
  /** Name of the status that it leads to. */
  readonly to: string;
  /** In that status the work is over, as the tracker sees it. */
  readonly toDone?: true;
}

export interface TrackerUser {
  /** What the remote knows the person by: account id, or user name on Server and Data Center. */
  readonly id: string;
  readonly displayName: string;
  readonly email?: string;
}

/**
 * Makes and changes issues at a remote, as one account: commands in rooms and registered connectors use the same one.
 * Every method throws RemoteError with a sentence that names reason and remedy; `outcomeUnknown` where a change may have been made.
 */
export interface IssueTracker {
  whoAmI(): Promise<TrackerUser>;
  /** Names of the types that an issue of the project may have; undefined when the account sees no such project. */
  issueTypes(projectKey: string): Promise<readonly string[] | undefined>;
  create(issue: NewIssue): Promise<Pick<TrackerIssue, "key" | "url">>;
  /** Undefined when there is none or the account may not see it. The answer's key differs for an issue that was moved. */
  read(key: string): Promise<TrackerIssue | undefined>;
  comment(key: string, text: string): Promise<void>;
  /** Sets what is given; the rest stays. */
  edit(key: string, change: Partial<Pick<NewIssue, "summary" | "description">>): Promise<void>;
  /** The project's issues that carry a label, in any status, oldest first; a new one may be missing for seconds. */
  findLabelled(projectKey: string, label: string): Promise<readonly TrackerIssue[]>;
  transitions(key: string): Promise<readonly TrackerTransition[]>;
  transition(key: string, transition: TrackerTransition): Promise<void>;
  /** People whom the issue may be assigned to and whose name fits what was typed. */
  findAssignable(key: string, typed: string): Promise<readonly TrackerUser[]>;
  assign(key: string, user: TrackerUser): Promise<void>;
  /** @param query in the remote's own query language (JQL) */
  search(query: string, limit: number): Promise<readonly TrackerIssue[]>;
}
