import type { IncomingHttpHeaders } from "node:http";
import { RemoteError } from "../core/errors.js";

const longestQuoteChars = 300;

/** Codes of failures that end a try before the request was written. */
const codesBeforeSending: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_CLOSED",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** What the homeserver answered; any status. */
export interface HomeserverAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A text property of a value of unknown shape. */
export function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === "string" ? found : undefined;
}

/** A property of a value of unknown shape; undefined where there is none of its own. */
export function valueAt(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  // The line above made sure that it is an object with that key.
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** Parses a body; undefined when it is no JSON, as the pages of a proxy in between are not. */
export function parseJson(body: Buffer): unknown {
  try {
    // JSON.parse gives `any`; whoever reads it checks the shape.
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The try ended without an answer. Callers of APIs and people in rooms read the sentence, who are not to know where the homeserver stands
 * behind its proxy: the address is in the cause, which goes to the log alone.
 */
export function noAnswer(error: unknown, homeserver: string): RemoteError {
  const code = textAt(error, "code") ?? "unknown reason";
  const reached = !failedBeforeSending(error);
  const message = reached ? `The homeserver did not answer (${code}).` : `The homeserver cannot be reached (${code}).`;
  const cause = new Error(`No answer came from ${homeserver}.`, { cause: error });
  return new RemoteError(message, { cause, outcomeUnknown: reached });
}

function failedBeforeSending(error: unknown): boolean {
  // Node tries every address of a name and gathers what went wrong with each.
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.every(failedBeforeSending);
  const syscall = textAt(error, "syscall");
  return codesBeforeSending.has(textAt(error, "code") ?? "") || syscall === "connect" || syscall === "getaddrinfo";
}

/**
 * The homeserver answered with a status that is no success.
 * After a 5xx the event may be stored: a proxy may have lost the answer, or the homeserver failed after it wrote.
 * @param now milliseconds since the epoch, for a `Retry-After` that is a date
 */
export function refusal(answer: HomeserverAnswer, now: number): RemoteError {
  const body = parseJson(answer.body);
  const remoteCode = textAt(body, "errcode");
  const said = textAt(body, "error");
  const retryAfterMs =
    answer.status === 429 || answer.status === 503 ? readRetryAfter(body, answer.headers["retry-after"], now) : undefined;
  return new RemoteError(describeRefusal(answer.status, remoteCode, said), {
    status: answer.status,
    outcomeUnknown: answer.status >= 500,
    ...(remoteCode === undefined ? {} : { remoteCode }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function describeRefusal(status: number, remoteCode: string | undefined, said: string | undefined): string {
  const code = remoteCode === undefined ? `${status}` : `${status} ${remoteCode}`;
  if (status === 401)
    return `The homeserver does not accept our token (${code}): as_token must be the one in the registration it has loaded.`;
  return said === undefined ? `The homeserver answered ${code}.` : `The homeserver answered ${code}: ${quote(said)}`;
}

function quote(text: string): string {
  return text.length > longestQuoteChars ? `${text.slice(0, longestQuoteChars)}…` : text;
}

/** `retry_after_ms` of the body is older, the header newer (Matrix spec v1.10, "Rate limiting"); the body is finer. */
function readRetryAfter(body: unknown, header: string | undefined, now: number): number | undefined {
  const fromBody = valueAt(body, "retry_after_ms");
  if (typeof fromBody === "number" && Number.isFinite(fromBody) && fromBody >= 0) return fromBody;
  if (header === undefined) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** A success whose body is not what the Matrix spec says; a proxy may have made it up, so what happened is not known. */
export function unreadableAnswer(what: string): RemoteError {
  return new RemoteError(`The homeserver's answer has no usable ${what}.`, { outcomeUnknown: true });
}
