import { RemoteError } from "../../core/errors.js";
import type { ServiceContext } from "../../core/service.js";
import { requestToken, type GrantedTokens, type RefusedTokens, type TokenAnswer } from "../../vocabulary/oauth2.js";
import type { CloudSettings, ServerSettings } from "./oauth-settings.js";
import type { JiraConfig } from "./schema.js";
import type { StoredBrowserLogin } from "./stored-login.js";

export type Oauth2Settings = CloudSettings | ServerSettings;
type Context = Pick<ServiceContext<JiraConfig>, "http" | "now">;

/** @param codeVerifier PKCE, where it is offered */
export function exchangeCode(
  settings: Oauth2Settings,
  code: string,
  codeVerifier: string | undefined,
  context: Context,
): Promise<TokenAnswer> {
  const verifier = codeVerifier === undefined ? {} : { code_verifier: codeVerifier };
  return ask(settings, { grant_type: "authorization_code", code, redirect_uri: settings.redirectUri, ...verifier }, context);
}

/** Data Center compares the address of the way back here, too, which RFC 6749 does not ask for. */
export function exchangeRefreshToken(settings: Oauth2Settings, refreshToken: string, context: Context): Promise<TokenAnswer> {
  const redirect = settings.kind === "oauth2" ? { redirect_uri: settings.redirectUri } : {};
  return ask(settings, { grant_type: "refresh_token", refresh_token: refreshToken, ...redirect }, context);
}

/** Atlassian documents JSON for Jira Cloud; Data Center takes forms. */
function ask(settings: Oauth2Settings, parameters: Readonly<Record<string, string>>, { http, now }: Context): Promise<TokenAnswer> {
  const { kind, tokenUrl: url, clientId, clientSecret } = settings;
  const client = { client_id: clientId, client_secret: clientSecret.reveal() };
  return requestToken(http, { url, parameters: { ...client, ...parameters }, format: kind === "cloud" ? "json" : "form", now });
}

/**
 * Whether the refresh token is good no more. Jira Cloud documents `invalid_grant` and as often answers `unauthorized_client` with the words
 * "refresh_token is invalid".
 */
export function isEnd({ error, description }: RefusedTokens): boolean {
  if (error === "invalid_grant") return true;
  return error === "unauthorized_client" && /refresh.?token/i.test(description ?? "");
}

/** A refusal that says nothing of the login: mostly the app itself is not let in. */
export function refusedApp({ error }: RefusedTokens, { configPath, tokenUrl }: Oauth2Settings): RemoteError {
  const where = new URL(tokenUrl).host;
  const remedy = `The administrator has to check \`${configPath}\`: client id, client secret and redirect address.`;
  return new RemoteError(`${where} refuses this app (${error}). ${remedy}`, { status: 400 });
}

/** @param before what was renewed: a refresh token that is not replaced stays good */
export function toBrowserLogin({ accessToken, refreshToken, expiresAt }: GrantedTokens, before?: StoredBrowserLogin): StoredBrowserLogin {
  const { id, displayName } = before ?? {};
  const token = refreshToken ?? before?.refreshToken;
  return {
    accessToken,
    ...(token === undefined ? {} : { refreshToken: token }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(id === undefined ? {} : { id }),
    ...(displayName === undefined ? {} : { displayName }),
  };
}
