import type { ErrorCode, SwitchboardError } from "../core/errors.js";
import type { BodyBudget } from "./body-budget.js";

/** `ALL` takes every method as itself, HEAD and OPTIONS included; a path that another row has too is never its. */
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "ALL";

/** A request before its body was read. */
export interface RequestHead {
  readonly method: string;
  /** Path below the listener's prefix, as sent: percent signs not decoded, no query. */
  readonly path: string;
  /** Parameters of the route's path, percent signs decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Names in lower case; repeated headers joined as Node does. */
  readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface Request extends RequestHead {
  /** The raw bytes; empty where the route takes no body. */
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case; these go before those that follow from the body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A string is sent as plain text, a Buffer as bytes, anything else as JSON; absent sends no body. */
  readonly body?: string | Buffer | object;
}

/** A request that was refused or failed, before it has the shape that an API's clients expect. */
export interface Failure {
  readonly status: number;
  readonly code: ErrorCode;
  /** A sentence for the client; never holds a secret or an inner detail. */
  readonly message: string;
  /** Further members of the body that programs read. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Finds the failure in the log; present when something unexpected happened. */
  readonly id?: string;
}

/** What the answer to a request that was not served may depend on. */
export type RefusedRequest = Pick<RequestHead, "method" | "path" | "query">;

/** Gives a failure the status and body that an API's contract asks for. */
export type ErrorBody = (failure: Failure, request: RefusedRequest) => { readonly status: number; readonly body: object };

export type JsonSchema = Readonly<Record<string, unknown>>;

/** What the documents of an API say of a route (http/openapi.ts). The schemas are those that the route validates with. */
export interface RouteDoc {
  /** The API that it belongs to: `Provisioning`. */
  readonly tag: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** Who may call it; absent: everybody. `token-word`: tokens come as `Authorization: Token <token>`, and in no other way; `client`:
   * a signed token of a Connect app, or an OAuth client's. */
  readonly auth?: "token" | "token-if-sent" | "token-word" | "client";
  /** Schema of each parameter of the path. */
  readonly params?: Readonly<Record<string, JsonSchema>>;
  /** Schema of the query, an object. */
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  /** Content types of the body. Absent: those that the route accepts, or JSON. */
  readonly bodyTypes?: readonly string[];
  /** For a row of all methods: those that can do something. */
  readonly methods?: readonly Exclude<Method, "ALL">[];
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
}

/** Without a schema the answer has no body, or none that could be described. */
export interface DocumentedAnswer {
  readonly description: string;
  readonly schema?: JsonSchema;
  /** JSON unless given. */
  readonly contentType?: string;
}

/** One row of an API's route table. */
export interface Route {
  readonly method: Method;
  /**
   * Below the listener's prefix, in Express's form: `/rooms/:alias`. A trailing slash and the case of letters do not matter.
   * GET also serves HEAD; OPTIONS is answered with the methods. Where several paths fit, one with words goes before one with parameters.
   */
  readonly path: string;
  /**
   * Dispatched before Express, which costs four times what Node itself does. Only for a path without parameters or with one at its end.
   * Express serves the same row too, for the spellings that the short way does not know.
   */
  readonly hot?: boolean;
  /** Bytes; a larger body is answered 413. Absent: the route takes no body, and one that is sent is dropped, as is that of a GET. */
  readonly maxBodyBytes?: number;
  /** Shared with other routes whose bodies may be large. What does not fit in is refused before it is read. */
  readonly bodyBudget?: BodyBudget;
  /** Content types that it takes, such as `application/json` (with `+json` ones); absent: any. A body without a type is taken. */
  readonly accepts?: readonly string[];
  /** Runs before the body is read, so that strangers cannot fill our memory. @throws PermissionError */
  readonly access?: (request: RequestHead) => void | Promise<void>;
  /**
   * Runs before the refusal of what no row serves: a method that the path does not take, or a path below `speaksBelow`. So strangers are not
   * told what there is. @throws PermissionError
   */
  readonly accessBelow?: (request: RequestHead) => void | Promise<void>;
  /** Runs the operation. What it throws becomes the answer through `errorBody`. */
  readonly handle: (request: Request) => Answer | Promise<Answer>;
  /** Absent: the listener's. */
  readonly errorBody?: ErrorBody;
  /** The whole answer to a refusal, where its senders know another shape. Undefined: what `errorBody` gives. */
  readonly refuse?: (error: SwitchboardError, request: RefusedRequest) => Answer | undefined;
  /** A path such as `/api/v2`: what is asked below it and no row serves is refused as this row refuses. The longest one counts. */
  readonly speaksBelow?: string;
  /** Present where it belongs to a public API. */
  readonly doc?: RouteDoc;
  /** Sent with every answer, refusals included; names in lower case. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
}
