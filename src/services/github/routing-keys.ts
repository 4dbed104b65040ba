import type { ConnectionState } from "../../core/connection.js";
import type { RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { hostOf, isSameSite, siteOf, type GitHubSite } from "./site.js";
import { namedSite } from "./state-site.js";

/*
 * What lies at the configured GitHub has keys without a host, as the state of its connections has none, and its secret is the one that its
 * events were checked with. What lies at another GitHub, which was registered, has its host in front. No key of one sort is one
 * of the other: only here a slash stands behind a blank. GitHub takes upper and lower case for the same.
 */

/** How what happens in a repository of the configured GitHub finds rooms. */
export function repositoryKey({ owner, repo }: RepositoryName): string {
  return `${owner}/${repo}`.toLowerCase();
}

/** The same wherever it is. Rooms that were connected while another GitHub was configured name the one that is now, too. */
export function repositoryKeysAt(site: Pick<GitHubSite, "webUrl">, repository: RepositoryName, config: GitHubConfig): readonly string[] {
  const withHost = keyWithHost(site, repository);
  return isSameSite(site, siteOf(config)) ? [repositoryKey(repository), withHost] : [withHost];
}

/** The key of the repository that a room is connected to. */
export function connectedKey(state: ConnectionState, repository: RepositoryName): string {
  const site = namedSite(state);
  return site === undefined ? repositoryKey(repository) : keyWithHost(site, repository);
}

function keyWithHost(site: Pick<GitHubSite, "webUrl">, repository: RepositoryName): string {
  return `${hostOf(site)} ${repositoryKey(repository)}`;
}

/** How what happens to one issue or pull request finds its room. */
export function issueKey(repository: RepositoryName, number: number): string {
  return `${repositoryKey(repository)}#${number}`;
}

/** How a repository's discussions find the space that holds them. */
export function discussionsKey(repository: RepositoryName): string {
  return `${repositoryKey(repository)} discussions`;
}

/** How what happens in one discussion finds its room. */
export function discussionKey(repository: RepositoryName, number: number): string {
  return `${discussionsKey(repository)}#${number}`;
}

/** By which the space of an account's spaces is found. */
export function userSpaceKey(login: string): string {
  return `${login.toLowerCase()} spaces`;
}
