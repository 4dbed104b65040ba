import { PermissionError } from "../../core/errors.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ConnectionTarget, ServiceContext } from "../../core/service.js";
import type { GitHubLink } from "./access.js";
import { LoginRefusedError } from "./failures.js";
import { isSameRepository, nameOf, repositoryOfState, type RepositoryName } from "./repository-name.js";
import { requireRepository } from "./repository-rules.js";
import { checkRepository, findNamed, repositoryKindId } from "./resolve.js";
import type { GitHubConfig } from "./schema.js";
import { findUsable, type GitHubParts } from "./session.js";

// Hookshot's (reference 5.3).
const notAuthenticated = "User is not authenticated with GitHub";

type Context = ServiceContext<GitHubConfig>;

/** How programs connect rooms to repositories; the checks are those of chat. */
export function createRepositoryProvisioning(parts: GitHubParts): Provisioning<GitHubConfig> {
  return {
    type: "GithubRepo",
    service: "github",
    provision: (input, context) => provision(parts, input, context),
  };
}

async function provision(parts: GitHubParts, { config, actor, current }: ProvisionInput, context: Context): Promise<Provisioned> {
  const sent = requireRepository(config);
  const before = current && repositoryOfState(current.state);
  if (before !== undefined && isSameRepository(before, sent)) return { target: targetOf(sent, config) };
  try {
    const link = await findUsable(parts, actor, context);
    if (link === undefined) throw new PermissionError(notAuthenticated);
    const repository = await presentName(parts, link, sent);
    await checkRepository(parts, link, repository, context);
    return { target: targetOf(repository, config) };
  } catch (error) {
    throw inWordsForPrograms(error);
  }
}

/** The spelling of a name is left to whoever sends it; under a former name nothing would ever be heard. */
async function presentName(parts: GitHubParts, link: GitHubLink, sent: RepositoryName): Promise<RepositoryName> {
  try {
    const named = await findNamed(parts, link, sent);
    return isSameRepository(named, sent) ? sent : named;
  } catch (error) {
    // The question for rights that follows says it in the words that programs know.
    if (error instanceof PermissionError && !(error instanceof LoginRefusedError)) return sent;
    throw error;
  }
}

function targetOf(repository: RepositoryName, config: ProvisionInput["config"]): ConnectionTarget {
  const name = nameOf(repository);
  return { kindId: repositoryKindId, stateKey: name, state: { ...config, org: repository.owner, repo: repository.repo }, name };
}

/** They compare them: without the remedies that stand behind them for people. */
function inWordsForPrograms(error: unknown): unknown {
  if (error instanceof LoginRefusedError) return new PermissionError(notAuthenticated);
  return error instanceof PermissionError ? new PermissionError(error.sentence) : error;
}
