import type { RepositoryName } from "./repository-name.js";

/**
 * Whether a registered remote serves a repository. Its projects are `owner/repo`, or `owner/*` for all of an account's; without any it serves
 * all that its account sees. GitHub takes upper and lower case for the same.
 */
export function servesRepository(projects: readonly string[] | undefined, { owner, repo }: RepositoryName): boolean {
  if (projects === undefined) return true;
  const meant = [`${owner}/${repo}`, `${owner}/*`].map((name) => name.toLowerCase());
  return projects.some((project) => meant.includes(project.trim().toLowerCase()));
}
