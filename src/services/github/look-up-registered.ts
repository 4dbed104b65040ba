import { SwitchboardError } from "../../core/errors.js";
import type { ServiceContext } from "../../core/service.js";
import { registeredLink } from "./access.js";
import type { RegisteredGitHub } from "./registered-githubs.js";
import { repositoryName, type RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { servesRepository } from "./served-repository.js";
import type { GitHubParts } from "./session.js";

/** What became of looking for a repository with the account of a registered GitHub. */
export type LookUp =
  /** Under the name that it has now, as GitHub writes it. */
  | { readonly kind: "found"; readonly gitHub: RegisteredGitHub; readonly repository: RepositoryName }
  /** It is not there, or the account may not see it. */
  | { readonly kind: "unseen"; readonly gitHub: RegisteredGitHub }
  /** It is none of the GitHub's projects. */
  | { readonly kind: "unserved"; readonly gitHub: RegisteredGitHub }
  | { readonly kind: "failed"; readonly gitHub: RegisteredGitHub; readonly error: SwitchboardError };

export type Found = Extract<LookUp, { readonly kind: "found" }>;

const askedAtOnce = 8;

/** In the order of the GitHubs. Those that do not serve the repository are not asked. */
export async function lookUpAt(
  parts: GitHubParts,
  gitHubs: readonly RegisteredGitHub[],
  repository: RepositoryName,
  context: ServiceContext<GitHubConfig>,
): Promise<readonly LookUp[]> {
  const found: LookUp[] = [];
  for (let start = 0; start < gitHubs.length; start += askedAtOnce) {
    const slice = gitHubs.slice(start, start + askedAtOnce);
    found.push(...(await Promise.all(slice.map((gitHub) => lookUp(parts, gitHub, repository, context)))));
  }
  return found;
}

async function lookUp(
  { client, pace }: GitHubParts,
  gitHub: RegisteredGitHub,
  wanted: RepositoryName,
  context: ServiceContext<GitHubConfig>,
): Promise<LookUp> {
  const { remote } = gitHub;
  if (!servesRepository(remote.projects, wanted)) return { kind: "unserved", gitHub };
  try {
    const link = registeredLink(remote, context.remotes.clientFor(remote), context, pace);
    const answer = await client.findRepository(link, wanted);
    const repository = repositoryName(answer?.owner?.login, answer?.name);
    if (repository === undefined) return { kind: "unseen", gitHub };
    // A former name leads anywhere.
    return servesRepository(remote.projects, repository) ? { kind: "found", gitHub, repository } : { kind: "unserved", gitHub };
  } catch (error) {
    if (error instanceof SwitchboardError) return { kind: "failed", gitHub, error };
    throw error;
  }
}
