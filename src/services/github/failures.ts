import { PermissionError, RemoteError } from "../../core/errors.js";
import type { GitHubLink } from "./access.js";
import { lackOfRights, logInAgain, singleSignOn } from "./login-help.js";
import { isOctokitFailure, type OctokitFailure } from "./octokit-failure.js";

/** What the failure of a request that changes something may leave open. */
const mayBeDone = "It may have been done all the same: look there before you try again.";

/** Characters of GitHub's own explanation. */
const longestExplanation = 400;

/** GitHub does not take the person's login (any more). */
export class LoginRefusedError extends PermissionError {}

/** A login that has to be renewed, and cannot be just now; what it was to be renewed for was not done. */
export class LoginRenewalError extends RemoteError {}

/** Where a failure came from, for its sentence. */
interface Occasion {
  readonly link: GitHubLink;
  /** Whether the request changes something. */
  readonly changes: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * A failure in a sentence that names reason and remedy: RemoteError, or PermissionError where a person's token does not suffice.
 * Nothing of Octokit's own error is kept, because request and answer hang on it. What is no failure of a request comes back as it is.
 */
export function explainFailure(error: unknown, occasion: Occasion): unknown {
  if (error instanceof LoginRenewalError) return error;
  if (error instanceof RemoteError) return noAnswer(error, occasion);
  if (!isOctokitFailure(error)) return error;
  if (error.response !== undefined) return refusal(error.status, error.response, occasion);
  if (error.cause instanceof RemoteError) return noAnswer(error.cause, occasion);
  return noAnswer(new RemoteError("its answer could not be read", { outcomeUnknown: true }), occasion);
}

/** A good status, but nothing that GitHub says: a proxy's login page, for example. */
export function unreadableAnswer({ site, holder }: Pick<GitHubLink, "site" | "holder">, changes: boolean): RemoteError {
  const remedy = `${changes ? `${mayBeDone} ` : ""}If it stays so, ${checkAddress(holder)}.`;
  return new RemoteError(`GitHub (${site.webUrl}) answered something that is no GitHub answer. ${remedy}`, {
    status: 502,
    outcomeUnknown: changes,
  });
}

function checkAddress(holder: GitHubLink["holder"]): string {
  if (holder === "registered") return "whoever registered it has to check the address";
  return "the administrator has to check `github.enterpriseUrl` and the way to GitHub";
}

function noAnswer(cause: RemoteError, { link, changes }: Occasion): RemoteError {
  const outcomeUnknown = changes && cause.outcomeUnknown;
  const remedy = outcomeUnknown ? mayBeDone : `Try again later; if it stays so, ${checkAddress(link.holder)}.`;
  const { status } = cause;
  return new RemoteError(`GitHub (${link.site.webUrl}) gave no answer: ${cause.message}. ${remedy}`, {
    cause,
    outcomeUnknown,
    ...(status === undefined ? {} : { status }),
  });
}

type Answer = NonNullable<OctokitFailure["response"]>;

function refusal(status: number, answer: Answer, occasion: Occasion): RemoteError | PermissionError {
  const { link, changes } = occasion;
  const explanation = explain(answer.data, link);
  const retryAfterMs = limitOf(status, answer, explanation, occasion.now);
  const name = `GitHub (${link.site.webUrl})`;
  if (retryAfterMs !== undefined) {
    return new RemoteError(`${name} takes no more requests for now. Try again in ${waitWords(retryAfterMs)}.`, {
      status: 429,
      retryAfterMs,
    });
  }
  if (link.holder === "person" && status === 401) return new LoginRefusedError(notTaken(name, link));
  if (link.holder === "person" && status === 403) return new PermissionError(forbidden(name, explanation, answer, link));
  const message = `${name} ${describe(status, explanation, occasion)}`;
  return new RemoteError(message, { status, outcomeUnknown: changes && status >= 500 });
}

// A login that does not suffice: waiting would not help, so it is no RemoteError.

function notTaken(name: string, { person }: GitHubLink): string {
  return `${name} does not accept your ${person?.by === "browser" ? "login" : "token"} (401). ${logInAgain(person)}`;
}

function forbidden(name: string, explanation: string, { headers }: Answer, { person }: GitHubLink): string {
  const sso = typeof headers["x-github-sso"] === "string" ? ` ${singleSignOn(person)}` : "";
  return `${name} forbids this (403).${explanation === "" ? "" : ` ${explanation}`} ${lackOfRights(person)}${sso}`;
}

function describe(status: number, explanation: string, { link, changes }: Occasion): string {
  const said = explanation === "" ? "" : ` ${explanation}`;
  if (status === 401 && link.holder === "registered") {
    return "does not accept the account that was registered (401). Whoever registered it has to give it another token.";
  }
  if (status === 403 && link.holder === "registered") return `forbids this to the account that was registered (403).${said}`;
  if (status === 401) return "does not accept the GitHub App's key (401). The administrator has to check `github.auth`.";
  if (status === 403) return `forbids this (403).${said} The administrator can give the GitHub App more permissions.`;
  if (status === 404) return `does not find this (404), or ${accountWords(link)} may not see it.`;
  if (status === 422 || status === 400)
    return explanation === "" ? `refuses this (${status}) and does not say why.` : `refuses this (${status}):${said}`;
  if (status >= 500) return `failed (${status}). ${changes ? mayBeDone : "Try again later."}`;
  if (status >= 400) return `refuses this (${status}).${said}`;
  return `answered ${status} instead of what was asked for. If it stays so, ${checkAddress(link.holder)}.`;
}

/** Who asked, for a sentence. */
function accountWords({ holder }: GitHubLink): string {
  if (holder === "registered") return "the account that was registered";
  return holder === "person" ? "your account" : "the GitHub App";
}

/**
 * Milliseconds until a limit is over, where that is the reason (GitHub's "Rate limits for the REST API"): 429, or 403 with nothing left,
 * with `retry-after`, or that speaks of the secondary limit.
 */
function limitOf(status: number, { headers }: Answer, explanation: string, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = wholeNumber(headers["retry-after"]);
  if (retryAfter !== undefined) return retryAfter * 1_000;
  const reset = wholeNumber(headers["x-ratelimit-reset"]);
  if (String(headers["x-ratelimit-remaining"]) === "0" && reset !== undefined) return Math.max(reset * 1_000 - now, 0) + 1_000;
  return status === 429 || /\bsecondary rate\b/i.test(explanation) ? 60_000 : undefined;
}

function wholeNumber(header: unknown): number | undefined {
  return typeof header === "string" && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
}

function waitWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds === 1) return "a second";
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}

