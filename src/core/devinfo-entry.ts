import type { DevinfoBranch, DevinfoCommit, DevinfoEntry, DevinfoPullRequest, DevinfoRepository, SubmittedRepository } from "./devinfo.js";

/** A repository that we read ourselves, with what is new in it, ready to be stored. */
export function toSubmitted(
  { updateSequenceId, ...record }: DevinfoRepository,
  content: {
    readonly commits?: readonly DevinfoCommit[];
    readonly branches?: readonly DevinfoBranch[];
    readonly pullRequests?: readonly DevinfoPullRequest[];
  } = {},
): SubmittedRepository {
  const { commits = [], branches = [], pullRequests = [] } = content;
  return {
    id: record.id,
    updateSequenceId: BigInt(updateSequenceId),
    json: JSON.stringify(record),
    entries: [
      ...commits.map((commit) => toEntry("commit", commit, commit.authorTimestamp)),
      ...branches.map((branch) => toEntry("branch", branch, branch.lastCommit.authorTimestamp)),
      ...pullRequests.map((pull) => toEntry("pull_request", pull, pull.lastUpdate)),
    ],
  };
}

function toEntry(type: DevinfoEntry["type"], entity: DevinfoCommit | DevinfoBranch | DevinfoPullRequest, happenedAt: string): DevinfoEntry {
  const { id, issueKeys, updateSequenceId } = entity;
  return { type, id, issueKeys, updateSequenceId: BigInt(updateSequenceId), happenedAt: toTime(happenedAt), json: JSON.stringify(entity) };
}

/** ISO 8601 to milliseconds since the epoch; 0 for what is no time. */
export function toTime(text: string): number {
  const time = Date.parse(text);
  return Number.isFinite(time) ? Math.max(time, 0) : 0;
}

/** An entity to be shown. The sequences in it may have lost digits; the entry's own has not. */
export type ShownDevinfo =
  | { readonly type: "commit"; readonly entity: DevinfoCommit }
  | { readonly type: "branch"; readonly entity: DevinfoBranch }
  | { readonly type: "pull_request"; readonly entity: DevinfoPullRequest };

export function showEntry({ type, json }: Pick<DevinfoEntry, "type" | "json">): ShownDevinfo {
  // Whoever made the entry judged the entity by the type's schema.
  return { type, entity: JSON.parse(json) as unknown } as ShownDevinfo;
}
