import { PermissionError, ValidationError } from "../../core/errors.js";
import type { Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { checkRepository, presentName, targetOf } from "./connect-rights.js";
import { LoginRefusedError } from "./failures.js";
import { repositoryOfState, type RepositoryName } from "./repository-name.js";
import { requireRepository } from "./repository-rules.js";
import { connectedKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { findUsable, type GitHubParts } from "./session.js";
import { isElsewhere } from "./state-site.js";

// Hookshot's (reference 5.3).
const notAuthenticated = "User is not authenticated with GitHub";

const onlyByChat =
  "Rooms are connected to a GitHub that was registered over an API by `!connect`: 'url' can only be that of the configured one";

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
  const isSame = current !== undefined && before !== undefined && connectedKey(current.state, before) === connectedKey(config, sent);
  if (isSame) return provisioned(sent, config);
  // The person's own login says nothing about another GitHub.
  if (isElsewhere(config, context.config)) throw new ValidationError(onlyByChat);
  try {
    const link = await findUsable(parts, actor, context);
    if (link === undefined) throw new PermissionError(notAuthenticated);
    const repository = await presentName(parts, link, sent);
    await checkRepository(parts, link, repository, context);
    const { url: _, ...settings } = config;
    return provisioned(repository, settings);
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
