import type { UserId } from "../../core/ids.js";
import { RemoteError } from "../../core/errors.js";
import type { LoginRenewal, RenewedLogin } from "../../core/ports/personal-logins.js";
import type { ServiceContext } from "../../core/service.js";
import { requestToken, type GrantedTokens, type RefusedTokens, type TokenAnswer } from "../../vocabulary/oauth2.js";
import { loginCommandOf } from "./access.js";
import { forHookshot, hookshotCloudName } from "./hookshot-login.js";
import type { JiraInstance } from "./instances.js";
import type { Oauth2Settings, OauthSettings } from "./oauth-settings.js";
import type { JiraConfig } from "./schema.js";
import { isBrowserLogin, type ReadLogin, type StoredBrowserLogin } from "./stored-login.js";

type Network = Pick<ServiceContext<JiraConfig>, "http" | "now">;
type Context = Network & Pick<ServiceContext<JiraConfig>, "logins">;

/** A login with the browser that is kept. */
interface Renewable {
  readonly person: UserId;
  readonly instance: Pick<JiraInstance, "name" | "url">;
  readonly settings: OauthSettings;
  readonly read: ReadLogin;
}

/** How a login with the browser is renewed: by its refresh token, or not at all. */
export function renewalOf(renewable: Renewable, context: Context): LoginRenewal {
  const { instance, read } = renewable;
  return {
    account: `your Jira account at ${instance.name} (${instance.url})`,
    loginCommand: loginCommandOf(instance),
    endsAt(login) {
      const stored = read(login);
      return isBrowserLogin(stored) ? stored.expiresAt : undefined;
    },
    renew: (login) => renew(renewable, login, context),
  };
}

async function renew({ person, settings, read }: Renewable, login: string, context: Context): Promise<RenewedLogin> {
  const stored = read(login);
  if (settings.kind === "oauth1" || !isBrowserLogin(stored) || stored.refreshToken === undefined) return { kind: "ended" };
  const answer = await exchangeRefreshToken(settings, stored.refreshToken, context);
  if (answer.kind === "refused") {
    if (isEnd(answer)) return { kind: "ended" };
    throw refusedApp(answer, settings);
  }
  const renewed = toBrowserLogin(answer, stored);
  if (settings.kind !== "cloud") return { kind: "renewed", login: JSON.stringify(renewed) };
  // The one that Hookshot has is worth nothing from now on.
  const copy = forHookshot(person, hookshotCloudName, renewed);
  return { kind: "renewed", login: JSON.stringify(renewed), changes: context.logins.writeForHookshot(copy.accountDataType, copy.text) };
}

/** @param codeVerifier PKCE, where it is offered */
export function exchangeCode(
  settings: Oauth2Settings,
  code: string,
  codeVerifier: string | undefined,
  context: Network,
): Promise<TokenAnswer> {
  const verifier = codeVerifier === undefined ? {} : { code_verifier: codeVerifier };
  return ask(settings, { grant_type: "authorization_code", code, redirect_uri: settings.redirectUri, ...verifier }, context);
}

/** Data Center compares the address of the way back here, too, which RFC 6749 does not ask for. */
function exchangeRefreshToken(settings: Oauth2Settings, refreshToken: string, context: Network): Promise<TokenAnswer> {
  const redirect = settings.kind === "oauth2" ? { redirect_uri: settings.redirectUri } : {};
  return ask(settings, { grant_type: "refresh_token", refresh_token: refreshToken, ...redirect }, context);
}

/** Atlassian documents JSON for Jira Cloud; Data Center takes forms. */
function ask(settings: Oauth2Settings, parameters: Readonly<Record<string, string>>, { http, now }: Network): Promise<TokenAnswer> {
  const { kind, tokenUrl: url, clientId, clientSecret } = settings;
  const client = { client_id: clientId, client_secret: clientSecret.reveal() };
  return requestToken(http, { url, parameters: { ...client, ...parameters }, format: kind === "cloud" ? "json" : "form", now });
}

/**
 * Whether the refresh token is good no more. Jira Cloud documents `invalid_grant` and as often answers `unauthorized_client` with the words
 * "refresh_token is invalid"; with others, the app lacks a right.
 */
function isEnd({ error, description }: RefusedTokens): boolean {
  if (error === "invalid_grant") return true;
  return error === "unauthorized_client" && /refresh.?token is (?:invalid|expired)/i.test(description ?? "");
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
