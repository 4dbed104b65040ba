import { SwitchboardError } from "../../core/errors.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import type { RegisteredRemote } from "../../core/registered-remote.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { secretsOf } from "../../vocabulary/remote-credentials.js";
import type { OctokitPace } from "./octokit-pace.js";
import type { GitHubOctokit, OctokitAccount } from "./octokit.js";
import { noSection } from "./no-section.js";
import { PersonToken, type OwnLogin } from "./person-token.js";
import { authorizationOf, registeredSite } from "./registered-site.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf, type GitHubSite } from "./site.js";

type Context = Pick<ServiceContext<GitHubConfig>, "config" | "http" | "log" | "now">;

/** A way to GitHub with somebody's rights, and what sentences about its failures have to name. */
export interface GitHubLink {
  /** Always the same one; loaded when it is asked for first, because it is large. */
  octokit(): Promise<GitHubOctokit>;
  readonly site: GitHubSite;
  /** Who can mend it: the person who acts, the administrator, or whoever registered the account. */
  readonly holder: "person" | "app" | "registered";
  /** The person's; never shown. */
  readonly person?: PersonToken;
  /** Text without the secrets of a registered account. */
  conceal?(text: string): string;
  readonly now: () => number;
}

/** As a person. */
export function personLink(login: OwnLogin, context: Context, pace: OctokitPace): GitHubLink {
  const person = new PersonToken(login);
  return { ...common({ kind: "person", person }, context, pace), holder: "person", person };
}

/** As the GitHub App itself, which sees where it is installed and nothing else. */
export function appLink(context: Context, pace: OctokitPace): GitHubLink {
  return { ...common({ kind: "app", ...appOf(context) }, context, pace), holder: "app" };
}

/** As the GitHub App where it is installed: tokens are asked for when needed, and again shortly before they end. */
export function installationLink(installationId: number, context: Context, pace: OctokitPace): GitHubLink {
  return { ...common({ kind: "installation", installationId, ...appOf(context) }, context, pace), holder: "app" };
}

/** As nobody: what is public can be read. */
export function anonymousLink(context: Context, pace: OctokitPace): GitHubLink {
  return { ...common({ kind: "nobody" }, context, pace), holder: "app" };
}

/**
 * As the account that was registered with a remote.
 * @param http the client for the remote
 * @throws RemoteError when it has no account
 */
export function registeredLink(
  remote: RegisteredRemote & { readonly key?: string },
  http: HttpClient,
  { log, now }: Pick<Context, "log" | "now">,
  pace: OctokitPace,
): GitHubLink {
  const authorization = authorizationOf(remote);
  const account = { kind: "registered", key: remote.key ?? remote.url, authorization: new Secret(authorization) } as const;
  const hidden = [authorization, ...secretsOf(remote.account)];
  return {
    ...atSite(account, registeredSite(remote), { http, log, now }, pace),
    holder: "registered",
    conceal: (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, "[secret]"), text),
  };
}

type CommonParts = Pick<GitHubLink, "octokit" | "site" | "now">;

function common(account: OctokitAccount, context: Context, pace: OctokitPace): CommonParts {
  return atSite(account, siteOf(context.config), context, pace);
}

function atSite(account: OctokitAccount, site: GitHubSite, network: Omit<Context, "config">, pace: OctokitPace): CommonParts {
  let octokit: Promise<GitHubOctokit> | undefined;
  return {
    octokit: () => (octokit ??= import("./octokit.js").then(({ createOctokit }) => createOctokit(account, site, network, pace))),
    site,
    now: network.now,
  };
}

function appOf({ config: { auth } }: Context): { readonly appId: number | string; readonly privateKey: Secret } {
  if (auth === undefined) throw new SwitchboardError("HS_DISABLED_FEATURE", noSection);
  return { appId: auth.id, privateKey: auth.privateKey };
}
