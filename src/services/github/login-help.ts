import type { ServiceContext } from "../../core/service.js";
import { noSection } from "./no-section.js";
import type { OwnLogin } from "./person-token.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";
import { keyRemedy } from "../../vocabulary/key-remedy.js";

/** Where somebody types a token: continues a sentence. */
const tokenHelp = "type `github setpersonaltoken <accessToken>` in a direct chat with me";

/** Where the browser comes in: begins a sentence. */
const browserHelp = "Type `github login` in a direct chat with me";

/** What the person types to log in with the browser, and to end a login. */
export const loginCommand = "github login";
export const logoutCommand = "github logout";

/** What a person does to act as themselves: a sentence for an answer. */
export function howToLogIn(context: Pick<ServiceContext<GitHubConfig>, "logins" | "config">): string {
  if (context.config.auth === undefined) return noSection;
  if (!context.logins.canKeep) return keyRemedy;
  if (context.config.oauth === undefined) return `Make ${tokenWay(context)}.`;
  return `${browserHelp} to do so with your browser; or make ${tokenWay(context)}.`;
}

/** The way that needs no browser: continues a sentence. */
export function tokenWay({ config }: Pick<ServiceContext<GitHubConfig>, "config">): string {
  return `a personal access token (${siteOf(config).webUrl}/settings/tokens, with the scope \`repo\`), then ${tokenHelp}`;
}

/** For somebody whose login GitHub does not take any more. */
export function logInAgain(login: Pick<OwnLogin, "by"> | undefined): string {
  return login?.by === "browser" ? `${browserHelp} to log in again.` : `Make a new one there, then ${tokenHelp}.`;
}

/** For somebody who may not do what they wanted: a login with the browser can do no more than the App may. */
export function lackOfRights(login: Pick<OwnLogin, "by"> | undefined): string {
  return login?.by === "browser"
    ? "You may lack the right, or the GitHub App that you logged in through does."
    : "You, or your token, may lack the right: a classic token needs the scope `repo`.";
}

/** For somebody who reaches an organisation over its single sign-on only. */
export function singleSignOn(login: Pick<OwnLogin, "by"> | undefined): string {
  return login?.by === "browser"
    ? `Sign in at the organisation's single sign-on first, then type \`${loginCommand}\` again.`
    : "Authorise the token for the organisation's single sign-on, too.";
}
