import type { SmartCommand } from "../smart-commits.js";
import type { QueuePlace, RoomQueueStore } from "./delivery-stores.js";
import type { StoreChange } from "./unit-of-work.js";

/** One command of a smart commit that waits to be carried out, in the order of its issue. */
export interface SmartCommitAction {
  readonly place: QueuePlace;
  /** In upper case. */
  readonly issueKey: string;
  readonly command: SmartCommand;
  /** The commit's hash in lower case; what has none is named by its provider, repository and id. */
  readonly commit: string;
  readonly authorEmail: string;
  /** When the commit was made, and when we took it; milliseconds since the epoch. */
  readonly happenedAt: number;
  readonly receivedAt: number;
  readonly provider: string;
  readonly repositoryId: string;
  /** The Jira that the provider is bound to, by its name. */
  readonly instance?: string;
  /** Equal for all commands that one submission of the commit has for one issue. */
  readonly claim: string;
  /** Place of the move whose comment this is: nothing is said of a move that was not made. */
  readonly after?: QueuePlace;
  /** The remote was about to be asked: whether it was changed is not known until the action ends. */
  readonly begun?: true;
}

/** How an action ended. */
export interface SmartCommitOutcome {
  readonly state: "done" | "refused" | "failed";
  /** A sentence. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A commit's commands for an issue, whoever told of them. */
export interface SmartCommitDeed {
  readonly commit: string;
  /** Address of the tracker. */
  readonly url: string;
  readonly issueKey: string;
}

/** Outcomes by the places of the actions. */
export interface SmartCommitOutcomes {
  outcomes(places: readonly QueuePlace[]): Promise<readonly (SmartCommitOutcome | undefined)[]>;
}

/** Actions, in queues by issue key; how they ended; and which commits were carried out. */
export interface SmartCommitStore extends RoomQueueStore<SmartCommitAction, string>, SmartCommitOutcomes {
  /** Puts it at its place, or in the place of what is there. */
  put(action: SmartCommitAction): StoreChange;
  has(action: Pick<SmartCommitAction, "issueKey" | "place">): Promise<boolean>;
  /** Takes it out of its queue. */
  end(action: SmartCommitAction, outcome: SmartCommitOutcome): readonly StoreChange[];
  /** Whose the deed is; undefined for one that was never begun, or longer ago than is remembered. */
  claimOf(deed: SmartCommitDeed): Promise<string | undefined>;
  putClaim(deed: SmartCommitDeed, claim: string, at: number): readonly StoreChange[];
  /** Removes a part of the outcomes and claims from before that time. @returns nothing once nothing is left of them */
  removeSlice(before: number, limit: number): Promise<readonly StoreChange[]>;
}
