import type { OAuthAddress, OAuthOutcome, OAuthReturn, OAuthStart } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { browserAccess } from "./access.js";
import type { JiraClient } from "./client.js";
import type { CommitAuthors } from "./commit-authors.js";
import type { JiraInstance } from "./instances.js";
import { agreementUrl, joined, tokensFor } from "./oauth-answers.js";
import type { ServerSettings } from "./oauth-settings.js";
import type { JiraConfig } from "./schema.js";
import { bearer } from "./signer.js";
import { createTracker } from "./tracker.js";

// OAuth 2.0 of Data Center, with PKCE (confluence.atlassian.com, "Jira OAuth 2.0 provider API").

/** Reads and changes what the person may; it includes `READ`. */
const scope = "WRITE";

export function beginAtDataCenter(
  { clientId, redirectUri, authorizationUrl }: ServerSettings,
  { state, codeChallenge }: OAuthStart,
): OAuthAddress {
  const query = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    state,
    scope,
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
  };
  return { url: agreementUrl(authorizationUrl, query) };
}

export async function finishAtDataCenter(
  client: JiraClient,
  { instance, settings, authors }: { readonly instance: JiraInstance; readonly settings: ServerSettings; readonly authors: CommitAuthors },
  { actor, query, codeVerifier }: OAuthReturn,
  context: ServiceContext<JiraConfig>,
): Promise<OAuthOutcome> {
  const tokens = await tokensFor(settings, query, codeVerifier, context);
  if (tokens.kind === "refused") return tokens;
  const access = browserAccess(instance, { sign: async () => bearer(tokens.login.accessToken) });
  const user = await createTracker(client, { http: context.http, access }).whoAmI();
  return joined({
    instance,
    login: { ...tokens.login, id: user.id, displayName: user.displayName },
    user,
    changes: await authors.note(actor, instance.url, user.email, context),
    at: `${instance.name} (${instance.url})`,
  });
}
