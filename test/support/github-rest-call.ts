import { GitHubRefusal, notFound, type GitHubAnswer } from "./github-answers.js";
import type { GitHubPlaces } from "./github-json.js";
import {
  fullNameOf,
  type GitHubChange,
  type StandInGitHubAccount,
  type StandInGitHubIssue,
  type StandInHook,
  type StandInRepository,
} from "./github-records.js";
import type { GitHubCaller, GitHubSite } from "./github-site.js";
import type { GitHubTokens } from "./github-tokens.js";

/** A request as it came. */
export interface GitHubRequest {
  readonly method: string;
  /** Below `/api/v3`, if it is for the API. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization?: string | undefined;
  readonly accept?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly body: string;
}

/** What happened, for webhooks. */
export interface GitHubHappening {
  /** As `issues.opened`. */
  readonly name: string;
  readonly repository: StandInRepository;
  readonly by: StandInGitHubAccount;
  readonly payload: object;
  /** It is told to this webhook alone, whatever that one hears otherwise. */
  readonly onlyTo?: StandInHook;
}

/** A request that found its route. */
export interface GitHubCall {
  readonly request: GitHubRequest;
  /** What stood in the places of `*`. */
  readonly parts: readonly string[];
  readonly caller: GitHubCaller;
  readonly site: GitHubSite;
  readonly tokens: GitHubTokens;
  readonly places: GitHubPlaces;
  readonly now: number;
  readonly happened: (happening: GitHubHappening) => void;
}

/** @throws GitHubRefusal when it is not there, or not for the caller's eyes */
export function repositoryOf({ parts: [owner = "", name = ""], site, caller }: GitHubCall): StandInRepository {
  const repository = site.find(`${owner}/${name}`);
  if (repository === undefined || !site.sees(caller, repository)) throw notFound();
  return repository;
}

/** @throws GitHubRefusal */
export function issueOf(call: GitHubCall): { readonly repository: StandInRepository; readonly issue: StandInGitHubIssue } {
  const repository = repositoryOf(call);
  const issue = repository.issues.find(({ number }) => String(number) === call.parts[2]);
  if (issue === undefined) throw notFound();
  return { repository, issue };
}

/** @throws GitHubRefusal when the caller is nobody */
export function personOf({ caller }: GitHubCall): StandInGitHubAccount {
  if (caller.kind !== "person") throw new GitHubRefusal(401, "Requires authentication");
  return caller.account;
}

/** @throws GitHubRefusal for who may only read */
export function writerOf(call: GitHubCall, repository: StandInRepository): StandInGitHubAccount {
  const person = personOf(call);
  const permission = call.site.permissionOf(repository, person.login);
  if (permission === "admin" || permission === "write") return person;
  throw new GitHubRefusal(403, "Must have admin rights to Repository.");
}

export function appOnly({ caller }: GitHubCall): void {
  if (caller.kind !== "app") throw new GitHubRefusal(401, "A JSON web token could not be decoded");
}

/** The body's members. @throws GitHubRefusal for what is no JSON object */
export function bodyOf({ request }: GitHubCall): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = request.body === "" ? {} : JSON.parse(request.body);
    if (typeof body === "object" && body !== null) return Object.fromEntries(Object.entries(body));
  } catch {
    // Refused below.
  }
  throw new GitHubRefusal(400, "Problems parsing JSON");
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

/** One page of a list, with the header that leads to the next (GitHub's "Using pagination in the REST API"). */
export function pageOf(
  { request, places }: GitHubCall,
  items: readonly unknown[],
  wrap: (page: readonly unknown[]) => object,
): GitHubAnswer {
  const perPage = Math.min(Number(request.query.get("per_page") ?? 30), 100);
  const page = Number(request.query.get("page") ?? 1);
  const next = new URLSearchParams(request.query);
  next.set("page", String(page + 1));
  const isLast = items.length <= page * perPage;
  const headers = isLast ? {} : { link: `<${places.apiUrl}${request.path}?${next.toString()}>; rel="next"` };
  return { status: 200, body: wrap(items.slice((page - 1) * perPage, page * perPage)), headers };
}

export function noteChange(
  { site }: GitHubCall,
  what: GitHubChange["what"],
  by: string,
  repository: StandInRepository,
  number?: number,
): void {
  site.changes.push({ what, by, where: `${fullNameOf(repository)}${number === undefined ? "" : `#${number}`}` });
}