/** `message`, and what `errors` add to it: texts, or objects with a message or a field and a code. */
function explain(data: unknown, link: GitHubLink): string {
  if (typeof data !== "object" || data === null) return "";
  const errors: unknown = "errors" in data ? data.errors : undefined;
  const details: readonly unknown[] = Array.isArray(errors) ? errors : [];
  const texts = ["message" in data ? tidy(data.message) : "", ...details.slice(0, 10).map(describeDetail)];
  const sentences = [...new Set(texts)].filter((text) => text !== "").map((text) => (/[.!?…]$/.test(text) ? text : `${text}.`));
  return withoutSecrets(cut(sentences.join(" ")), link);
}

function describeDetail(detail: unknown): string {
  if (typeof detail === "string") return tidy(detail);
  if (typeof detail !== "object" || detail === null) return "";
  if ("message" in detail) return tidy(detail.message);
  const field = "field" in detail ? tidy(detail.field) : "";
  const code = "code" in detail ? tidy(detail.code) : "";
  return [field, code].filter((word) => word !== "").join(": ");
}

/** Backticks would begin code in our sentences. */
function tidy(text: unknown): string {
  if (typeof text !== "string") return "";
  return text
    .slice(0, 10_000)
    .replaceAll("`", "'")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function cut(text: string): string {
  return text.length <= longestExplanation ? text : `${text.slice(0, longestExplanation).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** A proxy may send back what it was sent: the person's token, or one in the form that GitHub's tokens and the App's own have. */
function withoutSecrets(text: string, link: GitHubLink): string {
  const shown = link.person?.conceal(text) ?? link.conceal?.(text) ?? text;
  return shown.replace(/\b(?:gh[a-z]_\w{8,}|github_pat_\w{8,}|v1\.[0-9a-f]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]+)/g, "[secret]");
}
