import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import type { GitHubConfig } from "./schema.js";

/** The GitHub that the configuration names: its cloud, or an Enterprise Server. */
export interface GitHubSite {
  /** Where people open it; no trailing slash. */
  readonly webUrl: string;
  /** Where its REST API is; no trailing slash. GraphQL follows from it (`/api/v3` becomes `/api/graphql`). */
  readonly apiUrl: string;
  readonly isCloud: boolean;
}

const cloud: GitHubSite = { webUrl: "https://github.com", apiUrl: "https://api.github.com", isCloud: true };

/** Hookshot reference 1.9. */
export function siteOf({ enterpriseUrl }: Pick<GitHubConfig, "enterpriseUrl">): GitHubSite {
  const address = parseHttpUrl(enterpriseUrl);
  if (address === undefined) return cloud;
  const webUrl = baseUrl(address);
  return webUrl === cloud.webUrl ? cloud : { webUrl, apiUrl: `${webUrl}/api/v3`, isCloud: false };
}
