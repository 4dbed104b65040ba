import type { Connection } from "../../src/core/connection.js";
import type { UserId } from "../../src/core/ids.js";
import type { GitHubConfig } from "../../src/services/github/schema.js";
import { createGitHubParts, type GitHubParts } from "../../src/services/github/session.js";
import { Secret } from "../../src/shared/secret.js";
import { GitHubStandIn } from "./github-stand-in.js";
import { createMemoryLogins } from "./memory-logins.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "./service-context.js";

/** The stand-in with a repository `octo/hello`, and the GitHub service's parts as they reach it. */
export interface GitHubSetting {
  readonly gitHub: GitHubStandIn;
  readonly config: GitHubConfig;
  readonly parts: GitHubParts;
  readonly context: TestContext<GitHubConfig>;
  /** Moves the context's time on. */
  advance(ms: number): void;
  /** The person's token is kept as `github setpersonaltoken` does. */
  logIn(person: UserId, login: string): void;
}

// Made once, because schemas are compiled for it; what it remembers belongs to one configuration.
const parts = createGitHubParts({ retryPauseMs: 0, isSpaced: false });

/** Ada may write to `octo/hello`, Bo may read; the App is installed for all of octo's repositories. */
export async function createGitHubSetting(options: Partial<GitHubConfig> = {}): Promise<GitHubSetting> {
  const gitHub = await GitHubStandIn.start();
  for (const login of ["octo", "ada", "bo"]) gitHub.addAccount(login);
  gitHub.addRepository("octo/hello", { permissions: { ada: "write", bo: "read" }, workflows: ["Build", "Nightly tests"] });
  await gitHub.install("octo");
  const config: GitHubConfig = {
    enterpriseUrl: gitHub.url,
    auth: { id: gitHub.app.id, privateKey: new Secret(gitHub.app.privateKey) },
    webhook: { secret: new Secret("planted-webhook-secret") },
    userIdPrefix: "_github_",
    ...options,
  };
  let movedMs = 0;
  const logins = createMemoryLogins();
  const context = createServiceContext(config, { http: fetchHttpClient, logins, now: () => Date.now() + movedMs });
  return {
    ...{ gitHub, config, context, parts },
    advance(ms) {
      movedMs += ms;
    },
    logIn(person, login) {
      logins.put(person, gitHub.url, JSON.stringify({ access_token: `ghp_${login}_token`, token_type: "pat" }));
    },
  };
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
