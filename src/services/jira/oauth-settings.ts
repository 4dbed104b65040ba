import type { Secret } from "../../shared/secret.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import type { JiraConfig, JiraInstanceOauthConfig } from "./schema.js";

interface CommonSettings {
  /** What logins made by it are kept under: an address, without trailing slash. */
  readonly remote: string;
  readonly redirectUri: string;
  /** The section to change when something about it is wrong. */
  readonly configPath: string;
}

interface AppSettings extends CommonSettings {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
}

/** Jira Cloud: one login reaches all sites that the person has opened to the app. `remote` is where apps reach them. */
export type CloudSettings = AppSettings & { readonly kind: "cloud" };
/** OAuth 2 of Data Center. `remote` is the instance's address. */
export type ServerSettings = AppSettings & { readonly kind: "oauth2" };
export type Oauth2Settings = CloudSettings | ServerSettings;
/** OAuth 1.0a of Server and Data Center. `remote` is the instance's address. */
export type ConsumerSettings = CommonSettings & {
  readonly kind: "oauth1";
  readonly consumerKey: string;
  /** Path of a PEM file. */
  readonly privateKeyFile: string;
};

/** How people log in with a browser. */
export type OauthSettings = Oauth2Settings | ConsumerSettings;

/** Where Jira Cloud answers apps; Hookshot's name for "whichever sites the person can see" (reference 1.11). */
const usualCloudApiUrl = "https://api.atlassian.com";

/** Also where no app is set up: logins may be older than the configuration. */
export function cloudApiUrl({ oauth }: JiraConfig): string {
  const url = parseHttpUrl(oauth?.apiUrl ?? usualCloudApiUrl);
  return url === undefined ? usualCloudApiUrl : baseUrl(url);
}

/** The app for Jira Cloud: `jira.oauth`, unless that belongs to the instance of `jira.url` (reference 1.11). */
export function cloudSettings(config: JiraConfig): CloudSettings | undefined {
  const { url, oauth } = config;
  if (url !== undefined || oauth?.client_id === undefined || oauth.client_secret === undefined) return undefined;
  return {
    kind: "cloud",
    remote: cloudApiUrl(config),
    redirectUri: oauth.redirect_uri,
    configPath: "jira.oauth",
    clientId: oauth.client_id,
    clientSecret: oauth.client_secret,
    authorizationUrl: oauth.authorizationUrl ?? "https://auth.atlassian.com/authorize",
    tokenUrl: oauth.tokenUrl ?? "https://auth.atlassian.com/oauth/token",
  };
}

/** @param remote the instance's address */
export function instanceSettings(
  remote: string,
  oauth: JiraInstanceOauthConfig,
  configPath: string,
): ServerSettings | ConsumerSettings | undefined {
  const { redirect_uri: redirectUri, client_id: clientId, client_secret: clientSecret, consumerKey, privateKey } = oauth;
  const common = { remote, redirectUri, configPath };
  if (consumerKey !== undefined && privateKey !== undefined) return { ...common, kind: "oauth1", consumerKey, privateKeyFile: privateKey };
  if (clientId === undefined || clientSecret === undefined) return undefined;
  const authorizationUrl = oauth.authorizationUrl ?? `${remote}/rest/oauth2/latest/authorize`;
  return {
    ...common,
    kind: "oauth2",
    clientId,
    clientSecret,
    authorizationUrl,
    tokenUrl: oauth.tokenUrl ?? `${remote}/rest/oauth2/latest/token`,
  };
}
