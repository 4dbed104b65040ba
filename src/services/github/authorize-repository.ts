import { RemoteError } from "../../core/errors.js";
import type { AuthorizeInput, Consent, ServiceContext } from "../../core/service.js";
import { authorizeByLogin } from "./connect-rights.js";
import { registeredChange } from "./heard.js";
import { lookUpAt } from "./look-up-registered.js";
import { atSite, gitHubsFor } from "./registered-githubs.js";
import { isSameRepository, nameOf, repositoryOfState } from "./repository-name.js";
import { connectedKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";
import { isElsewhere, siteOfState } from "./state-site.js";

/**
 * Judges state that somebody wrote by hand: they may connect what they may write to at the configured GitHub, and what the account of a
 * registered one sees that they may use.
 * @throws RemoteError when GitHub cannot tell just now
 */
export async function authorizeRepository(
  parts: GitHubParts,
  input: AuthorizeInput,
  context: ServiceContext<GitHubConfig>,
): Promise<Consent> {
  const { state, actor } = input;
  const repository = repositoryOfState(state);
  if (repository === undefined) return { granted: false, reason: "no repository can be called so" };
  const hasLogins = context.config.auth !== undefined && !isElsewhere(state, context.config);
  const own = hasLogins ? await authorizeByLogin(parts, repository, actor, context) : undefined;
  if (own?.granted === true) return own;
  const place = siteOfState(state, context.config);
  const lookUps = await lookUpAt(parts, atSite(await gitHubsFor(actor, undefined, context), place), repository, context);
  // Under a former name it could be another one tomorrow.
  if (lookUps.some((lookUp) => lookUp.kind === "found" && isSameRepository(lookUp.repository, repository))) {
    return { granted: true, changes: [registeredChange(connectedKey(state, repository), context)] };
  }
  for (const lookUp of lookUps) {
    if (lookUp.kind === "failed" && lookUp.error instanceof RemoteError && lookUp.error.isTransient) throw lookUp.error;
  }
  const reason = `no registered GitHub at ${place.webUrl} that whoever wrote the state may use sees ${nameOf(repository)}`;
  return own ?? { granted: false, reason };
}
