import { PermissionError, RemoteError } from "../../core/errors.js";
import type { Validated } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import { explainFailure, unreadableAnswer } from "./failures.js";
import { lackOfRights } from "./login-help.js";
import { ownMember } from "../../shared/own-member.js";

/** One question or change in GraphQL. */
export interface GraphqlRequest<T> {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly check: (value: unknown) => Validated<T>;
  /** Whether it changes something. */
  readonly changes: boolean;
}

/**
 * Asks GitHub's GraphQL API, which answers 200 with errors in the body where it refuses.
 * @returns undefined for what is not there, or not for the account's eyes
 * @throws RemoteError, PermissionError
 */
export async function askGraphql<T>(link: GitHubLink, { query, variables, check, changes }: GraphqlRequest<T>): Promise<T | undefined> {
  let data: unknown;
  try {
    data = await (await link.octokit()).graphql(query, { ...variables });
  } catch (error) {
    const refusals = refusalsOf(error);
    if (refusals === undefined) throw explainFailure(error, { link, changes, now: link.now() });
    if (refusals.some(({ type }) => type === "NOT_FOUND")) return undefined;
    throw refused(refusals, link);
  }
  const answer = check(data);
  if (!answer.ok) throw unreadableAnswer(link, changes);
  return answer.value;
}

interface Refusal {
  readonly type: string;
  readonly message: string;
}

/** Undefined for failures of other kinds. */
function refusalsOf(error: unknown): readonly Refusal[] | undefined {
  if (!(error instanceof Error) || error.name !== "GraphqlResponseError") return undefined;
  const errors = ownMember(error, "errors");
  const entries: readonly unknown[] = Array.isArray(errors) ? errors : [];
  return entries.map((entry) => ({ type: text(ownMember(entry, "type")), message: text(ownMember(entry, "message")) }));
}

function refused(refusals: readonly Refusal[], { site, holder, person }: GitHubLink): RemoteError | PermissionError {
  const [first] = refusals;
  const said = (first?.message ?? "").replaceAll("`", "'").replace(/\s+/g, " ").slice(0, 400);
  const isDenied = refusals.some(({ type }) => type === "FORBIDDEN" || type === "INSUFFICIENT_SCOPES");
  const name = `GitHub (${site.webUrl})`;
  if (isDenied && holder === "person") return new PermissionError(`${name} forbids this. ${said} ${lackOfRights(person)}`);
  if (refusals.some(({ type }) => type === "RATE_LIMITED")) {
    return new RemoteError(`${name} takes no more requests for now. Try again in a minute.`, { status: 429, retryAfterMs: 60_000 });
  }
  return new RemoteError(`${name} refuses this. ${said}`, { status: 422 });
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
