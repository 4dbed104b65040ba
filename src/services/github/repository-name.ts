import type { ConnectionState } from "../../core/connection.js";
import { parseHttpUrl } from "../../shared/url.js";
import type { GitHubSite } from "./site.js";
import { namedSite } from "./state-site.js";

type Place = Pick<GitHubSite, "webUrl">;

/** A repository by its names, as they were written; GitHub takes upper and lower case for the same. */
export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** An issue or a pull request: both are counted together. */
export interface IssueName extends RepositoryName {
  readonly number: number;
}

// What GitHub lets people call them. Nothing else may come into a request's path, where `..` would lead elsewhere.
const ownerPattern = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$/;
const repoPattern = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** What accounts can be called; robots end in `[bot]`. */
export function isLogin(typed: string): boolean {
  return ownerPattern.test(typed.replace(/\[bot\]$/, ""));
}

/** Undefined for names that no repository can have. */
export function repositoryName(owner: unknown, repo: unknown): RepositoryName | undefined {
  if (typeof owner !== "string" || typeof repo !== "string") return undefined;
  return ownerPattern.test(owner) && repoPattern.test(repo) ? { owner, repo } : undefined;
}

/** The repository that a room is connected to. */
export function repositoryOfState(state: ConnectionState): RepositoryName | undefined {
  return repositoryName(state["org"], state["repo"]);
}

/** `owner/repo`, or the repository's address in the browser with or without more behind it. */
export function parseRepository(typed: string, site: Place): RepositoryName | undefined {
  const path = pathOf(typed.trim(), site);
  const [owner, repo, ...others] = path?.parts ?? [];
  if (path === undefined || (others.length > 0 && !path.isAddress)) return undefined;
  return repositoryName(owner, repo?.replace(/\.git$/i, ""));
}

/** `owner/repo#12`, or the address of an issue or pull request. */
export function parseIssueName(typed: string, site: Place): IssueName | undefined {
  const word = typed.trim();
  const [, names, short] = /^([^#\s]+)#(\d{1,10})$/.exec(word) ?? [];
  if (names !== undefined && !names.includes(":")) return withNumber(parseRepository(names, site), short);
  const { parts, isAddress } = pathOf(word, site) ?? { parts: [], isAddress: false };
  const [owner, repo, kind, number] = parts;
  if (!isAddress || (kind !== "issues" && kind !== "pull" && kind !== "pulls")) return undefined;
  return withNumber(repositoryName(owner, repo), number);
}

/**
 * Does what was typed name something in the repository: `owner/repo#12`, or an address with that in it? A bare number does not, because
 * every repository has it. Where the state says at which GitHub the repository is, an address has to be there.
 */
export function ownsIssue(state: ConnectionState, typed: string): boolean {
  const repository = repositoryOfState(state);
  const site = namedSite(state);
  if (site !== undefined) {
    const issue = parseIssueName(typed, site);
    return repository !== undefined && issue !== undefined && isSameRepository(repository, issue);
  }
  const [, owner, repo] =
    /^(?:https?:\/\/.*\/)?([^/\s#]+)\/([^/\s#]+)(?:#|\/(?:issues|pulls?)\/)\d{1,10}(?:[/?#].*)?$/i.exec(typed.trim()) ?? [];
  const named = repositoryName(owner, repo);
  return repository !== undefined && named !== undefined && isSameRepository(repository, named);
}

/** `12` or `#12`. */
export function parseIssueNumber(typed: string): number | undefined {
  const [, digits] = /^#?(\d{1,10})$/.exec(typed.trim()) ?? [];
  return digits === undefined || Number(digits) === 0 ? undefined : Number(digits);
}

export function isSameRepository(left: RepositoryName, right: RepositoryName): boolean {
  return nameOf(left).toLowerCase() === nameOf(right).toLowerCase();
}

/** As `octo/hello`. */
export function nameOf({ owner, repo }: RepositoryName): string {
  return `${owner}/${repo}`;
}

/** Where people open it. */
export function repositoryUrl(name: RepositoryName, { webUrl }: Place): string {
  return `${webUrl}/${nameOf(name)}`;
}

function withNumber(repository: RepositoryName | undefined, digits: string | undefined): IssueName | undefined {
  const number = parseIssueNumber(digits ?? "");
  return repository === undefined || number === undefined ? undefined : { ...repository, number };
}

/** The parts of what was typed; undefined for an address elsewhere. */
function pathOf(typed: string, { webUrl }: Place): { readonly parts: readonly string[]; readonly isAddress: boolean } | undefined {
  const address = parseHttpUrl(typed);
  if (address === undefined) return typed.includes(":") ? undefined : { parts: typed.split("/"), isAddress: false };
  const base = new URL(`${webUrl}/`);
  const host = address.host.replace(/^www\.(?=github\.com$)/, "");
  if (host !== base.host || !address.pathname.startsWith(base.pathname)) return undefined;
  const parts = address.pathname.slice(base.pathname.length).split("/");
  return { parts: parts.filter((part) => part !== ""), isAddress: true };
}
