import type { OAuthOutcome, OAuthQuery } from "../../core/oauth.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ServiceContext } from "../../core/service.js";
import { logoutCommandOf } from "./access.js";
import type { JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";
import type { StoredBrowserLogin } from "./stored-login.js";
import type { Oauth2Settings } from "./oauth-settings.js";
import { exchangeCode, refusedApp, toBrowserLogin } from "./oauth-tokens.js";

type Refused = Extract<OAuthOutcome, { readonly kind: "refused" }>;
type Joined = Extract<OAuthOutcome, { readonly kind: "joined" }>;

export const disagreed = "You did not let me in at Jira, so nothing was kept.";

export function refused(reason: string): Refused {
  return { kind: "refused", reason };
}

/** The page where people agree; what the administrator's address asks for already stays. */
export function agreementUrl(address: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

interface Join {
  /** Whose name ends the login. */
  readonly instance: JiraInstance;
  readonly login: StoredBrowserLogin;
  readonly user: TrackerUser;
  readonly at: string;
  /** Stored together with the login. */
  readonly changes: readonly StoreChange[];
  readonly forHookshot?: NonNullable<Joined["forHookshot"]>;
}

export function joined({ instance, login, user, at, changes, forHookshot }: Join): Joined {
  return {
    kind: "joined",
    remote: instance.url,
    login: JSON.stringify(login),
    account: { name: user.displayName, at },
    logoutCommand: logoutCommandOf(instance),
    changes,
    ...(forHookshot === undefined ? {} : { forHookshot }),
  };
}

/**
 * The tokens for what OAuth 2 sent along with the browser.
 * @throws RemoteError when that cannot be told, or when the app is not let in: the person can do nothing about it
 */
export async function tokensFor(
  settings: Oauth2Settings,
  { code, error }: OAuthQuery,
  codeVerifier: string | undefined,
  context: ServiceContext<JiraConfig>,
): Promise<Refused | { readonly kind: "tokens"; readonly login: StoredBrowserLogin }> {
  if (error === "access_denied") return refused(disagreed);
  if (error !== undefined || code === undefined) return refused("Jira sent no code along, so nothing was kept. Start again.");
  const answer = await exchangeCode(settings, code, codeVerifier, context);
  if (answer.kind === "granted") return { kind: "tokens", login: toBrowserLogin(answer) };
  if (answer.error === "invalid_grant") return refused("Jira does not take this code: it is too old, or was used before. Start again.");
  throw refusedApp(answer, settings);
}
