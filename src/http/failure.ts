import { errorCodes, NotFoundError, SwitchboardError, type ErrorCode } from "../core/errors.js";
import type { ErrorBody, Failure } from "./route.js";

/** Codes that tell about our own files: the administrator reads them in the log, a client gets an id. */
const innerCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["SB_CONFIG", "SB_STORAGE", "HS_UNKNOWN"]);

/**
 * What a client may know of an error. Anything that is not an expected failure says nothing but an id, which stands in the log too.
 * @param newId makes the id
 */
export function toFailure(error: unknown, newId: () => string): Failure {
  if (error instanceof SwitchboardError && !innerCodes.has(error.code)) {
    return { status: errorCodes[error.code].status, code: error.code, message: error.message, details: error.details };
  }
  return { status: 500, code: "HS_UNKNOWN", message: "An internal error occurred", details: {}, id: newId() };
}

/** For a path that nobody serves. */
export function noSuchRoute(): NotFoundError {
  return new NotFoundError("There is no such route.");
}

/** Hookshot's shape (reference 5.1); `id` is ours. */
export function defaultErrorBody({ status, code, message, details, id }: Failure): ReturnType<ErrorBody> {
  return { status, body: { ...details, errcode: code, error: message, ...(id === undefined ? {} : { id }) } };
}
