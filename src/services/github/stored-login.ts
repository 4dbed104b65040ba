import type { UserId } from "../../core/ids.js";
import type { GrantedTokens } from "../../vocabulary/oauth2.js";

/** What stands encrypted, in the form that Hookshot encrypts (reference 6.1): of a personal access token, or of a login with the browser. */
export interface StoredLogin {
  readonly access_token: string;
  /** `pat` or `bearer`. */
  readonly token_type?: string;
  readonly refresh_token?: string | null;
  /** When the access token ends, in milliseconds since the epoch; Hookshot's name for it. */
  readonly expires_in?: number | null;
  /** When the refresh token ends. It is written for Hookshot: GitHub itself tells whether it still works. */
  readonly refresh_token_expires_in?: number | null;
}

export const storedSchema = {
  type: "object",
  properties: {
    access_token: { type: "string", minLength: 1 },
    token_type: { type: "string" },
    refresh_token: { type: ["string", "null"] },
    expires_in: { type: ["number", "null"] },
  },
  required: ["access_token"],
};

/** Where Hookshot keeps a person's login in the main bot's account data, the newer name first (reference 6.1). */
export function hookshotTypes(person: UserId): readonly [string, string] {
  return [`uk.half-shot.matrix-hookshot.github.password-store:${person}`, `uk.half-shot.matrix-github.password-store:${person}`];
}

export function ofPersonalToken(token: string): string {
  return toText({ access_token: token, token_type: "pat" });
}

/** @param before what was renewed: a remote need not give another refresh token (RFC 6749, section 6) */
export function ofGranted({ accessToken, refreshToken, expiresAt, refreshExpiresAt }: GrantedTokens, before?: StoredLogin): string {
  const refresh = refreshToken ?? before?.refresh_token;
  return toText({
    access_token: accessToken,
    token_type: "bearer",
    ...(refresh ? { refresh_token: refresh } : {}),
    ...(expiresAt === undefined ? {} : { expires_in: expiresAt }),
    ...(refreshExpiresAt === undefined ? {} : { refresh_token_expires_in: refreshExpiresAt }),
  });
}

/** What is no JSON is a bare token, as Hookshot wrote them once; `storedSchema` refuses everything else. */
export function parseStored(stored: string): unknown {
  if (!stored.trimStart().startsWith("{")) return { access_token: stored };
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    // Told without its text, which holds a token.
    return undefined;
  }
}

function toText(login: StoredLogin): string {
  return JSON.stringify(login);
}
