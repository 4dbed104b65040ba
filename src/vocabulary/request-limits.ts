import { RemoteError } from "../core/errors.js";
import type { HttpResponse } from "../core/ports/http-client.js";

/** Where the remote does not say how long. */
const usualPauseMs = 60_000;
const shortestPauseMs = 1_000;
/** A remote that wants more is asked again all the same. */
const longestPauseMs = 24 * 3_600_000;

/** Headers with the second, since the epoch, at which a limit ends: of GitHub and of GitLab. */
const resetHeaders = ["x-ratelimit-reset", "ratelimit-reset"];

/**
 * The failure to be told when a remote wants to be left alone for a while: 429, 503 with `Retry-After` (RFC 9110, 10.2.3), or 403 as GitHub
 * has it ("Rate limits for the REST API").
 * @param isLimited what is particular about one remote's answers
 * @returns a failure that passes and says after how long; undefined where the answer is about something else
 */
export function limitFailure(
  response: HttpResponse,
  now: number,
  isLimited: (response: HttpResponse) => boolean = () => false,
): RemoteError | undefined {
  if (!isLimit(response) && !isLimited(response)) return undefined;
  const retryAfterMs = Math.min(Math.max(pauseOf(response, now), shortestPauseMs), longestPauseMs);
  const message = `it takes no more requests for now (${response.status}), and wants to be left alone for ${inWords(retryAfterMs)}`;
  // As 429, whatever it was: a 403 would be taken for good.
  return new RemoteError(message, { status: 429, retryAfterMs });
}

function isLimit({ status, headers, body }: HttpResponse): boolean {
  const namesPause = headers["retry-after"] !== undefined;
  if (status === 429) return true;
  if (status === 503) return namesPause;
  return status === 403 && (namesPause || headers["x-ratelimit-remaining"] === "0" || body.includes("secondary rate limit"));
}

/** Milliseconds. */
function pauseOf({ headers }: HttpResponse, now: number): number {
  const named = headers["retry-after"] ?? "";
  const seconds = wholeNumber(named);
  if (seconds !== undefined) return seconds * 1_000;
  const date = Date.parse(named);
  if (!Number.isNaN(date)) return date - now;
  const reset = resetHeaders.map((name) => wholeNumber(headers[name] ?? "")).find((second) => second !== undefined);
  return reset === undefined ? usualPauseMs : reset * 1_000 - now;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds === 1) return "a second";
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
}
