import { errorCodes, SwitchboardError, type ErrorCode } from "../../core/errors.js";
import type { Answer, ErrorBody, Route } from "../../http/route.js";

/** Seconds, where nothing says how long it takes. */
const usualRetryAfterSeconds = 5;

/** `ErrorMessages` of the contract. The id of an inner failure stands in the log too. */
export const devinfoErrorBody: ErrorBody = ({ status, message, id }) => ({
  status,
  body: { errorMessages: [{ message, ...(id === undefined ? {} : { errorTraceId: id }) }] },
});

/** Headers by code. */
const headers: Partial<Readonly<Record<ErrorCode, (details: SwitchboardError["details"]) => Readonly<Record<string, string>>>>> = {
  // Every 401 has to name a way in (RFC 9110, 11.6.1).
  HS_BAD_TOKEN: () => ({ "www-authenticate": 'Bearer realm="devinfo", JWT realm="devinfo"' }),
  HS_TOO_MANY_REQUESTS: (details) => ({ ...retryAfter(details), ...limitHeaders(details) }),
  HS_UNAVAILABLE: (details) => retryAfter(details),
};

/** Those that have headers. */
export const refuseDevinfo: NonNullable<Route["refuse"]> = ({ code, message, details }): Answer | undefined => {
  const own = headers[code]?.(details);
  return own === undefined ? undefined : { status: errorCodes[code].status, headers: own, body: { errorMessages: [{ message }] } };
};

/** @param resetAt when the caller may go on; milliseconds since the epoch */
export function tooManyRequests(limit: number, resetAt: number, now: number): SwitchboardError {
  const retryAfterSeconds = Math.max(Math.ceil((resetAt - now) / 1000), 1);
  return new SwitchboardError("HS_TOO_MANY_REQUESTS", `More than ${limit} requests within a minute.`, {
    details: { retryAfterSeconds, limit, resetAt },
  });
}

function retryAfter({ retryAfterSeconds }: SwitchboardError["details"]): Readonly<Record<string, string>> {
  return { "retry-after": String(typeof retryAfterSeconds === "number" ? retryAfterSeconds : usualRetryAfterSeconds) };
}

function limitHeaders({ limit, resetAt }: SwitchboardError["details"]): Readonly<Record<string, string>> {
  if (typeof limit !== "number" || typeof resetAt !== "number") return {};
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": new Date(resetAt).toISOString(),
  };
}
