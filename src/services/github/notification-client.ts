import { RemoteError } from "../../core/errors.js";
import { compileSchema, type Validated } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import { explainFailure, unreadableAnswer } from "./failures.js";
import { statusOf } from "./octokit-failure.js";
import { ownMember } from "../../shared/own-member.js";

/** One entry of a person's list at GitHub. */
export interface NotificationAnswer {
  readonly id: string;
  readonly reason: string;
  readonly updated_at: string;
  readonly subject: {
    readonly title: string;
    readonly type: string;
    /** Of the API; some kinds have none. */
    readonly url?: string | null;
    readonly latest_comment_url?: string | null;
  };
  readonly repository: { readonly id: number; readonly full_name: string; readonly html_url: string };
}

/** An issue or pull request that somebody is notified of, as far as it is shown. */
export interface SubjectAnswer {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly html_url: string;
  readonly merged?: boolean | null;
  readonly merged_by?: AuthorAnswer | null;
  readonly user?: AuthorAnswer | null;
  readonly assignees?: readonly AuthorAnswer[] | null;
}

export interface AuthorAnswer {
  readonly login: string;
  readonly html_url: string;
}

/** The newest comment. */
export interface LatestCommentAnswer {
  readonly id: number;
  readonly body?: string | null;
  readonly user?: AuthorAnswer | null;
}

export type NotificationPage =
  | { readonly kind: "unchanged"; readonly pollIntervalMs: number | undefined }
  | {
      readonly kind: "changed";
      readonly notifications: readonly NotificationAnswer[];
      readonly lastModified: string | undefined;
      /** How long GitHub asks to wait. */
      readonly pollIntervalMs: number | undefined;
    };

export interface NotificationQuery {
  readonly isParticipating: boolean;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly lastModified?: string;
}

/** Fails as the service's client does. */
export interface NotificationClient {
  /** What changed since then, in no order. */
  list(link: GitHubLink, query: NotificationQuery): Promise<NotificationPage>;
  /** Undefined for an address elsewhere, and for what cannot be read or is no issue. */
  subject(link: GitHubLink, url: string): Promise<SubjectAnswer | undefined>;
  comment(link: GitHubLink, url: string): Promise<LatestCommentAnswer | undefined>;
}

const perPage = 50;
const mostPages = 20;

const text = { type: "string", minLength: 1 };
const id = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const url = { type: "string", format: "http-url", maxLength: 2_048 };
const optionalText = { type: ["string", "null"] };
const author = { type: "object", properties: { login: text, html_url: url }, required: ["login", "html_url"] };
const authorOrNull = { ...author, type: ["object", "null"] };

const notificationSchema = {
  type: "object",
  properties: {
    id: text,
    reason: { type: "string" },
    updated_at: text,
    subject: {
      type: "object",
      properties: { title: { type: "string" }, type: { type: "string" }, url: optionalText, latest_comment_url: optionalText },
      required: ["title", "type"],
    },
    repository: { type: "object", properties: { id, full_name: text, html_url: url }, required: ["id", "full_name", "html_url"] },
  },
  required: ["id", "reason", "updated_at", "subject", "repository"],
};

const subjectSchema = {
  type: "object",
  properties: {
    ...{ id, number: id, title: { type: "string" }, state: text, html_url: url },
    merged: { type: ["boolean", "null"] },
    merged_by: authorOrNull,
    user: authorOrNull,
    assignees: { type: ["array", "null"], items: author },
  },
  required: ["id", "number", "title", "state", "html_url"],
};

const commentSchema = { type: "object", properties: { id, body: optionalText, user: authorOrNull }, required: ["id"] };

/** Compiles its schemas, so it is made once. */
export function createNotificationClient(): NotificationClient {
  const options = { useDefaults: false, allErrors: false };
  const notification = compileSchema<NotificationAnswer>(notificationSchema, options);
  const subject = compileSchema<SubjectAnswer>(subjectSchema, options);
  const comment = compileSchema<LatestCommentAnswer>(commentSchema, options);
  return {
    list: (link, query) => list(link, query, notification),
    subject: (link, address) => readAt(link, address, subject),
    comment: (link, address) => readAt(link, address, comment),
  };
}

async function list(
  link: GitHubLink,
  { isParticipating, since, lastModified }: NotificationQuery,
  check: (value: unknown) => Validated<NotificationAnswer>,
): Promise<NotificationPage> {
  const parameters = { participating: isParticipating, since: new Date(since).toISOString(), per_page: perPage };
  const found: NotificationAnswer[] = [];
  let first: Page | undefined;
  for (let page = 1; page <= mostPages; page += 1) {
    const headers = page === 1 && lastModified !== undefined ? { "if-modified-since": lastModified } : {};
    const answer = await ask(link, { ...parameters, page, headers });
    if (answer.entries === undefined) return { kind: "unchanged", pollIntervalMs: answer.pollIntervalMs };
    first ??= answer;
    for (const entry of answer.entries) {
      const checked = check(entry);
      if (checked.ok) found.push(checked.value);
    }
    if (answer.entries.length < perPage) break;
  }
  return { kind: "changed", notifications: found, lastModified: first?.lastModified, pollIntervalMs: first?.pollIntervalMs };
}

interface Page {
  /** Undefined: nothing changed. */
  readonly entries: readonly unknown[] | undefined;
  readonly lastModified: string | undefined;
  readonly pollIntervalMs: number | undefined;
}

async function ask(link: GitHubLink, parameters: Readonly<Record<string, unknown>>): Promise<Page> {
  try {
    const octokit = await link.octokit();
    const answer = await octokit.request("GET /notifications", { ...parameters });
    const { data, headers }: { readonly data: unknown; readonly headers: unknown } = answer;
    if (!Array.isArray(data)) throw unreadableAnswer(link, false);
    return { entries: data, ...pacingOf(headers) };
  } catch (error) {
    if (statusOf(error) === 304) return { entries: undefined, ...pacingOf(ownMember(ownMember(error, "response"), "headers")) };
    throw explainFailure(error, { link, changes: false, now: link.now() });
  }
}

function pacingOf(headers: unknown): Pick<Page, "lastModified" | "pollIntervalMs"> {
  const modified = ownMember(headers, "last-modified");
  const seconds = Number(ownMember(headers, "x-poll-interval"));
  return {
    lastModified: typeof modified === "string" ? modified : undefined,
    pollIntervalMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined,
  };
}

/** GitHub names the address, and the person's token goes there: nowhere but to GitHub's API. What it refuses is shown without. */
async function readAt<T>(link: GitHubLink, address: string, check: (value: unknown) => Validated<T>): Promise<T | undefined> {
  if (!URL.canParse(address) || !new URL(address).href.startsWith(`${link.site.apiUrl}/`)) return undefined;
  try {
    const octokit = await link.octokit();
    const answer: { readonly data: unknown } = await octokit.request(`GET ${literal(address)}`);
    const checked = check(answer.data);
    return checked.ok ? checked.value : undefined;
  } catch (error) {
    const failure = explainFailure(error, { link, changes: false, now: link.now() });
    const status = statusOf(error) ?? 0;
    // 403 also says that there were too many requests: that passes.
    const mayPass = status < 400 || status === 401 || status >= 500 || (failure instanceof RemoteError && failure.isTransient);
    if (!mayPass) return undefined;
    throw failure;
  }
}

/** In Octokit's routes braces are places for parameters. */
function literal(address: string): string {
  return new URL(address).href.replace(/[{}]/g, (brace) => encodeURIComponent(brace));
}
