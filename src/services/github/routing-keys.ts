import type { RepositoryName } from "./repository-name.js";

/*
 * The state of connections names no host, and the configuration names one GitHub, whose secret every event was checked with: so keys need
 * none either. GitHub takes upper and lower case for the same.
 */

/** How what happens in a repository finds rooms. */
export function repositoryKey({ owner, repo }: RepositoryName): string {
  return `${owner}/${repo}`.toLowerCase();
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
