import type { Connection } from "../../src/core/connection.js";
import type { UserId } from "../../src/core/ids.js";
import type { GitHubConfig, OAuthConfig } from "../../src/services/github/schema.js";
import type { ResolveParts } from "../../src/services/github/resolve.js";
import { createGitHubParts, type GitHubParts } from "../../src/services/github/session.js";
import { createWebhookRegistration } from "../../src/services/github/webhook-registration.js";
import { createMarkdownRenderer } from "../../src/shared/markdown.js";
import { Secret } from "../../src/shared/secret.js";
import type { StandInGitHubAccount } from "./github-records.js";
import { GitHubStandIn } from "./github-stand-in.js";
import { createMemoryLogins, type MemoryLogins } from "./memory-logins.js";
import type { RegisteredClient } from "./oauth2-client.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "./service-context.js";

/** The stand-in with a repository `octo/hello`, and the GitHub service's parts as they reach it. */
export interface GitHubSetting {
  readonly gitHub: GitHubStandIn;
  readonly config: GitHubConfig;
  readonly parts: GitHubParts;
  readonly resolveParts: ResolveParts;
  readonly context: TestContext<GitHubConfig>;
  /** Those of the context. */
  readonly logins: MemoryLogins;
  /** Moves the context's time on. */
  advance(ms: number): void;
  /** The person's token is kept as `github setpersonaltoken` does. */
  logIn(person: UserId, login: string): void;
  /** The person's login is kept as the browser's way ends: with a token that ends and can be renewed, if the App is registered. */
  logInByBrowser(person: UserId, login: string): void;
}

/** As which the App is registered where a setting has `browserLoginConfig`. */
export const gitHubClient: RegisteredClient = {
  clientId: "Iv1.switchboard",
  clientSecret: "planted-client-secret",
  redirectUri: "https://switchboard.example.org/github/oauth",
};

/** For the section `github.oauth`. */
export const browserLoginConfig: OAuthConfig = {
  client_id: gitHubClient.clientId,
  client_secret: new Secret(gitHubClient.clientSecret),
  redirect_uri: gitHubClient.redirectUri,
};

// Made once, because schemas are compiled for it; what it remembers belongs to one configuration.
const parts = createGitHubParts({ retryPauseMs: 0, isSpaced: false });
const resolveParts = { ...parts, webhooks: createWebhookRegistration(parts, createMarkdownRenderer()) };

/** Ada may write to `octo/hello`, Bo may read; the App is installed for all of octo's repositories. */
export async function createGitHubSetting(options: Partial<GitHubConfig> = {}): Promise<GitHubSetting> {
  const gitHub = await GitHubStandIn.start();
  const accounts = ["octo", "ada", "bo"].map((login) => gitHub.addAccount(login));
  gitHub.addRepository("octo/hello", { permissions: { ada: "write", bo: "read" }, workflows: ["Build", "Nightly tests"] });
  await gitHub.install("octo");
  if (options.oauth !== undefined) gitHub.oauth.register(gitHubClient);
  const config: GitHubConfig = {
    enterpriseUrl: gitHub.url,
    auth: { id: gitHub.app.id, privateKey: new Secret(gitHub.app.privateKey) },
    webhook: { secret: new Secret("planted-webhook-secret") },
    userIdPrefix: "_github_",
    ...options,
  };
  let movedMs = 0;
  const now = (): number => Date.now() + movedMs;
  const logins = createMemoryLogins({ now });
  const context = createServiceContext(config, { http: fetchHttpClient, logins, now });
  return {
    ...{ gitHub, config, context, logins, parts, resolveParts },
    advance(ms) {
      movedMs += ms;
    },
    logIn(person, login) {
      logins.put(person, gitHub.url, JSON.stringify({ access_token: `ghp_${login}_token`, token_type: "pat" }));
    },
    logInByBrowser(person, login) {
      const account = accounts.find((candidate) => candidate.login === login);
      if (account === undefined) throw new TypeError(`There is no ${login}`);
      logins.put(person, gitHub.url, JSON.stringify(browserLogin(gitHub, account, now())));
    },
  };
}

function browserLogin(gitHub: GitHubStandIn, person: StandInGitHubAccount, now: number): object {
  const { clientId, redirectUri } = gitHubClient;
  const { grants } = gitHub.oauth;
  const code = grants.issueCode({ person, clientId, redirectUri, scopes: [] });
  const issued = grants.exchange({ code, clientId, redirectUri });
  if (issued === undefined) throw new TypeError("the stand-in gave no tokens");
  const { accessToken, refreshToken, accessLastsSeconds } = issued;
  return { access_token: accessToken, token_type: "bearer", refresh_token: refreshToken, expires_in: now + accessLastsSeconds * 1_000 };
}

/** A connection to a repository, as far as the service reads it. */
export function repositoryConnection(fullName: string, state: Readonly<Record<string, unknown>> = {}): Connection {
  const [org = "", repo = ""] = fullName.split("/");
  const kept: Partial<Connection> = {
    kindId: "repository",
    serviceId: "github",
    roomId: "!room:example.org",
    stateKey: fullName,
    state: { org, repo, ...state },
    status: { kind: "active" },
  };
  // The rest is nothing that the service reads.
  return kept as Connection;
}
