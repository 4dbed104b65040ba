import { NotFoundError, PermissionError, ValidationError, type ErrorCode, type SwitchboardError } from "../../core/errors.js";
import type { Answer, ErrorBody, RequestHead, Route } from "../../http/route.js";
import type { FieldProblem } from "../../remotes/param-rules.js";

/*
 * The shapes and texts are those of Django REST Framework, which clients of this API family know: `{"detail": …}`, or by field a list of
 * what is wrong with it.
 */

/** What is wrong with a field: sentences, or by its own fields more of the same. */
export type FieldErrors = readonly string[] | { readonly [field: string]: FieldErrors };

/** Fields do not fit. */
export class UnfitFieldsError extends ValidationError {
  readonly fields: Readonly<Record<string, FieldErrors>>;

  constructor(fields: Readonly<Record<string, FieldErrors>>) {
    // For the log; what was sent may be secret.
    super(`These fields do not fit: ${Object.keys(fields).join(", ")}.`);
    this.fields = fields;
  }
}

/** The header in which a token should be is missing, or is not one. */
export class TokenHeaderError extends PermissionError {
  constructor(sentence: string) {
    super(sentence, "HS_BAD_TOKEN");
  }
}

/** There is no such page of a list. */
export class InvalidPageError extends NotFoundError {
  constructor() {
    super("Invalid page.");
  }
}

/** @param given how the value is called there: `list` */
export function notADictionary(given: string): string {
  return `Invalid data. Expected a dictionary, but got ${given}.`;
}

export function noChoice(given: string): string {
  return `"${given}" is not a valid choice.`;
}

/** @param most characters */
export function tooLong(most: number): string {
  return `Ensure this field has no more than ${most} characters.`;
}

export const required = "This field is required.";
export const isNull = "This field may not be null.";
export const blank = "This field may not be blank.";
export const notText = "Not a valid string.";
export const notBoolean = "Must be a valid boolean.";
export const notUnique = "This field must be unique.";

export function describeProblem(problem: FieldProblem): string {
  switch (problem.kind) {
    case "required":
      return required;
    case "null":
      return isNull;
    case "blank":
      return blank;
    case "not text":
      return notText;
    case "no choice":
      return noChoice(problem.given);
    case "sentence":
      return problem.sentence;
  }
}

/** Inner failures: the id stands in the log too. */
export const connectorsErrorBody: ErrorBody = ({ status, message, id }) => ({
  status,
  body: { detail: message, ...(id === undefined ? {} : { id }) },
});

type Refuse = (error: SwitchboardError, request: Pick<RequestHead, "method" | "path">) => Answer;

/** By code; the others keep their status, and their message is the detail. */
const refusals: Partial<Readonly<Record<ErrorCode, Refuse>>> = {
  HS_BAD_TOKEN: (error) => ({
    ...refusal(401, error instanceof TokenHeaderError ? error.message : "Invalid token."),
    headers: { "www-authenticate": "Token" },
  }),
  HS_FORBIDDEN_USER: () => refusal(403, "You do not have permission to perform this action."),
  HS_NOTFOUND: (error) => refusal(404, error instanceof InvalidPageError ? error.message : "Not found."),
  HS_METHOD_NOT_ALLOWED: (_error, { method }) => refusal(405, `Method "${method}" not allowed.`),
  HS_TOO_MANY_REQUESTS: ({ details }) => throttled(Number(details["retryAfterSeconds"])),
  // No id is written with a percent sign that encodes nothing.
  HS_BAD_VALUE: ({ message }, { path }) => (isEncodedWell(path) ? refusal(400, message) : refusal(404, "Not found.")),
};

export const refuseConnectors: NonNullable<Route["refuse"]> = (error, request) =>
  error instanceof UnfitFieldsError ? { status: 400, body: error.fields } : refusals[error.code]?.(error, request);

function refusal(status: number, detail: string): Answer {
  return { status, body: { detail } };
}

function throttled(seconds: number): Answer {
  const wait = `${seconds} second${seconds === 1 ? "" : "s"}`;
  return { ...refusal(429, `Request was throttled. Expected available in ${wait}.`), headers: { "retry-after": String(seconds) } };
}

function isEncodedWell(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
