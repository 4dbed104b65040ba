import type { LoginRenewal, RenewedLogin } from "../../core/ports/personal-logins.js";
import type { ServiceContext } from "../../core/service.js";
import { loginCommandOf } from "./access.js";
import type { JiraInstance } from "./instances.js";
import type { OauthSettings } from "./oauth-settings.js";
import type { JiraConfig } from "./schema.js";
import { isBrowserLogin, type ReadLogin } from "./stored-login.js";
import { exchangeRefreshToken, isEnd, refusedApp, toBrowserLogin } from "./token-exchange.js";

type Context = Pick<ServiceContext<JiraConfig>, "http" | "now">;
type Place = Pick<JiraInstance, "name" | "url">;

/** How a login with the browser is renewed: by its refresh token, or not at all. */
export function renewalOf(settings: OauthSettings, { name, url }: Place, read: ReadLogin, context: Context): LoginRenewal {
  return {
    account: `your Jira account at ${name} (${url})`,
    loginCommand: loginCommandOf({ name }),
    endsAt(login) {
      const stored = read(login);
      return isBrowserLogin(stored) ? stored.expiresAt : undefined;
    },
    renew: (login) => renew(settings, login, read, context),
  };
}

async function renew(settings: OauthSettings, login: string, read: ReadLogin, context: Context): Promise<RenewedLogin> {
  const stored = read(login);
  if (settings.kind === "oauth1" || !isBrowserLogin(stored) || stored.refreshToken === undefined) return { kind: "ended" };
  const answer = await exchangeRefreshToken(settings, stored.refreshToken, context);
  if (answer.kind === "granted") return { kind: "renewed", login: JSON.stringify(toBrowserLogin(answer, stored)) };
  if (isEnd(answer)) return { kind: "ended" };
  throw refusedApp(answer, settings);
}
