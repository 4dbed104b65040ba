/**
 * Every error code of the product, with the HTTP status it has where an API has no table of its own.
 * A code never changes its meaning; messages may improve. docs/errors.md is generated from this list.
 */
export const errorCodes = {
  HS_UNKNOWN: { status: 500, meaning: "Something unexpected went wrong; the id in the answer finds it in the log." },
  HS_NOTFOUND: { status: 404, meaning: "There is nothing by that name: no such route, connection, delivery or service." },
  HS_UNSUPPORTED_OPERATION: { status: 400, meaning: "This cannot be done to a thing of this kind." },
  HS_FORBIDDEN_USER: { status: 403, meaning: "The person lacks a right in the room, in the configuration, or at the remote." },
  HS_FORBIDDEN_BOT: { status: 403, meaning: "The bot lacks power in the room." },
  HS_NOT_IN_ROOM: { status: 403, meaning: "The bot or the person is not in the room." },
  HS_BAD_VALUE: { status: 400, meaning: "A value is missing or does not fit; the message names it." },
  HS_BAD_TOKEN: { status: 401, meaning: "A token, secret or signature is missing or wrong." },
  HS_DISABLED_FEATURE: { status: 500, meaning: "The service or feature is switched off in the configuration." },
  HS_CONFLICTING_CONNECTION: { status: 409, meaning: "The room has such a connection already." },
  HS_ADDITIONAL_ACTION_REQUIRED: { status: 400, meaning: "Something has to be done at the remote first; the answer says what and where." },
  HS_METHOD_NOT_ALLOWED: { status: 405, meaning: "The route exists, but not for this method." },
  HS_UNROUTABLE: { status: 400, meaning: "No service recognises the request." },
  HS_TOO_LARGE: { status: 413, meaning: "The body is larger than the route takes." },
  HS_UNSUPPORTED_MEDIA_TYPE: { status: 415, meaning: "The route does not take a body of this content type." },
  HS_TOO_MANY_REQUESTS: { status: 429, meaning: "The caller asks for this too often; the answer says when to try again." },
  HS_UNAVAILABLE: { status: 503, meaning: "The request could not be stored just now; nothing was taken, send it again." },
  HS_REMOTE_ERROR: { status: 502, meaning: "The remote system failed or could not be reached." },
  SB_CONFIG: { status: 500, meaning: "The configuration or registration file has a mistake; the message names file and key." },
  SB_STORAGE: { status: 500, meaning: "The data folder cannot be used; the message names it." },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly meaning: string }>>;

export type ErrorCode = keyof typeof errorCodes;

interface ErrorOptionsWithCause {
  readonly cause?: unknown;
  /** Further members of an API's error body that programs read, such as `validationErrors`. No secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Any expected failure: `message` is a sentence a person can act on and never holds a secret. */
export class SwitchboardError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, { cause, details = {} }: ErrorOptionsWithCause = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A mistake in the configuration or registration; `path` is the key, such as `listeners.0.port`. */
export class ConfigError extends SwitchboardError {
  readonly path: string;

  constructor(path: string, message: string, options?: ErrorOptionsWithCause) {
    super("SB_CONFIG", message, options);
    this.path = path;
  }
}

/** A value from outside does not fit. */
export class ValidationError extends SwitchboardError {
  constructor(message: string, options?: ErrorOptionsWithCause) {
    super("HS_BAD_VALUE", message, options);
  }
}

/** Somebody lacks a right; the message names the remedy. */
export class PermissionError extends SwitchboardError {
  /** The message without the remedy, where the two were given apart: what Hookshot's own commands answer. */
  readonly sentence: string;

  constructor(
    sentence: string,
    code: "HS_FORBIDDEN_USER" | "HS_FORBIDDEN_BOT" | "HS_NOT_IN_ROOM" | "HS_BAD_TOKEN" = "HS_FORBIDDEN_USER",
    remedy?: string,
  ) {
    super(code, remedy === undefined ? sentence : `${sentence} ${remedy}`);
    this.sentence = sentence;
  }
}

export class NotFoundError extends SwitchboardError {
  constructor(message: string) {
    super("HS_NOTFOUND", message);
  }
}

export class StorageError extends SwitchboardError {
  constructor(message: string, options?: ErrorOptionsWithCause) {
    super("SB_STORAGE", message, options);
  }
}

interface RemoteErrorOptions extends ErrorOptionsWithCause {
  /** HTTP status; absent when no answer came. */
  readonly status?: number;
  /** The remote's own error code, for example `M_FORBIDDEN`. */
  readonly remoteCode?: string;
  readonly retryAfterMs?: number;
  /** True when the request may have been carried out although no answer came. */
  readonly outcomeUnknown?: boolean;
  /** True when no answer can come later either, for example because our own rules forbid the target. */
  readonly isFinal?: boolean;
}

/** A homeserver or remote system refused, failed, or could not be reached. */
export class RemoteError extends SwitchboardError {
  readonly status: number | undefined;
  readonly remoteCode: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly outcomeUnknown: boolean;
  readonly #isFinal: boolean;

  constructor(message: string, options: RemoteErrorOptions = {}) {
    super("HS_REMOTE_ERROR", message, options);
    this.status = options.status;
    this.remoteCode = options.remoteCode;
    this.retryAfterMs = options.retryAfterMs;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.#isFinal = options.isFinal ?? false;
  }

  /** True when the same request may succeed later: no answer, 429, 401 or a 5xx. */
  get isTransient(): boolean {
    if (this.#isFinal) return false;
    return this.status === undefined || this.status === 429 || this.status === 401 || this.status >= 500;
  }
}
