import { RemoteError } from "../../core/errors.js";
import type { HostedRepository, ReadCommit } from "../../core/repository-host.js";
import { ownMember } from "../../shared/own-member.js";
import type { HostAsker } from "../../vocabulary/host-asker.js";
import { countOfSingles, firstOf, listOf, nextNumber, pageSize, type HostPage } from "../../vocabulary/host-pages.js";
import { addressIn, countIn, refIn } from "../../vocabulary/remote-members.js";
import type { CommitRange, HostBranch, HostPullRequest, RepositorySource, Totals } from "../../vocabulary/repository-source.js";
import { nameIn, parseFullName, toBranch, toCommit, toPullRequest } from "./repository-answers.js";
import { nameOf, type RepositoryName } from "./repository-name.js";

interface Place {
  readonly asker: HostAsker;
  /** Address of the API. */
  readonly api: string;
  readonly title: string;
}

/** What GitHub says of a repository that is empty ("Git Repository is empty"). */
const empty = 409;

/** The same, and what it says of commits that it does not know. */
const unknown = [404, empty, 422];

/**
 * A repository as GitHub's REST API shows it. A name may be another repository's by now, so what is there has to have the id.
 * @throws RemoteError
 */
export async function openRepositorySource(repository: HostedRepository, place: Place): Promise<RepositorySource> {
  const answer = (await place.asker.find({ url: repositoryUrl(nameOfHosted(repository), place) }))?.json;
  const name = nameIn(answer);
  if (name === undefined || String(countIn(answer, "id")) !== repository.id) throw notThere();
  const repo = { ...place, url: repositoryUrl(name, place) };
  const main = refIn(answer, "default_branch");
  return {
    branches: () => readBranches(repo, main, addressIn(answer, "html_url")),
    tags: () => firstOf((page) => readTags(repo, page)),
    commits: (range, page) => (range.base === undefined ? readHistory(repo, range.head, page) : compare(repo, range, page)),
    commit: (hash) => readCommit(repo, hash),
    pullRequests: (_since, page) => readPullRequests(repo, page),
    totals: () => count(repo),
  };
}

/** A place with the address of its repository below the API. */
interface Repo extends Place {
  readonly url: string;
}

function nameOfHosted({ name }: HostedRepository): RepositoryName {
  const parsed = parseFullName(name);
  if (parsed === undefined) throw notThere();
  return parsed;
}

function notThere(): RemoteError {
  return new RemoteError("there is no such repository any more, or the account may not see it (404)", { status: 404 });
}

function repositoryUrl(name: RepositoryName, { api }: Place): string {
  return `${api}/repos/${nameOf(name)}`;
}

/** "List branches". It says of each what its head is called, and no more. */
async function readBranches(repo: Repo, main: string | undefined, webUrl: string | undefined): Promise<readonly HostBranch[]> {
  const branches = await firstOf((page) =>
    readList(repo, "branches?", page, (entry) => {
      const branch = toBranch(entry, webUrl);
      return branch === undefined ? [] : [branch];
    }),
  );
  return [...branches.filter(({ name }) => name === main), ...branches.filter(({ name }) => name !== main)];
}

/** "List repository tags". */
function readTags(repo: Repo, page: number | undefined): Promise<HostPage<string>> {
  return readList(repo, "tags?", page, (entry) => refIn(entry, "name") ?? []);
}

/** "List commits", the newest first. */
async function readHistory(repo: Repo, head: string, page = 1): Promise<HostPage<ReadCommit> | undefined> {
  const answer = await repo.asker.find({ url: `${repo.url}/commits?sha=${head}&per_page=${pageSize}&page=${page}` }, unknown);
  if (answer === undefined) return undefined;
  const entries = listOf(answer, repo.title);
  return { items: commitsOf(entries), ...nextNumber(answer, page, entries.length) };
}

/** "Compare two commits", the oldest first. 404 where one of the two is gone, and where they have no common ancestor. */
async function compare(repo: Repo, { base, head }: CommitRange, page = 1): Promise<HostPage<ReadCommit> | undefined> {
  const url = `${repo.url}/compare/${base ?? head}...${head}?per_page=${pageSize}&page=${page}`;
  const answer = await repo.asker.find({ url }, unknown);
  if (answer === undefined) return undefined;
  const entries = listOf({ ...answer, json: ownMember(answer.json, "commits") }, repo.title);
  const isLast = entries.length === 0 || page * pageSize >= (countIn(answer.json, "total_commits") ?? 0);
  return { items: commitsOf(entries), ...(isLast ? {} : { next: page + 1 }) };
}

function commitsOf(entries: readonly unknown[]): readonly ReadCommit[] {
  return entries.flatMap((entry) => toCommit(entry) ?? []);
}

/** "Get a commit" would bring everything that it changes. */
async function readCommit({ asker, url, title }: Repo, hash: string): Promise<ReadCommit | undefined> {
  const answer = await asker.find({ url: `${url}/commits?sha=${hash}&per_page=1` }, unknown);
  const [commit] = answer === undefined ? [] : commitsOf(listOf(answer, title));
  return commit?.id === hash ? commit : undefined;
}

/** "List pull requests". 404 where they are switched off. */
function readPullRequests(repo: Repo, page: number | undefined): Promise<HostPage<HostPullRequest>> {
  const read = (entry: unknown): readonly HostPullRequest[] => {
    const pullRequest = toPullRequest(entry);
    return pullRequest === undefined ? [] : [{ pullRequest }];
  };
  return readList(repo, "pulls?state=all&sort=updated&direction=desc&", page, read, [404, empty]);
}

async function readList<T>(
  { asker, url, title }: Repo,
  list: string,
  page = 1,
  read: (entry: unknown) => T | readonly T[],
  absent = [empty],
): Promise<HostPage<T>> {
  const answer = await asker.find({ url: `${url}/${list}per_page=${pageSize}&page=${page}` }, absent);
  if (answer === undefined) return { items: [] };
  const entries = listOf(answer, title);
  return { items: entries.flatMap(read), ...nextNumber(answer, page, entries.length) };
}

/** Commits are those of the default branch. */
async function count(repo: Repo): Promise<Totals> {
  const [commits, pullRequests] = [await countList(repo, "commits?"), await countList(repo, "pulls?state=all&")];
  return { commits, pullRequests };
}

async function countList({ asker, url, title }: Repo, list: string): Promise<number> {
  const answer = await asker.find({ url: `${url}/${list}per_page=1` }, [404, empty]);
  return answer === undefined ? 0 : countOfSingles(answer, listOf(answer, title).length);
}
