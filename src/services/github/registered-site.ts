import type { RegisteredRemote } from "../../core/registered-remote.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { basicOf } from "../../vocabulary/remote-credentials.js";
import { cloudSite, type GitHubSite } from "./site.js";

/** Where a registered GitHub is. Addresses are registered as people copy them: of the browser, or of the API. */
export function registeredSite(remote: Pick<RegisteredRemote, "url" | "apiPath">): GitHubSite {
  const webUrl = registeredWebUrl(remote);
  return webUrl === cloudSite.webUrl && remote.apiPath === undefined
    ? cloudSite
    : { webUrl, apiUrl: registeredApiUrl(remote), isCloud: webUrl === cloudSite.webUrl };
}

/** GitHub's cloud has its API at a host of its own, beside that of people; an Enterprise Server below its own address. */
export function registeredApiUrl({ url, apiPath }: Pick<RegisteredRemote, "url" | "apiPath">): string {
  if (apiPath !== undefined) return `${url}${apiPath}`;
  const { hostname, pathname } = new URL(url);
  if (isCloudHost(hostname)) return cloudSite.apiUrl;
  if (/^api\.[^.]+\.ghe\.com$/.test(hostname)) return url;
  // Enterprise Cloud with data residency.
  if (/^[^.]+\.ghe\.com$/.test(hostname)) return `https://api.${hostname}`;
  return pathname.endsWith("/api/v3") ? url : `${url}/api/v3`;
}

/** Where people open it; no trailing slash. What is no web address stays as it is. */
export function registeredWebUrl({ url }: Pick<RegisteredRemote, "url">): string {
  const address = parseHttpUrl(url);
  if (address === undefined) return url;
  const { hostname } = address;
  if (isCloudHost(hostname)) return cloudSite.webUrl;
  const [, name] = /^(?:api\.)?([^.]+\.ghe\.com)$/.exec(hostname) ?? [];
  if (name !== undefined) return `https://${name}`;
  return baseUrl(address).replace(/\/api\/v3$/, "");
}

function isCloudHost(hostname: string): boolean {
  return ["github.com", "www.github.com", "api.github.com"].includes(hostname);
}

/**
 * What its account signs requests with. Passwords are taken by old Enterprise Servers; elsewhere a personal access token can stand in a
 * password's place.
 * @throws RemoteError when there is none
 */
export function authorizationOf(remote: RegisteredRemote): string {
  return remote.account.kind === "token" ? `Bearer ${remote.account.token.reveal()}` : basicOf(remote);
}
