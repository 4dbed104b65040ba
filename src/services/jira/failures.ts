import { RemoteError } from "../../core/errors.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import { accountWords, registrationWords, tokenCommand, type JiraAccess } from "./access.js";
import { ownMember } from "../../shared/own-member.js";

/** What the failure of a request that changes something may leave open. */
const mayBeDone = "It may have been done all the same: look there before you try again.";

/** Characters of Jira's own explanation. */
const longestExplanation = 400;

type NamedJira = Pick<JiraAccess, "name" | "url" | "configPath" | "registered">;

/** No answer came. @param changes whether the request changes something */
export function noAnswer(access: NamedJira, cause: RemoteError, changes: boolean): RemoteError {
  const outcomeUnknown = changes && cause.outcomeUnknown;
  const remedy = outcomeUnknown ? mayBeDone : `Try again later; if it stays so, ${checkAddress(access)}.`;
  return new RemoteError(`${nameOf(access)} gave no answer: ${cause.message}. ${remedy}`, { cause, outcomeUnknown });
}

/** A good status, but nothing that a Jira says: a proxy's login page, for example. */
export function unreadableAnswer(access: JiraAccess, status: number, changes: boolean): RemoteError {
  const remedy = `${changes ? `${mayBeDone} ` : ""}If it stays so, ${checkAddress(access)}: is it a Jira, and is its context path there?`;
  return new RemoteError(`${nameOf(access)} answered something that is no Jira answer. ${remedy}`, { status, outcomeUnknown: changes });
}

/** An answer other than a good one. */
interface Refused {
  readonly access: JiraAccess;
  readonly response: HttpResponse;
  /** What Jira was shown, and nobody else may be: a proxy may send back what it was sent. */
  readonly secrets: readonly string[];
  /** Whether the request changes something. */
  readonly changes: boolean;
}

/** Jira refused or failed. */
export function refusal(refused: Refused): RemoteError {
  const { access, response, changes } = refused;
  const { status, headers } = response;
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(headers["retry-after"]) : undefined;
  const message = `${nameOf(access)} ${describe(refused, retryAfterMs)}`;
  const outcomeUnknown = changes && status >= 500;
  return new RemoteError(message, { status, outcomeUnknown, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function describe({ access, response, secrets, changes }: Refused, retryAfterMs: number | undefined): string {
  const { status } = response;
  const explanation = explain(response.body, secrets);
  if (status === 400) return explanation === "" ? "refuses this (400) and does not say why." : `refuses this (400): ${explanation}`;
  if (status === 401) return `does not accept ${tokenWords(access)}`;
  if (status === 403) return `forbids this (403).${explanation === "" ? "" : ` ${explanation}`} ${whyForbidden(access, response)}`;
  if (status === 404)
    return `does not find this (404), or ${accountWords(access)} may not see it.${explanation === "" ? "" : ` ${explanation}`}`;
  if (status === 429) return `takes no more requests for now (429). Try again in ${seconds(retryAfterMs)}.`;
  if (status >= 500) return `failed (${status}). ${changes ? mayBeDone : "Try again later."}`;
  if (status >= 400 && explanation !== "") return `refuses this (${status}): ${explanation}`;
  return `answered ${status} instead of what was asked for. If it stays so, ${checkAddress(access)}: is it the address that the browser shows, with its context path?`;
}

/** The login with the browser is there no more. */
export function loginEnded(access: Pick<JiraAccess, "name" | "url" | "loginCommand">): RemoteError {
  const remedy = `Type \`${access.loginCommand ?? "jira login"}\` in a direct chat with me.`;
  return new RemoteError(`Your login at ${access.name} (${access.url}) has ended. ${remedy}`, { status: 401 });
}

function tokenWords(access: JiraAccess): string {
  const { holder, configPath, loginCommand, registered } = access;
  if (loginCommand !== undefined) return `your login (401). Type \`${loginCommand}\` in a direct chat with me.`;
  if (holder === "person") return `your token (401). Make a new one there, then type \`${tokenCommand(access)}\` in a direct chat with me.`;
  if (registered !== undefined) return `the registered account (401). Whoever registered ${registrationWords(registered)} has to renew it.`;
  if (holder === "other" || configPath === undefined) return "the token (401). It has to be renewed.";
  return `the credential (401). The administrator has to renew \`${configPath}.credential\`.`;
}

/** After several wrong passwords Server and Data Center ask for a captcha (header of Jira's REST API, "CAPTCHA"). */
function whyForbidden(access: JiraAccess, { headers }: HttpResponse): string {
  const who = capitalised(accountWords(access));
  if (/captcha/i.test(headers["x-authentication-denied-reason"] ?? ""))
    return `${who} has to log in with a browser once, to solve a captcha.`;
  return `${who} lacks the right to do it, or has to solve a captcha in the browser first.`;
}

function checkAddress({ configPath, registered }: NamedJira): string {
  if (registered !== undefined) return `whoever registered ${registrationWords(registered)} has to check its address`;
  if (configPath === undefined) return "its address has to be checked";
  return `the administrator has to check \`${configPath === "jira.url" ? configPath : `${configPath}.url`}\``;
}

/** Jira's own words (`errorMessages`, and `errors` by field) as one line of text. */
function explain(body: string, secrets: readonly string[]): string {
  const answer = parseJson(body);
  const messages = ownMember(answer, "errorMessages");
  const errors = ownMember(answer, "errors");
  const general = Array.isArray(messages) ? messages.map(tidy) : [];
  const byField =
    typeof errors === "object" && errors !== null ? Object.entries(errors).map(([field, text]) => aboutField(field, tidy(text))) : [];
  const sentences = [...new Set([...general, ...byField])].filter((text) => text !== "").map(asSentence);
  return cut(withoutSecrets(sentences.join(" "), secrets));
}

function aboutField(field: string, text: string): string {
  return text === "" ? "" : `${tidy(field)}: ${text}`;
}

/** Some messages hold HTML; backticks would begin code in our sentences. */
function tidy(text: unknown): string {
  if (typeof text !== "string") return "";
  return text
    .slice(0, 10_000)
    .replace(/<\/?[A-Za-z][^<>]*>/g, " ")
    .replaceAll("`", "'")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

function asSentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function cut(text: string): string {
  return text.length <= longestExplanation ? text : `${text.slice(0, longestExplanation).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => (secret === "" ? shown : shown.replaceAll(secret, "[secret]")), text);
}

/** Undefined for what is no JSON; no schema takes it. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function seconds(retryAfterMs: number | undefined): string {
  return retryAfterMs === undefined ? "a minute" : `${Math.ceil(retryAfterMs / 1000)} seconds`;
}

/** Jira sends whole seconds; the header's other form, a date, is left to the words "a minute". */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function nameOf({ name, url }: NamedJira): string {
  return `The Jira ${name} (${url})`;
}
