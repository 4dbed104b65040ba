import { createHash } from "node:crypto";

/*
 * Commits as a forge sends them: about 600 bytes of JSON, an id of 40 hexadecimal digits, one issue key. Each request has a thousand of one
 * repository; the requests go round a hundred repositories. The same number always gives the same commit.
 */

export const entitiesPerRequest = 1_000;
export const repositoryCount = 100;
/** Of connected projects, so that the keys are known. */
export const loadProjects = ["P0", "P1", "P2", "P3", "P4"];
/** What every request tags its repository with, as github-for-jira does. */
export const installationId = "4711";

const entitiesPerKey = 50;
const firstSequence = 1_767_225_600_000;
const subjects = ["Open the door when the bell rings", "Do not leak handles of lamps", "Read settings of windows once", "Name what failed"];
const bodies = [
  "The old way asked the server for each of them, which took longer the more there were. Now they are asked for together.",
  "Found while looking for something else: the lock was taken twice where two people came at the same moment.",
];
const names = ["Ada Archer", "Björn Bäcker", "Chloé Carpenter", "Dmitri Dyer", "Emeka Engraver"];

export interface LoadCommit {
  readonly id: string;
  readonly issueKeys: readonly string[];
  readonly updateSequenceId: number;
  readonly [member: string]: unknown;
}

/** One request: for us as a body, for bare LevelDB as a batch of the same commits. */
export interface LoadRequest {
  readonly repositoryId: string;
  readonly body: Buffer;
  readonly batch: readonly { readonly type: "put"; readonly key: string; readonly value: string }[];
  readonly newest: LoadCommit;
}

export function keyCountOf(entities: number): number {
  return Math.max(1, Math.floor(entities / entitiesPerKey));
}

/** The key with that number, of as many as there are. Every key has 50 commits, far from each other. */
export function issueKey(number: number): string {
  return `${loadProjects[number % loadProjects.length] ?? "P0"}-${Math.floor(number / loadProjects.length) + 1}`;
}

/** The requests with these numbers. @param entities how many there will be in all */
export function loadRequests(first: number, count: number, entities: number): readonly LoadRequest[] {
  return Array.from({ length: count }, (_, index) => loadRequest(first + index, entities));
}

function loadRequest(number: number, entities: number): LoadRequest {
  const repositoryId = `repo-${number % repositoryCount}`;
  const keys = keyCountOf(entities);
  const commits = Array.from({ length: entitiesPerRequest }, (_, index) => {
    const which = number * entitiesPerRequest + index;
    // A prime: neighbours name different issues.
    return loadCommit(which, repositoryId, issueKey((which * 7_919) % keys));
  });
  const newest = commits.at(-1);
  if (newest === undefined) throw new TypeError("a request without commits");
  return {
    ...{ repositoryId, newest, body: bodyOf(repositoryId, commits, { installationId }) },
    batch: commits.map((commit) => ({ type: "put", key: `${repositoryId} commit ${commit.id}`, value: JSON.stringify(commit) })),
  };
}

/** A request's body. @param properties absent: it tags nothing */
export function bodyOf(
  repositoryId: string,
  commits: readonly LoadCommit[],
  properties?: Readonly<Record<string, string>>,
  operationType = "NORMAL",
): Buffer {
  const repository = {
    id: repositoryId,
    name: `team/${repositoryId}`,
    url: `https://git.example.org/team/${repositoryId}`,
    updateSequenceId: Math.max(firstSequence, ...commits.map(({ updateSequenceId }) => updateSequenceId)),
    commits,
  };
  return Buffer.from(
    JSON.stringify({ repositories: [repository], preventTransitions: true, operationType, ...(properties && { properties }) }),
  );
}

export function loadCommit(number: number, repositoryId: string, key: string): LoadCommit {
  const id = createHash("sha1").update(`${repositoryId} ${number}`).digest("hex");
  const name = names[number % names.length] ?? "";
  const username = name.split(" ")[0]?.toLowerCase() ?? "";
  return {
    ...{ id, issueKeys: [key], updateSequenceId: firstSequence + number },
    message: `${key} ${subjects[number % subjects.length] ?? ""}\n\n${bodies[number % bodies.length] ?? ""}`,
    author: { name, username, email: `${username}@example.org`, url: `https://git.example.org/${username}` },
    ...{ fileCount: number % 17, authorTimestamp: new Date(firstSequence + number * 1_000).toISOString(), displayId: id.slice(0, 7) },
    ...{ hash: id, flags: [], url: `https://git.example.org/team/${repositoryId}/commit/${id}` },
  };
}

/** A commit whose every field is as long as it may be; a thousand of them are 31 MB. */
export function largeCommit(number: number, repositoryId: string, key: string): LoadCommit {
  const commit = loadCommit(number, repositoryId, key);
  const files = Array.from({ length: 10 }, (_, index) => ({
    path: `src/${index}/`.padEnd(1_024, "p"),
    url: `${String(commit["url"])}/${index}/`.padEnd(1_950, "u"),
    ...{ changeType: "MODIFIED", linesAdded: number % 100, linesRemoved: number % 10 },
  }));
  return { ...commit, message: String(commit["message"]).padEnd(1_024, "m"), files };
}
