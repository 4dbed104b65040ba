import type { DevinfoEntityType, DevinfoEntry, DevinfoResult, DevinfoSubmission } from "../../src/core/devinfo.js";
import type { DevinfoOutcome, RecordedEntry } from "../../src/core/ports/devinfo.js";
import { branch, commit, pullRequest, type Sent } from "./devinfo-samples.js";

/** An entity as it is stored, from what a tool sends. */
export function entryOf(type: DevinfoEntityType, sent: Sent): DevinfoEntry {
  const { id, issueKeys, updateSequenceId, authorTimestamp, lastUpdate } = sent;
  const happenedAt = Date.parse(String(authorTimestamp ?? lastUpdate));
  return {
    type,
    id: String(id),
    // As the samples have them.
    issueKeys: issueKeys as readonly string[],
    updateSequenceId: BigInt(Number(updateSequenceId)),
    happenedAt: Number.isNaN(happenedAt) ? 0 : happenedAt,
    json: JSON.stringify(sent),
  };
}

export function commitEntry(id: string, changes: Sent = {}): DevinfoEntry {
  return entryOf("commit", commit(id, 1, changes));
}

export function branchEntry(id: string, changes: Sent = {}): DevinfoEntry {
  return entryOf("branch", branch(id, 1, changes));
}

export function pullEntry(id: string, changes: Sent = {}): DevinfoEntry {
  return entryOf("pull_request", pullRequest(id, 1, changes));
}

/** What became of an entity. */
export function recorded(entry: DevinfoEntry, before?: DevinfoEntry, result: DevinfoResult = "stored"): RecordedEntry {
  return { entry, result, ...(before === undefined ? {} : { before }) };
}

/** What became of entities, by the names of their repositories. */
export function outcomeOf(repositories: Readonly<Record<string, readonly RecordedEntry[]>>, record: Sent = {}): DevinfoOutcome {
  return {
    at: 1,
    repositories: Object.entries(repositories).map(([id, entries]) => ({
      repository: {
        id,
        updateSequenceId: 1n,
        json: JSON.stringify({ id, name: id, url: `https://git.example.org/octo/${id}`, ...record }),
        entries: entries.map(({ entry }) => entry),
      },
      result: "stored",
      entries,
    })),
  };
}

/** The submission that an outcome is of. */
export function submissionOf({ repositories }: DevinfoOutcome, given: Partial<DevinfoSubmission> = {}): DevinfoSubmission {
  return {
    ...{ provider: "ci", isBackfill: false, preventTransitions: false },
    repositories: repositories.map(({ repository }) => repository),
    ...given,
  };
}
