import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpResponse } from "../core/ports/http-client.js";
import { ownMember } from "../shared/own-member.js";

/** A question to the token endpoint of an OAuth 2 server (RFC 6749, sections 4.1.3 and 6). */
export interface TokenRequest {
  readonly url: string;
  /** `grant_type` and what goes with it. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How they are sent: the standard wants a form, some vendors document JSON. */
  readonly format: "form" | "json";
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface GrantedTokens {
  readonly kind: "granted";
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch, counted from when the question was asked. */
  readonly expiresAt?: number;
  /** Of the refresh token, where the remote tells (GitHub's `refresh_token_expires_in`). */
  readonly refreshExpiresAt?: number;
  readonly scope?: string;
  readonly tokenType?: string;
}

/** For certain: the same question gets the same answer. */
export interface RefusedTokens {
  readonly kind: "refused";
  /** The standard's or the vendor's word, such as `invalid_grant`: small letters and underscores, or `unknown_error`. It can be shown. */
  readonly error: string;
  /** The remote's own words. For decisions only: they may repeat what was sent, and are shown to nobody. */
  readonly description?: string;
}

export type TokenAnswer = GrantedTokens | RefusedTokens;

/** Somebody waits for it: a person before a page, or whoever needs the login. */
const timeoutMs = 10_000;

/** Words that say "later" where others say "no" (RFC 6749, section 4.1.2.1). */
const passingErrors: readonly string[] = ["temporarily_unavailable", "server_error", "slow_down"];

/**
 * Asks for tokens. Vendors answer a refusal with 400, 401, 403 (Atlassian) or even 200 (GitHub): what counts is the member `error`.
 * @throws RemoteError when that cannot be told: no answer, 429, 5xx, or something that is no answer of a token endpoint
 */
export async function requestToken(http: HttpClient, request: TokenRequest): Promise<TokenAnswer> {
  const askedAt = request.now();
  const response = await ask(http, request);
  const { status } = response;
  const place = `The token address of ${new URL(request.url).host}`;
  if (status === 429 || status >= 500) throw new RemoteError(`${place} failed (${status}). Try again later.`, { status });
  const answer = readAnswer(response);
  const error = textOf(answer, "error");
  if (error !== undefined && passingErrors.includes(error)) throw new RemoteError(`${place} is busy. Try again later.`, { status: 503 });
  if (error !== undefined) return refused(error, textOf(answer, "error_description"), request);
  const granted = status >= 200 && status < 300 ? grantedBy(answer, askedAt) : undefined;
  if (granted !== undefined) return granted;
  throw new RemoteError(`${place} gave an answer (${status}) that is none of OAuth 2. The administrator has to check the address.`, {
    status,
  });
}

async function ask(http: HttpClient, { url, parameters, format }: TokenRequest): Promise<HttpResponse> {
  const [type, body] =
    format === "json"
      ? ["application/json", JSON.stringify(parameters)]
      : ["application/x-www-form-urlencoded", new URLSearchParams(parameters).toString()];
  const headers = { accept: "application/json", "content-type": type };
  try {
    return await http.request({ method: "POST", url, headers, body, timeoutMs });
  } catch (error) {
    // Other errors are mistakes of ours.
    if (!(error instanceof RemoteError)) throw error;
    const message = `The token address of ${new URL(url).host} gave no answer: ${error.message}. Try again later.`;
    // Whatever became of the tokens: what they are wanted for was not begun.
    throw new RemoteError(message, { cause: error });
  }
}

/** GitHub answers with a form where it does not understand `accept`; so do older servers. */
function readAnswer({ headers, body }: HttpResponse): unknown {
  const isForm = (headers["content-type"] ?? "").includes("x-www-form-urlencoded");
  if (isForm) return Object.fromEntries(new URLSearchParams(body));
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}

function grantedBy(answer: unknown, askedAt: number): GrantedTokens | undefined {
  const accessToken = textOf(answer, "access_token");
  // It goes into a header as it is.
  if (accessToken === undefined || !/^[\x21-\x7e]+$/.test(accessToken)) return undefined;
  return {
    kind: "granted",
    accessToken,
    ...optional("refreshToken", textOf(answer, "refresh_token")),
    ...optional("expiresAt", endOf(answer, "expires_in", askedAt)),
    ...optional("refreshExpiresAt", endOf(answer, "refresh_token_expires_in", askedAt)),
    ...optional("scope", textOf(answer, "scope")),
    ...optional("tokenType", textOf(answer, "token_type")),
  };
}

/** The error may be anything, such as one of the secrets that were sent. */
function refused(error: string, description: string | undefined, { parameters }: TokenRequest): RefusedTokens {
  const isWord = /^[a-z_]{1,64}$/.test(error) && !Object.values(parameters).includes(error);
  const word = isWord ? error : "unknown_error";
  return { kind: "refused", error: word, ...optional("description", description?.slice(0, 500)) };
}

function textOf(answer: unknown, name: string): string | undefined {
  const value = ownMember(answer, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Seconds, as a number or, in forms, as text. */
function endOf(answer: unknown, name: string, askedAt: number): number | undefined {
  const value = ownMember(answer, name);
  const seconds = typeof value === "string" && value !== "" ? Number(value) : value;
  const end = typeof seconds === "number" && seconds > 0 ? askedAt + seconds * 1000 : undefined;
  return end !== undefined && Number.isFinite(end) ? end : undefined;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [N in Name]?: Value } {
  // A computed key of a generic type widens to an index signature.
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value };
}
