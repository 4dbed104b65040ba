import type { ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import { patternMistake } from "./branch-pattern.js";
import { repositoryOfState, type RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { isElsewhere, namedSite } from "./state-site.js";
import { unknownEvents, type RepositoryState } from "./state-schema.js";

/** State reaches a kind only after its schema let it through. */
export function repositoryState(state: ConnectionState): RepositoryState {
  // The schema describes RepositoryState.
  return state as unknown as RepositoryState;
}

/** @throws ValidationError for what the schema cannot say; the connection is not loaded then */
export function requireRepository(state: ConnectionState): RepositoryName {
  const repository = repositoryOfState(state);
  if (repository === undefined) throw new ValidationError("'org' and 'repo' must be the names of an account and a repository at GitHub");
  if (state["url"] !== undefined && namedSite(state) === undefined) throw new ValidationError("'url' must be the address of a GitHub");
  const { matchingBranch } = repositoryState(state).workflowRun ?? {};
  const mistake = matchingBranch === undefined ? undefined : patternMistake(matchingBranch);
  if (mistake !== undefined) throw new ValidationError(`'workflowRun.matchingBranch' ${mistake}`);
  return repository;
}

/**
 * The configured GitHub's webhook tells rooms that name none. A state that stands from before it was configured may name it.
 * @throws ValidationError
 */
export function checkSiteChange(state: ConnectionState, before: ConnectionState | undefined, config: GitHubConfig): void {
  if (namedSite(state) === undefined || isElsewhere(state, config) || before?.["url"] !== undefined) return;
  throw new ValidationError("'url' is for a registered GitHub: leave it out, then the configured one is meant");
}

/**
 * What Hookshot refuses where a connection is made or changed, and takes where it stands already (reference 2.3).
 * @throws ValidationError
 */
export function checkRepositoryChange(state: RepositoryState, before: RepositoryState | undefined): void {
  if (state.ignoreHooks !== undefined && before?.ignoreHooks === undefined) {
    throw new ValidationError("`ignoreHooks` cannot be used with new connections");
  }
  const known = before === undefined ? [] : unknownEvents(before);
  const unknown = unknownEvents(state).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new ValidationError(`'enableHooks' must only contain allowed values. Found invalid values ${unknown.join(", ")}`);
  }
}
