import type { HostedRepositoryModel, StandInCommit, StandInPull } from "./hosted-repository.js";
import type { StandInAnswer, StandInRequest } from "./remote-stand-in.js";

/** Before all JSON of Gerrit's. */
export function gerritJson(value: unknown): StandInAnswer {
  return { status: 200, body: `)]}'\n${JSON.stringify(value)}` };
}

/**
 * "Projects" and "Changes" of the REST API, for who showed an account; paths are those below `/a`. An account may query so many changes at
 * once. Undefined for other paths.
 */
export function answerProjects(
  path: string,
  { query }: StandInRequest,
  projects: readonly HostedRepositoryModel[],
  queryLimit = 500,
): StandInAnswer | undefined {
  if (path === "/projects/") return listProjects(projects, query);
  if (path === "/changes/") return listChanges(projects, query, queryLimit);
  const [, name = "", rest = ""] = /^\/projects\/([^/]+)\/(.+)$/.exec(path) ?? [];
  if (name === "") return undefined;
  const project = projects.find((candidate) => candidate.name === decodeURIComponent(name));
  return (project === undefined ? undefined : answer(project, rest, query)) ?? { status: 404, body: `Not found: ${name}` };
}

function answer(project: HostedRepositoryModel, rest: string, query: URLSearchParams): StandInAnswer | undefined {
  if (rest === "branches/") {
    const settings = { ref: "refs/meta/config", revision: "c".repeat(40) };
    const refs = [...project.branches].sort().map(([name, revision]) => ({ ref: `refs/heads/${name}`, revision }));
    return gerritJson(skipped([{ ref: "HEAD", revision: project.defaultBranch }, settings, ...refs], query));
  }
  if (rest === "tags/")
    return gerritJson(
      skipped(
        project.tags.map((name) => ({ ref: `refs/tags/${name}` })),
        query,
      ),
    );
  const commit = project.find(/^commits\/([0-9a-f]+)$/.exec(rest)?.[1] ?? "");
  return commit === undefined ? undefined : gerritJson({ commit: commit.hash, ...commitJson(commit) });
}

function listProjects(projects: readonly HostedRepositoryModel[], query: URLSearchParams): StandInAnswer {
  const entries = [...projects].sort((left, right) => (left.name < right.name ? -1 : 1)).map(({ name }) => name);
  return gerritJson(Object.fromEntries(skipped(["All-Users", ...entries], query).map((name) => [name, { id: encodeURIComponent(name) }])));
}

function listChanges(projects: readonly HostedRepositoryModel[], query: URLSearchParams, limit: number): StandInAnswer {
  const [, name = ""] = /^project:"(.*)"$/.exec(query.get("q") ?? "") ?? [];
  const project = projects.find((candidate) => candidate.name === name.replace(/\\(.)/g, "$1"));
  if (project === undefined) return gerritJson([]);
  const all = project.pullsByUpdate().map((pull) => changeJson(project, pull));
  const [from, count] = [Number(query.get("S")), Math.min(Number(query.get("n")), limit)];
  const page = all.slice(from, from + count);
  const isLast = from + count >= all.length;
  return gerritJson(page.map((change, index) => (!isLast && index === page.length - 1 ? { ...change, _more_changes: true } : change)));
}

function skipped<T>(items: readonly T[], query: URLSearchParams): readonly T[] {
  const from = Number(query.get("S"));
  return items.slice(from, from + Number(query.get("n")));
}

/** As `2013-02-01 09:59:32.126000000`. */
function timestamp(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace("Z", "000000");
}

function commitJson({ message, parents, at }: StandInCommit): object {
  const author = { name: "Ada Example", email: "ada@example.org", date: timestamp(at), tz: 60 };
  return { message, parents: parents.map((commit) => ({ commit })), author, committer: author };
}

const statuses = { open: "NEW", merged: "MERGED", closed: "ABANDONED" } as const;
const bo = { _account_id: 2, name: "Bo Example", username: "bo" };

function changeJson(project: HostedRepositoryModel, { number, title, state, updatedAt, hash, source }: StandInPull): object {
  const commit = project.find(hash) ?? { hash, message: title, parents: [], at: updatedAt };
  const ref = `refs/changes/${String(number % 100).padStart(2, "0")}/${number}/1`;
  return {
    ...{ _number: number, project: project.name, branch: project.defaultBranch, topic: source, subject: title, status: statuses[state] },
    ...{ updated: timestamp(updatedAt), owner: { _account_id: 1, name: "Ada Example", username: "ada" }, total_comment_count: 2 },
    ...{ current_revision: commit.hash, revisions: { [commit.hash]: { ref, commit: commitJson(commit) } } },
    reviewers: { REVIEWER: [bo, { _account_id: 3, name: "Cy Example" }] },
    labels: {
      "Code-Review": {
        values: { "-2": "No", " 0": "None", "+1": "Good", "+2": "Go" },
        all: [
          { ...bo, value: 2 },
          { _account_id: 3, value: 1 },
        ],
      },
    },
  };
}
