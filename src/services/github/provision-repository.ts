import { PermissionError } from "../../core/errors.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { LoginRefusedError } from "./failures.js";
import { isSameRepository, repositoryOfState, type RepositoryName } from "./repository-name.js";
import { requireRepository } from "./repository-rules.js";
import { checkRepository, presentName, targetOf } from "./resolve.js";
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
  if (before !== undefined && isSameRepository(before, sent)) return provisioned(sent, config);
  try {
    const link = await findUsable(parts, actor, context);
    if (link === undefined) throw new PermissionError(notAuthenticated);
    const repository = await presentName(parts, link, sent);
    await checkRepository(parts, link, repository, context);
    return provisioned(repository, config);
  } catch (error) {
    throw inWordsForPrograms(error);
  }
}

function provisioned(repository: RepositoryName, config: ProvisionInput["config"]): Provisioned {
  const target = targetOf(repository);
  return { target: { ...target, state: { ...config, ...target.state } } };
}

/** They compare them: without the remedies that stand behind them for people. */
function inWordsForPrograms(error: unknown): unknown {
  if (error instanceof LoginRefusedError) return new PermissionError(notAuthenticated);
  return error instanceof PermissionError ? new PermissionError(error.sentence) : error;
}
