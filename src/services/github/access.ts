import type { ServiceContext } from "../../core/service.js";
import type { Secret } from "../../shared/secret.js";
import type { OctokitPace } from "./octokit-pace.js";
import type { GitHubOctokit, OctokitAccount } from "./octokit.js";
import { PersonToken, type OwnLogin } from "./person-token.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf, type GitHubSite } from "./site.js";

type Context = Pick<ServiceContext<GitHubConfig>, "config" | "http" | "log" | "now">;

/** A way to GitHub with somebody's rights, and what sentences about its failures have to name. */
export interface GitHubLink {
  /** Always the same one; loaded when it is asked for first, because it is large. */
  octokit(): Promise<GitHubOctokit>;
  readonly site: GitHubSite;
  /** Who can mend it: the person who acts, or the administrator. */
  readonly holder: "person" | "app";
  /** The person's; never shown. */
  readonly person?: PersonToken;
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

function common(account: OctokitAccount, context: Context, pace: OctokitPace): Pick<GitHubLink, "octokit" | "site" | "now"> {
  let octokit: Promise<GitHubOctokit> | undefined;
  return {
    octokit: () => (octokit ??= import("./octokit.js").then(({ createOctokit }) => createOctokit(account, context, pace))),
    site: siteOf(context.config),
    now: context.now,
  };
}

function appOf({ config }: Context): { readonly appId: number | string; readonly privateKey: Secret } {
  return { appId: config.auth.id, privateKey: config.auth.privateKey };
}
