import { RemoteError } from "../../core/errors.js";
import type { RenewedLogin } from "../../core/ports/personal-logins.js";
import type { ServiceContext } from "../../core/service.js";
import { requestToken, type TokenAnswer } from "../../vocabulary/oauth2.js";
import type { GitHubConfig, OAuthConfig } from "./schema.js";
import { siteOf } from "./site.js";
import { ofGranted, type StoredLogin } from "./stored-login.js";

type Context = Pick<ServiceContext<GitHubConfig>, "config" | "http" | "now" | "log">;

/** What says that a refresh token works no more, whoever asks: GitHub's word and the standard's (RFC 6749, section 5.2). */
const definiteEnds: readonly string[] = ["bad_refresh_token", "invalid_grant"];

export function authorizationUrlOf({ oauth, ...config }: Pick<GitHubConfig, "enterpriseUrl" | "oauth">): string {
  return oauth?.authorizationUrl ?? `${siteOf(config).webUrl}/login/oauth/authorize`;
}

/**
 * Exchanges what the browser brought, with the verifier of PKCE. A server that does not know the verifier ignores it (RFC 6749, section 3.2).
 * @throws RemoteError when it cannot be told
 */
export function exchangeCode(code: string, codeVerifier: string, oauth: OAuthConfig, context: Context): Promise<TokenAnswer> {
  return ask(oauth, { code, redirect_uri: oauth.redirect_uri, code_verifier: codeVerifier }, context);
}

/**
 * GitHub's "Refreshing user access tokens". What ends a login is GitHub's word against the refresh token; what it has against the App or its
 * secret is the administrator's to mend, and the login is kept.
 * @throws RemoteError when it cannot be renewed just now
 */
export async function renewTokens(login: StoredLogin | undefined, context: Context): Promise<RenewedLogin> {
  if (!login?.refresh_token) return { kind: "ended" };
  const { oauth } = context.config;
  if (oauth === undefined) throw notRenewed("the configuration has no `github.oauth`", context);
  const answer = await ask(oauth, { grant_type: "refresh_token", refresh_token: login.refresh_token }, context);
  if (answer.kind === "granted") return { kind: "renewed", login: ofGranted(answer, login) };
  if (definiteEnds.includes(answer.error)) return { kind: "ended" };
  context.log.warn({ error: answer.error }, "GitHub does not renew a login");
  throw notRenewed(`GitHub refuses it (${answer.error})`, context);
}

function ask(oauth: OAuthConfig, parameters: Readonly<Record<string, string>>, { config, http, now }: Context): Promise<TokenAnswer> {
  const app = { client_id: oauth.client_id, client_secret: oauth.client_secret.reveal() };
  const url = oauth.tokenUrl ?? `${siteOf(config).webUrl}/login/oauth/access_token`;
  return requestToken(http, { url, parameters: { ...app, ...parameters }, format: "form", now });
}

/** Trying again does not help until somebody has mended it. */
function notRenewed(reason: string, { config }: Context): RemoteError {
  const { webUrl } = siteOf(config);
  return new RemoteError(
    `Your login at GitHub (${webUrl}) has to be renewed, and that does not work: ${reason}. The administrator has to check \`github.oauth\`.`,
    { isFinal: true },
  );
}
