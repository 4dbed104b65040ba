import { isUtf8 } from "node:buffer";
import type { DevinfoCallers, GrantedToken } from "../../callers/devinfo-callers.js";
import { errorCodes, ValidationError, type ErrorCode, type SwitchboardError } from "../../core/errors.js";
import { mediaType } from "../../http/content-type.js";
import { readJsonBody } from "../../http/json-body.js";
import type { Answer, DocumentedAnswer, ErrorBody, Request, Route } from "../../http/route.js";

/*
 * Client credentials for a token (RFC 6749, section 4.4). Refusals are those of section 5.2. A body is JSON, as Atlassian's clients send it,
 * or a form, as the RFC has it; `audience` is not looked at, for there is one only.
 */
const maxBodyBytes = 16_384;
const formType = "application/x-www-form-urlencoded";
const grantType = "client_credentials";
/** Seconds, where nothing says how long it takes. */
const retryAfterSeconds = 5;

interface TokenRouteOptions {
  readonly callers: Pick<DevinfoCallers, "grantToken">;
  /** Name of the API in the documents. */
  readonly tag: string;
}

interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `POST /oauth/token`: on-premise tools trade id and secret for a token. */
export function createTokenRoute({ callers, tag }: TokenRouteOptions): Route {
  return {
    method: "POST",
    path: "/oauth/token",
    maxBodyBytes,
    errorBody,
    refuse,
    // RFC 6749, section 5.1.
    answerHeaders: { "cache-control": "no-store", pragma: "no-cache" },
    handle: async (request) => {
      const { clientId, clientSecret } = readCredentials(request);
      return { status: 200, body: toBody(await callers.grantToken(clientId, clientSecret)) };
    },
    doc: {
      tag,
      summary: "Trades the id and the secret of a client for a token",
      description: "OAuth 2.0 client credentials (RFC 6749, section 4.4). The token is good for 15 minutes; there is no refresh token.",
      body: bodySchema,
      bodyTypes: ["application/json", formType],
      answers: {
        200: { description: "A token.", schema: tokenSchema },
        400: refused("The body is neither JSON nor a form, something is missing in it, or it asks for another grant type."),
        401: refused("No client has this id and secret."),
        413: refused("The body is larger than 16 KiB."),
        429: refused("Too many wrong secrets were sent; `Retry-After` says when to try again."),
        503: refused("The token could not be stored just now."),
      },
    },
  };
}

function toBody({ accessToken, expiresInSeconds, scopes }: GrantedToken): object {
  return { access_token: accessToken.reveal(), expires_in: expiresInSeconds, token_type: "Bearer", scope: scopes.join(" ") };
}

/** A refusal with one of RFC 6749's own codes. */
class GrantRefusal extends ValidationError {
  readonly reason: string;

  constructor(reason: "invalid_request" | "unsupported_grant_type", sentence: string) {
    super(sentence);
    this.reason = reason;
  }
}

function readCredentials(request: Request): Credentials {
  const parameters = readParameters(request);
  const grant = parameters.get("grant_type");
  if (grant === undefined) throw missing("grant_type");
  if (grant !== grantType) throw new GrantRefusal("unsupported_grant_type", `The one grant type is ${grantType}.`);
  const [clientId, clientSecret] = [parameters.get("client_id"), parameters.get("client_secret")];
  if (clientId === undefined) throw missing("client_id");
  if (clientSecret === undefined) throw missing("client_secret");
  return { clientId, clientSecret };
}

/** Parameters that are there and not empty: one without a value counts as left out (RFC 6749, section 3.2). */
function readParameters({ body, headers }: Request): ReadonlyMap<string, string> {
  const type = mediaType(headers["content-type"]);
  if (type === formType) return readForm(body);
  if (type === "" || type === "application/json" || type.endsWith("+json")) return readJson(body);
  throw new GrantRefusal("invalid_request", `The body has to be JSON or ${formType}.`);
}

function readForm(body: Buffer): ReadonlyMap<string, string> {
  if (!isUtf8(body)) throw new GrantRefusal("invalid_request", "The body is not UTF-8.");
  const parameters = new URLSearchParams(body.toString("utf8"));
  const names = [...parameters.keys()];
  if (new Set(names).size < names.length) throw new GrantRefusal("invalid_request", "A parameter stands twice in the body.");
  return new Map([...parameters].filter(([, value]) => value !== ""));
}

function readJson(body: Buffer): ReadonlyMap<string, string> {
  const value = readJsonBody(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new GrantRefusal("invalid_request", "The body has to be a JSON object.");
  }
  return new Map(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== ""));
}

function missing(name: string): GrantRefusal {
  return new GrantRefusal("invalid_request", `The parameter ${name} is missing.`);
}

const codes: Partial<Record<ErrorCode, string>> = {
  HS_BAD_TOKEN: "invalid_client",
  HS_TOO_MANY_REQUESTS: "temporarily_unavailable",
  HS_UNAVAILABLE: "temporarily_unavailable",
};

const errorBody: ErrorBody = ({ status, code, message, id }) => {
  if (id !== undefined) return { status, body: { error: "server_error", error_description: message, id } };
  return { status, body: { error: codes[code] ?? "invalid_request", error_description: message } };
};

/** Those with a header, or with a code of their own. */
function refuse(error: SwitchboardError): Answer | undefined {
  if (error instanceof GrantRefusal) return { status: 400, body: { error: error.reason, error_description: error.message } };
  // Every 401 has to name a way in (RFC 9110, section 11.6.1).
  if (error.code === "HS_BAD_TOKEN") {
    return { status: 401, headers: { "www-authenticate": 'Bearer realm="devinfo"' }, body: { error: "invalid_client" } };
  }
  if (error.code !== "HS_TOO_MANY_REQUESTS" && error.code !== "HS_UNAVAILABLE") return undefined;
  const seconds = Number(error.details["retryAfterSeconds"] ?? retryAfterSeconds);
  return {
    status: errorCodes[error.code].status,
    headers: { "retry-after": String(seconds) },
    body: { error: "temporarily_unavailable", error_description: error.message },
  };
}

const bodySchema = {
  type: "object",
  required: ["grant_type", "client_id", "client_secret"],
  properties: {
    grant_type: { type: "string", enum: [grantType] },
    client_id: { type: "string", examples: ["ci"] },
    client_secret: { type: "string", examples: ["sbc_0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef"] },
    audience: { type: "string", description: "Not looked at.", examples: ["api.atlassian.com"] },
  },
} as const;

const tokenSchema = {
  type: "object",
  required: ["access_token", "expires_in", "token_type", "scope"],
  properties: {
    access_token: { type: "string", description: "Sent as `Authorization: Bearer <token>`." },
    expires_in: { type: "integer", description: "Seconds." },
    token_type: { type: "string", enum: ["Bearer"] },
    scope: { type: "string", description: "What the client may do, blank-separated: READ, WRITE, DELETE." },
  },
} as const;

const refusalSchema = {
  type: "object",
  required: ["error"],
  properties: {
    error: { type: "string", description: "RFC 6749, section 5.2.", examples: ["invalid_client"] },
    error_description: { type: "string" },
  },
} as const;

function refused(description: string): DocumentedAnswer {
  return { description, schema: refusalSchema };
}
