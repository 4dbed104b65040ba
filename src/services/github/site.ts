import { baseUrl, parseHttpUrl, withoutTrailingSlashes } from "../../shared/url.js";
import type { GitHubConfig } from "./schema.js";

/** A GitHub: its cloud, or an Enterprise Server. */
export interface GitHubSite {
  /** Where people open it; no trailing slash. */
  readonly webUrl: string;
  /** Where its REST API is; no trailing slash. GraphQL follows from it (`/api/v3` becomes `/api/graphql`). */
  readonly apiUrl: string;
  readonly isCloud: boolean;
}

export const cloudSite: GitHubSite = { webUrl: "https://github.com", apiUrl: "https://api.github.com", isCloud: true };

/** The one that the configuration names (Hookshot reference 1.9); without a section it is the cloud. */
export function siteOf({ enterpriseUrl }: Pick<GitHubConfig, "enterpriseUrl">): GitHubSite {
  const address = parseHttpUrl(enterpriseUrl);
  if (address === undefined) return cloudSite;
  const webUrl = baseUrl(address);
  return webUrl === cloudSite.webUrl ? cloudSite : { webUrl, apiUrl: `${webUrl}/api/v3`, isCloud: false };
}

/** By which one GitHub is told from another: whether by TLS or not, it is the same. */
export function hostOf({ webUrl }: Pick<GitHubSite, "webUrl">): string {
  const { host, pathname } = new URL(webUrl);
  return withoutTrailingSlashes(`${host}${pathname}`).toLowerCase();
}

export function isSameSite(left: Pick<GitHubSite, "webUrl">, right: Pick<GitHubSite, "webUrl">): boolean {
  return hostOf(left) === hostOf(right);
}

/** Whether somebody who types the name of a host means it. */
export function isCalledByHost({ webUrl }: Pick<GitHubSite, "webUrl">, typed: string): boolean {
  return [new URL(webUrl).host, hostOf({ webUrl })].includes(typed.toLowerCase());
}
