import { pageOf, type HostedRepositoryModel, type StandInCommit, type StandInPull } from "./hosted-repository.js";
import { json, type StandInAnswer, type StandInApi, type StandInRequest } from "./remote-stand-in.js";

export interface StandInGitHubRepositories {
  readonly token: string;
  readonly repositories: readonly HostedRepositoryModel[];
  /** Where its `Link` headers lead; its own address unless given. */
  readonly linksTo?: string;
}

/** NOT GITHUB: lists of repositories and what is in them, below `/api/v3`, as "REST API" documents them. */
export function gitHubRepositoriesApi({ token, repositories, linksTo = "http://stand-in" }: StandInGitHubRepositories): StandInApi {
  return (request) => {
    if (request.headers.authorization !== `Bearer ${token}`) return json({ message: "Bad credentials" }, 401);
    const list = (items: readonly unknown[]): StandInAnswer => listed(request, items, linksTo);
    if (request.path === "/api/v3/user/repos") return list(repositories.map(repositoryJson));
    const [, owner = "", name = "", rest = ""] = /^\/api\/v3\/repos\/([^/]+)\/([^/]+)(?:\/(.+))?$/.exec(request.path) ?? [];
    const repository = repositories.find((candidate) => candidate.name === `${owner}/${name}`);
    return repository === undefined ? notFound() : answer(repository, rest, request, list);
  };
}

function answer(
  repository: HostedRepositoryModel,
  rest: string,
  { query }: StandInRequest,
  list: (items: readonly unknown[]) => StandInAnswer,
): StandInAnswer {
  if (rest === "") return json(repositoryJson(repository));
  if (rest === "branches") return list([...repository.branches].sort(byName).map(([name, sha]) => ({ name, commit: { sha } })));
  if (rest === "tags") return list(repository.tags.map((name) => ({ name })));
  if (rest === "pulls") return list(repository.pullsByUpdate().map((pull) => pullJson(repository, pull)));
  if (rest === "commits") {
    const head = query.get("sha") ?? repository.branches.get(repository.defaultBranch);
    if (head === undefined) return json({ message: "Git Repository is empty." }, 409);
    const log = repository.log(head);
    return log === undefined ? notFound() : list(log.map(commitJson));
  }
  const [, base = "", head = ""] = /^compare\/([0-9a-f]+)\.\.\.([0-9a-f]+)$/.exec(rest) ?? [];
  return base === "" ? notFound() : compared(repository, base, head, query);
}

function compared(repository: HostedRepositoryModel, base: string, head: string, query: URLSearchParams): StandInAnswer {
  const log = repository.log(head, base);
  if (log === undefined || !repository.areRelated(base, head)) return notFound();
  const page = pageOf([...log].reverse(), Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 100));
  return json({ total_commits: log.length, commits: page.map(commitJson), files: [] });
}

function listed({ path, query }: StandInRequest, items: readonly unknown[], origin: string): StandInAnswer {
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 30)];
  const last = Math.ceil(items.length / size);
  const leads = (to: number, rel: string): string => `<${origin}${path}?${query.toString()}&page=${to}>; rel="${rel}"`;
  const link = page < last ? { link: [leads(page + 1, "next"), leads(last, "last")].join(", ") } : {};
  return { ...json(pageOf(items, page, size)), headers: link };
}

function notFound(): StandInAnswer {
  return json({ message: "Not Found" }, 404);
}

function byName([left]: readonly [string, string], [right]: readonly [string, string]): number {
  return left < right ? -1 : 1;
}

function repositoryJson({ id, name, defaultBranch }: HostedRepositoryModel): object {
  const url = `https://github.example.org/${name}`;
  return { id, full_name: name, clone_url: `${url}.git`, html_url: url, default_branch: defaultBranch, description: "Says hello\nto all" };
}

const author = { name: "Ada Example", email: "ada@example.org" };
const account = { login: "ada", html_url: "https://github.example.org/ada" };

function commitJson({ hash, message, parents, at }: StandInCommit): object {
  const signed = { ...author, date: new Date(at).toISOString() };
  const commit = { message, author: signed, committer: signed };
  const html = `https://github.example.org/commit/${hash}`;
  return { sha: hash, commit, author: account, parents: parents.map((sha) => ({ sha })), html_url: html };
}

function pullJson({ name, defaultBranch }: HostedRepositoryModel, { number, title, source, state, updatedAt }: StandInPull): object {
  return {
    ...{ number, title, body: `About ${title}`, state: state === "open" ? "open" : "closed", user: account },
    ...{ head: { ref: source }, base: { ref: defaultBranch }, html_url: `https://github.example.org/${name}/pull/${number}` },
    ...{ updated_at: new Date(updatedAt).toISOString(), merged_at: state === "merged" ? new Date(updatedAt).toISOString() : null },
    requested_reviewers: [{ login: "bo", html_url: "https://github.example.org/bo" }],
  };
}
