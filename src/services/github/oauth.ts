import { PermissionError, SwitchboardError } from "../../core/errors.js";
import type { OAuthLogin, OAuthNote, OAuthOutcome, OAuthReturn } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import type { GrantedTokens } from "../../vocabulary/oauth2.js";
import { personLink } from "./access.js";
import { loginRemote } from "./login.js";
import { loginCommand, logoutCommand } from "./login-help.js";
import { authorizationUrlOf, exchangeCode } from "./oauth-tokens.js";
import type { GitHubConfig, OAuthConfig } from "./schema.js";
import type { GitHubParts } from "./session.js";
import { hookshotTypes, ofGranted } from "./stored-login.js";

type Context = ServiceContext<GitHubConfig>;

// Hookshot's (reference 6.2).
const notConfigured = "Bridge is not configured with OAuth support";

/** Logging in with the browser, as users of the GitHub App (GitHub's "Generating a user access token for a GitHub App"). */
export function createOAuthLogin(parts: GitHubParts): OAuthLogin<GitHubConfig> {
  return {
    // The second is where Hookshot's installations have their `redirect_uri`.
    callbackPaths: ["/github/oauth", "/oauth"],
    callbackUrl: ({ oauth }) => oauth?.redirect_uri,
    async begin({ state, codeChallenge }, { config }) {
      const { client_id, redirect_uri } = requireOAuth(config);
      const url = new URL(authorizationUrlOf(config));
      const parameters = { client_id, redirect_uri, state, code_challenge: codeChallenge, code_challenge_method: "S256" };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return { url: url.href };
    },
    finish: (back, context) => finish(parts, back, context),
    otherReturn: ({ setup_action: action }) => (action === undefined ? undefined : noteOf(action)),
  };
}

/** @throws SwitchboardError HS_DISABLED_FEATURE */
export function requireOAuth({ oauth }: GitHubConfig): OAuthConfig {
  if (oauth === undefined) throw new SwitchboardError("HS_DISABLED_FEATURE", notConfigured);
  return oauth;
}

async function finish(parts: GitHubParts, back: OAuthReturn, context: Context): Promise<OAuthOutcome> {
  const oauth = requireOAuth(context.config);
  const { code } = back.query;
  if (!code) return refused(`GitHub sent no code along. ${beginAgain}`);
  const answer = await exchangeCode(code, back.codeVerifier, oauth, context);
  if (answer.kind === "granted") return join(parts, answer, back, context);
  context.log.warn({ error: answer.error }, "GitHub refused to log somebody in");
  return refused(reasonFor(answer.error));
}

/** Who it is is asked before anything is kept. */
async function join(parts: GitHubParts, granted: GrantedTokens, { actor }: OAuthReturn, context: Context): Promise<OAuthOutcome> {
  const link = personLink({ token: new Secret(granted.accessToken), by: "browser" }, context, parts.pace);
  try {
    const { login: name } = await parts.client.whoAmI(link);
    const login = ofGranted(granted);
    return {
      ...{ kind: "joined", remote: loginRemote(context), login, logoutCommand },
      account: { name, at: `GitHub (${link.site.webUrl})` },
      forHookshot: { accountDataType: hookshotTypes(actor)[0], text: login },
    };
  } catch (error) {
    if (error instanceof PermissionError) return refused(`GitHub did not tell who you are there. ${askAdministrator}`);
    throw error;
  }
}

const beginAgain = `Type \`${loginCommand}\` in the direct chat to begin again.`;
const askAdministrator = "The administrator has to check `github.oauth` in the configuration and the GitHub App's page.";

/** GitHub's "Troubleshooting OAuth app access token request errors". */
function reasonFor(error: string): string {
  if (error === "bad_verification_code") return `GitHub does not take the code any more. ${beginAgain}`;
  if (error === "unverified_user_email") return `GitHub wants you to verify your primary e-mail address there first. ${beginAgain}`;
  return `GitHub refused to log you in (${error}). ${askAdministrator}`;
}

function refused(reason: string): OAuthOutcome {
  return { kind: "refused", reason };
}

/** GitHub leads people here who installed the App, too, where its page says so ("Setup URL" or "Request user authorization"). */
function noteOf(action: string): OAuthNote {
  switch (action) {
    case "install":
      return {
        isGood: true,
        title: "The GitHub App is installed",
        text: "Rooms can be connected to the repositories that you gave it: type `!connect github owner/name` in one of them.",
      };
    case "update":
      return {
        isGood: true,
        title: "The GitHub App's repositories were changed",
        text: "Rooms can be connected to the repositories that it has now.",
      };
    case "request":
      return {
        isGood: true,
        title: "The GitHub App was asked for",
        text: "An owner of the organisation has to approve it at GitHub. After that, connect the room.",
      };
    default:
      return {
        isGood: false,
        title: "Nothing was done",
        text: "GitHub led you here with something that I do not know. Look at the App's page there.",
      };
  }
}
