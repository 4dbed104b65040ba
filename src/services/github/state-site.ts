import type { ConnectionState } from "../../core/connection.js";
import { parseHttpUrl } from "../../shared/url.js";
import { registeredWebUrl } from "./registered-site.js";
import type { GitHubConfig } from "./schema.js";
import { isSameSite, siteOf, type GitHubSite } from "./site.js";

/*
 * The state of a connection to a repository names no GitHub where it is the configuration's, as in Hookshot. For any other, which was
 * registered, it has a key of ours that Hookshot does not look at: `url`, the address as people open it.
 */

type Place = Pick<GitHubSite, "webUrl">;

/** The address that the state names; undefined where it means the configured GitHub. */
export function namedSite(state: ConnectionState): Place | undefined {
  const { url } = state;
  return typeof url === "string" && parseHttpUrl(url) !== undefined ? { webUrl: registeredWebUrl({ url }) } : undefined;
}

/** Where the connection's repository is. */
export function siteOfState(state: ConnectionState, config: GitHubConfig): Place {
  return namedSite(state) ?? siteOf(config);
}

/** Is it a GitHub that neither the App nor people's logins reach? */
export function isElsewhere(state: ConnectionState, config: GitHubConfig): boolean {
  return !isSameSite(siteOfState(state, config), siteOf(config));
}

/** What a new connection's state says of the place. */
export function siteState(place: Place, config: GitHubConfig): { readonly url?: string } {
  return isSameSite(place, siteOf(config)) ? {} : { url: place.webUrl };
}
