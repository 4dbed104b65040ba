import type { OAuthAddress, OAuthOutcome, OAuthReturn, OAuthStart } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { browserAccess } from "./access.js";
import type { JiraClient } from "./client.js";
import type { CommitAuthors } from "./commit-authors.js";
import { forHookshot, hookshotCloudName } from "./hookshot-login.js";
import type { JiraInstance } from "./instances.js";
import { agreementUrl, joined, refused, tokensFor } from "./oauth-answers.js";
import type { CloudSettings } from "./oauth-settings.js";
import type { SiteAnswer } from "./rest-schema.js";
import type { JiraConfig } from "./schema.js";
import { bearer, type RequestSigner } from "./signer.js";
import { userAtCloud } from "./user-at-cloud.js";

/*
 * OAuth 2.0 (3LO) of Jira Cloud (developer.atlassian.com, "OAuth 2.0 (3LO) apps"). One login is good for all sites that the person opens to
 * the app. Atlassian documents no PKCE for it, so there is none; the client secret stands for it.
 */

const scopes = "read:jira-work write:jira-work read:jira-user read:me read:account offline_access";

export function beginAtCloud({ clientId, redirectUri, authorizationUrl }: CloudSettings, { state }: OAuthStart): OAuthAddress {
  const query = {
    audience: "api.atlassian.com",
    client_id: clientId,
    scope: scopes,
    redirect_uri: redirectUri,
    state,
    response_type: "code",
    prompt: "consent",
  };
  return { url: agreementUrl(authorizationUrl, query) };
}

export async function finishAtCloud(
  client: JiraClient,
  { instance, settings, authors }: { readonly instance: JiraInstance; readonly settings: CloudSettings; readonly authors: CommitAuthors },
  { actor, query }: OAuthReturn,
  context: ServiceContext<JiraConfig>,
): Promise<OAuthOutcome> {
  const tokens = await tokensFor(settings, query, undefined, context);
  if (tokens.kind === "refused") return tokens;
  const signer: RequestSigner = { sign: async () => bearer(tokens.login.accessToken) };
  const { http } = context;
  const sites = await client.sites({ http, access: browserAccess(instance, signer) });
  if (sites.length === 0) return refused("Your Atlassian account has no site with Jira, or you chose none. Start again and choose one.");
  const user = await userAtCloud(client, { instance, signer, sites }, http);
  const login = { ...tokens.login, id: user.id, displayName: user.displayName };
  const changes = await authors.note(actor, instance.url, user.email, context);
  return joined({ instance, login, user, at: describeSites(sites), changes, forHookshot: forHookshot(actor, hookshotCloudName, login) });
}

/** Sites that a page names. */
const mostNamed = 5;

function describeSites(sites: readonly SiteAnswer[]): string {
  const named = sites.slice(0, mostNamed).map(({ url }) => url);
  const further = sites.length - named.length;
  return `${named.join(", ")}${further > 0 ? ` and ${further} more` : ""}`;
}
