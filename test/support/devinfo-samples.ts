import { createHash } from "node:crypto";

/** Something as tools send it. */
export type Sent = Readonly<Record<string, unknown>>;

/** The hash of a commit, by a number. */
export function hash(number: number): string {
  return createHash("sha1").update(String(number)).digest("hex");
}

/** A commit that fits, with what has to be there. */
export function commit(id: string, updateSequenceId = 1, changes: Sent = {}): Sent {
  return {
    id,
    issueKeys: ["PLAY-1"],
    updateSequenceId,
    message: `PLAY-1 ${id}`,
    author: { name: "Ann Lee", email: "ann@example.org" },
    authorTimestamp: "2026-01-31T12:00:00Z",
    displayId: id.slice(0, 7),
    fileCount: 1,
    url: `https://git.example.org/octo/hello/commit/${id}`,
    ...changes,
  };
}

export function branch(id: string, updateSequenceId = 1, changes: Sent = {}): Sent {
  return {
    id,
    issueKeys: ["PLAY-1"],
    updateSequenceId,
    name: `PLAY-1-${id}`,
    lastCommit: commit(`last-of-${id}`, updateSequenceId),
    url: `https://git.example.org/octo/hello/tree/${id}`,
    ...changes,
  };
}

export function pullRequest(id: string, updateSequenceId = 1, changes: Sent = {}): Sent {
  return {
    id,
    issueKeys: ["PLAY-1"],
    updateSequenceId,
    status: "OPEN",
    title: `PLAY-1 ${id}`,
    author: { name: "Ann Lee", email: "ann@example.org" },
    commentCount: 0,
    sourceBranch: "feature",
    destinationBranch: "main",
    lastUpdate: "2026-01-31T12:00:00Z",
    url: `https://git.example.org/octo/hello/pull/${id}`,
    displayId: `#${id}`,
    ...changes,
  };
}

/** A repository with its entities. */
export function repository(id: string, updateSequenceId = 1, content: Sent = {}): Sent {
  return { id, name: id, url: `https://git.example.org/octo/${id}`, updateSequenceId, ...content };
}

/** A body of `POST /bulk`. */
export function bulk(repositories: readonly Sent[], envelope: Sent = {}): Sent {
  return { repositories, ...envelope };
}
