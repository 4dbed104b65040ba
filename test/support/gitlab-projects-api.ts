import { pageOf, type HostedRepositoryModel, type StandInCommit, type StandInPull } from "./hosted-repository.js";
import { json, type StandInAnswer, type StandInRequest } from "./remote-stand-in.js";

/** "Projects API", "Commits API", "Branches API", "Tags API" and "Merge requests API", for who showed an account. Undefined for other paths. */
export function answerProjects(
  { path, query }: StandInRequest,
  version: "v3" | "v4",
  projects: readonly HostedRepositoryModel[],
): StandInAnswer | undefined {
  const [, id = "", rest = ""] = /^\/api\/v[34]\/projects(?:\/(\d+)(?:\/(.+))?)?$/.exec(path) ?? [];
  if (path === `/api/${version}/projects`) return listProjects(projects, query, version);
  const project = projects.find((candidate) => String(candidate.id) === id);
  if (project === undefined) return path.includes("/projects/") ? notFound() : undefined;
  if (rest === "") return json(projectJson(project, query.get("statistics") === "true"));
  return answer(project, rest, query, version);
}

function listProjects(projects: readonly HostedRepositoryModel[], query: URLSearchParams, version: "v3" | "v4"): StandInAnswer {
  if (version === "v3")
    return listed(
      projects.map((project) => projectJson(project, false)),
      query,
    );
  if (!query.has("id_after"))
    return listed(
      projects.map((project) => projectJson(project, false)),
      query,
    );
  const after = Number(query.get("id_after"));
  const rest = projects.filter(({ id }) => id > after).map((project) => projectJson(project, false));
  return json(rest.slice(0, Number(query.get("per_page"))));
}

function answer(project: HostedRepositoryModel, rest: string, query: URLSearchParams, version: "v3" | "v4"): StandInAnswer {
  // Version 3 gives them all at once.
  const listNames = (items: readonly unknown[]): StandInAnswer => (version === "v3" ? json(items) : listed(items, query));
  if (rest === "repository/branches") return listNames([...project.branches.keys()].sort().map((name) => branchJson(project, name)));
  if (rest === "repository/tags") return listNames(project.tags.map((name) => ({ name })));
  if (rest === "repository/commits") return listCommits(project, query, version);
  const commit = project.find(/^repository\/commits\/([0-9a-f]+)$/.exec(rest)?.[1] ?? "");
  if (commit !== undefined) return json(commitJson(commit));
  if (rest !== "merge_requests") return notFound();
  const since = version === "v3" ? undefined : query.get("updated_after");
  const found = project.pullsByUpdate(since === undefined || since === null ? 0 : Date.parse(since));
  return listed(
    found.map((pull) => mergeRequestJson(project, pull)),
    query,
  );
}

/** Of a range with something unknown there is nothing, which is no failure. */
function listCommits(project: HostedRepositoryModel, query: URLSearchParams, version: "v3" | "v4"): StandInAnswer {
  const [base = "", head] = (query.get("ref_name") ?? "").split("..");
  const log = (head === undefined ? project.log(base) : project.log(head, base)) ?? [];
  const page = Number(query.get("page")) + (version === "v3" ? 1 : 0);
  return json(pageOf(log, page, Number(query.get("per_page"))).map(commitJson));
}

function listed(items: readonly unknown[], query: URLSearchParams): StandInAnswer {
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 20)];
  const next = page * size < items.length ? String(page + 1) : "";
  const link = '<http://169.254.169.254/latest/meta-data?page=2>; rel="next"';
  return { ...json(pageOf(items, page, size)), headers: { "x-next-page": next, "x-total": String(items.length), link } };
}

function notFound(): StandInAnswer {
  return json({ message: "404 Not Found" }, 404);
}

function webUrl({ name }: HostedRepositoryModel): string {
  return `https://gitlab.example.org/${name}`;
}

function projectJson(project: HostedRepositoryModel, hasStatistics: boolean): object {
  const { id, name, defaultBranch } = project;
  const head = project.branches.get(defaultBranch);
  return {
    ...{ id, path_with_namespace: name, web_url: webUrl(project), http_url_to_repo: `${webUrl(project)}.git`, description: null },
    ...{ default_branch: head === undefined ? null : defaultBranch, merge_requests_access_level: "enabled" },
    ...(hasStatistics ? { statistics: { commit_count: head === undefined ? 0 : project.log(head)?.length } } : {}),
  };
}

function branchJson(project: HostedRepositoryModel, name: string): object {
  const commit = project.find(project.head(name));
  return { name, merged: project.isMerged(name), commit: commit === undefined ? null : commitJson(commit) };
}

function commitJson({ hash, message, parents, at }: StandInCommit): object {
  const date = new Date(at).toISOString().replace("Z", "+00:00");
  const people = { author_name: "Ada Example", author_email: "ada@example.org" };
  return { id: hash, message, title: message, ...people, authored_date: date, committed_date: date, parent_ids: parents };
}

const states = { open: "opened", merged: "merged", closed: "closed" } as const;

function mergeRequestJson(project: HostedRepositoryModel, { number, title, source, state, updatedAt }: StandInPull): object {
  return {
    ...{ id: 1_000 + number, iid: number, title, description: `About ${title}`, state: states[state], user_notes_count: 2 },
    ...{ source_branch: source, target_branch: project.defaultBranch, web_url: `${webUrl(project)}/-/merge_requests/${number}` },
    ...{ author: { username: "ada", name: "Ada Example" }, reviewers: [{ username: "bo", name: "Bo Example" }] },
    updated_at: new Date(updatedAt).toISOString(),
  };
}
