import { RemoteError } from "../../core/errors.js";
import type { HostedRepository, ReadCommit } from "../../core/repository-host.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import type { HostAsker } from "../../vocabulary/host-asker.js";
import { firstOf, listOf, nextNumber, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import { addressIn, countIn, known, refIn } from "../../vocabulary/remote-members.js";
import type { CommitRange, HostBranch, HostPullRequest, RepositorySource, Totals } from "../../vocabulary/repository-source.js";
import { toBranch, toCommit, toPullRequest } from "./repository-answers.js";

interface Place {
  readonly asker: HostAsker;
  /** Address of the API. */
  readonly api: string;
  readonly title: string;
  /** Version 3: it counts pages of commits from 0, and gives all branches and tags at once. */
  readonly isLegacy: boolean;
}

/** A project below the API. */
interface Project extends Place {
  readonly url: string;
  /** Where people open it. */
  readonly webUrl: string | undefined;
  readonly hasMergeRequests: boolean;
  /** Somebody pushed to it; its lists may be missing before. */
  readonly hasBranches: boolean;
  /** Of its default branch, where the account may see it. */
  readonly commits: number | undefined;
}

/** A project's repository as GitLab's API shows it. @throws RemoteError */
export async function openRepositorySource({ id }: HostedRepository, place: Place): Promise<RepositorySource> {
  if (!/^\d+$/.test(id)) throw notThere();
  const url = `${place.api}/projects/${id}`;
  const answer = (await place.asker.find({ url: `${url}?statistics=true` }))?.json;
  if (answer === undefined || String(countIn(answer, "id")) !== id) throw notThere();
  const main = refIn(answer, "default_branch");
  const project: Project = {
    ...{ ...place, url, webUrl: addressIn(answer, "web_url"), hasBranches: main !== undefined },
    hasMergeRequests: isOn(answer, "merge_requests"),
    commits: countIn(ownMember(answer, "statistics"), "commit_count"),
  };
  // Where it is switched off, every question about it is answered with 403.
  return isOn(answer, "repository") ? sourceOf(project, main) : switchedOff;
}

function sourceOf(project: Project, main: string | undefined): RepositorySource {
  return {
    branches: () => readBranches(project, main),
    tags: () => firstOf((page) => readTags(project, page)),
    commits: (range, page) => readCommits(project, range, page),
    commit: (hash) => readCommit(project, hash),
    pullRequests: (since, page) => readMergeRequests(project, since, page),
    totals: () => count(project),
  };
}

const switchedOff: RepositorySource = {
  branches: async () => [],
  tags: async () => [],
  commits: async () => undefined,
  commit: async () => undefined,
  pullRequests: async () => ({ items: [] }),
  totals: async () => ({ commits: 0, pullRequests: 0 }),
};

function notThere(): RemoteError {
  return new RemoteError("there is no such project any more, or the account may not see it (404)", { status: 404 });
}

/** A project's features have levels since version 12; before, they were on or off. */
function isOn(answer: unknown, feature: "repository" | "merge_requests"): boolean {
  return ownText(answer, `${feature}_access_level`) !== "disabled" && ownMember(answer, `${feature}_enabled`) !== false;
}

/** "List repository branches", each with its last commit. */
async function readBranches(project: Project, main: string | undefined): Promise<readonly HostBranch[]> {
  const branches = await firstOf((page) => readNames(project, "branches", page, (entry) => toBranch(entry, project.webUrl) ?? []));
  return [...branches.filter(({ name }) => name === main), ...branches.filter(({ name }) => name !== main)];
}

/** "List project repository tags". */
function readTags(project: Project, page: number | undefined): Promise<HostPage<string>> {
  return readNames(project, "tags", page, (entry) => refIn(entry, "name") ?? []);
}

async function readNames<T>(
  { asker, url, title, isLegacy, hasBranches }: Project,
  list: "branches" | "tags",
  page = 1,
  read: (entry: unknown) => T | readonly T[],
): Promise<HostPage<T>> {
  const answer = await asker.find({ url: `${url}/repository/${list}?per_page=${pageSize}&page=${page}` });
  if (answer === undefined && hasBranches) throw notThere();
  if (answer === undefined) return { items: [] };
  const entries = listOf(answer, title);
  return { items: entries.flatMap(read), ...(isLegacy ? {} : nextNumber(answer, page, entries.length)) };
}

/**
 * "List repository commits" of a revision range, the newest first. A base that is not known is answered with an empty list as well as with 404,
 * so then it is asked for.
 */
async function readCommits(project: Project, { base, head }: CommitRange, position?: number): Promise<HostPage<ReadCommit> | undefined> {
  const { asker, url, title, webUrl } = project;
  const page = position ?? firstPage(project);
  const range = base === undefined ? head : `${base}..${head}`;
  const answer = await asker.find({ url: `${url}/repository/commits?ref_name=${range}&per_page=${pageSize}&page=${page}` }, [400, 404]);
  if (answer === undefined) return undefined;
  const entries = listOf(answer, title);
  if (entries.length === 0 && base !== undefined && (await readCommit(project, base)) === undefined) return undefined;
  return { items: entries.flatMap((entry) => toCommit(entry, webUrl) ?? []), ...nextNumber(answer, page, entries.length) };
}

function firstPage({ isLegacy }: Project): number {
  return isLegacy ? 0 : 1;
}

/** "Get a single commit". */
async function readCommit({ asker, url, webUrl }: Project, hash: string): Promise<ReadCommit | undefined> {
  const answer = await asker.find({ url: `${url}/repository/commits/${hash}?stats=false` });
  return toCommit(answer?.json, webUrl);
}

const newestFirst = "scope=all&state=all&order_by=updated_at&sort=desc";

/** "List project merge requests". Version 3 gives those that are older, too. */
async function readMergeRequests(project: Project, since: number | undefined, page = 1): Promise<HostPage<HostPullRequest>> {
  const { asker, url, title, webUrl, hasMergeRequests } = project;
  if (!hasMergeRequests) return { items: [] };
  const limit = since === undefined ? "" : `&updated_after=${new Date(since).toISOString()}`;
  const answer = await asker.ask({ url: `${url}/merge_requests?${newestFirst}${limit}&per_page=${pageSize}&page=${page}` });
  const entries = listOf(answer, title);
  const items = entries.flatMap((entry) => toPullRequest(entry, webUrl) ?? []).map((pullRequest) => ({ pullRequest }));
  return { items, ...nextNumber(answer, page, entries.length) };
}

/** GitLab counts commits now and then, and merge requests up to 10,000. */
async function count({ asker, url, commits, hasMergeRequests }: Project): Promise<Totals> {
  if (!hasMergeRequests) return known({ commits, pullRequests: 0 });
  const { headers } = await asker.ask({ url: `${url}/merge_requests?${newestFirst}&per_page=1` });
  const total = headers["x-total"] ?? "";
  return known({ commits, pullRequests: /^\d{1,9}$/.test(total) ? Number(total) : undefined });
}
