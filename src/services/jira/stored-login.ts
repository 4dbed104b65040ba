import { compileSchema } from "../../shared/validate.js";

/** A person's login as it is kept: encrypted, under the address of the Jira (or of Jira Cloud's API, for a login with the browser there). */
export type StoredLogin = StoredToken | StoredBrowserLogin;

/** A personal access token, or an e-mail address with an API token. */
export interface StoredToken {
  readonly username?: string;
  readonly token: string;
  readonly id: string;
  readonly displayName: string;
}

/** What a login with the browser brought. */
export interface StoredBrowserLogin {
  /** Of OAuth 1.0a in Hookshot's form: `jira-oauth1.0:<token>/<secret>`. */
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Milliseconds since the epoch; absent for what does not end by itself. */
  readonly expiresAt?: number;
  /** Absent in what Hookshot kept. */
  readonly id?: string;
  readonly displayName?: string;
}

/** Undefined for what cannot be read any more. */
export type ReadLogin = (stored: string) => StoredLogin | undefined;

const text = { type: "string", minLength: 1 };
const displayName = { type: "string" };
const tokenSchema = {
  type: "object",
  properties: { username: text, token: text, id: text, displayName },
  required: ["token", "id", "displayName"],
};
const browserSchema = {
  type: "object",
  properties: { accessToken: text, refreshToken: text, expiresAt: { type: "number" }, id: text, displayName },
  required: ["accessToken"],
};

/** Compiles its schemas, so it is made once. */
export function createLoginReader(): ReadLogin {
  const options = { useDefaults: false, allErrors: false };
  const asToken = compileSchema<StoredToken>(tokenSchema, options);
  const asBrowserLogin = compileSchema<StoredBrowserLogin>(browserSchema, options);
  return (stored) => {
    const parsed = parse(stored);
    const token = asToken(parsed);
    if (token.ok) return token.value;
    const login = asBrowserLogin(parsed);
    return login.ok ? login.value : undefined;
  };
}

export function isBrowserLogin(login: StoredLogin | undefined): login is StoredBrowserLogin {
  return login !== undefined && "accessToken" in login;
}

function parse(stored: string): unknown {
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    // The schema then refuses it; the error would quote it.
    return undefined;
  }
}

const oauth1Prefix = "jira-oauth1.0:";

/** Token and secret of OAuth 1.0a, as Hookshot keeps them in one text (reference 6.1). The secret signs nothing where RSA does. */
export interface Oauth1Token {
  readonly token: string;
  readonly secret: string;
}

export function writeOauth1Token({ token, secret }: Oauth1Token): string {
  return `${oauth1Prefix}${token}/${secret}`;
}

/** Undefined for a token of OAuth 2. */
export function readOauth1Token(accessToken: string): Oauth1Token | undefined {
  if (!accessToken.startsWith(oauth1Prefix)) return undefined;
  const [token = "", ...secret] = accessToken.slice(oauth1Prefix.length).split("/");
  return { token, secret: secret.join("/") };
}
