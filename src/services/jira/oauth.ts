import { SwitchboardError } from "../../core/errors.js";
import type { OAuthAddress, OAuthLogin, OAuthOutcome, OAuthReturn, OAuthStart } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { loginPlaces } from "./how-to-log-in.js";
import { instancesNamed, instancesOf, onlyFitting, type JiraInstance } from "./instances.js";
import { beginAtCloud, finishAtCloud } from "./oauth-cloud.js";
import { beginAtDataCenter, finishAtDataCenter } from "./oauth-data-center.js";
import type { OauthSettings } from "./oauth-settings.js";
import { beginAtConsumer, finishAtConsumer } from "./oauth1.js";
import type { AccountParts, JiraParts } from "./parts.js";
import type { JiraConfig } from "./schema.js";

type Context = ServiceContext<JiraConfig>;

/** Hookshot's sentence (reference 3.4). */
export const noOauth = "Bot is not configured with JIRA OAuth support.";

/** Logging in with a browser: at Jira Cloud, and at each Data Center that has OAuth. A remote is called by an instance's name. */
export function createJiraOauth(parts: AccountParts): OAuthLogin<JiraConfig> {
  return {
    // Hookshot's sample names the second one for Jira, too.
    callbackPaths: ["/jira/oauth", "/oauth"],
    callbackUrl: (config) => usualPlace(instancesOf(config))?.oauth?.redirectUri,
    begin: async (start, context) => begin(parts, start, context),
    finish: async (back, context) => finish(parts, back, context),
  };
}

async function begin({ client, logins }: JiraParts, start: OAuthStart, context: Context): Promise<OAuthAddress> {
  const { instance, settings } = placeCalled(start.remote, context);
  if (settings.kind === "cloud") return beginAtCloud(settings, start);
  if (settings.kind === "oauth2") return beginAtDataCenter(settings, start);
  return beginAtConsumer({ client, keys: logins.keys, instance, settings }, start, context);
}

async function finish({ client, logins, authors }: AccountParts, back: OAuthReturn, context: Context): Promise<OAuthOutcome> {
  const { instance, settings } = placeCalled(back.remote, context);
  logins.forget(back.actor);
  if (settings.kind === "cloud") return finishAtCloud(client, { instance, settings, authors }, back, context);
  if (settings.kind === "oauth2") return finishAtDataCenter(client, { instance, settings, authors }, back, context);
  return finishAtConsumer({ client, keys: logins.keys, instance, settings, authors }, back, context);
}

/**
 * @throws SwitchboardError HS_DISABLED_FEATURE when there is none, as after a change of the configuration; ValidationError when there are
 * several
 */
function placeCalled(name: string | undefined, { config }: Context): { readonly instance: JiraInstance; readonly settings: OauthSettings } {
  const instances = instancesOf(config);
  const named =
    name === undefined ? usualPlace(instances) : onlyFitting(instancesNamed(instances, name).filter(({ oauth }) => oauth !== undefined));
  const place = named?.oauth?.kind === "cloud" ? instances.find(({ isGateway }) => isGateway === true) : named;
  if (place?.oauth === undefined) throw new SwitchboardError("HS_DISABLED_FEATURE", noOauth);
  return { instance: place, settings: place.oauth };
}

/** That of Hookshot's `jira.oauth`, else the first one. */
function usualPlace(instances: readonly JiraInstance[]): JiraInstance | undefined {
  const places = loginPlaces(instances);
  return places.find(({ oauth }) => oauth?.configPath === "jira.oauth") ?? places[0];
}
