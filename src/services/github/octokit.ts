import { createHash } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import type { ServiceContext } from "../../core/service.js";
import type { Secret } from "../../shared/secret.js";
import { createFetch } from "./octokit-fetch.js";
import type { OctokitPace } from "./octokit-pace.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";

/** Whose account asks. */
export type OctokitAccount =
  | { readonly kind: "person"; readonly token: Secret }
  /** Sees what everybody sees. */
  | { readonly kind: "nobody" }
  | { readonly kind: "app"; readonly appId: number | string; readonly privateKey: Secret }
  | { readonly kind: "installation"; readonly appId: number | string; readonly privateKey: Secret; readonly installationId: number };

const SwitchboardOctokit = Octokit.plugin(paginateRest, retry, throttling);

export type GitHubOctokit = InstanceType<typeof SwitchboardOctokit>;

/** What GitHub's own failures are worth a second try of a read: gateways and overload. An answer that did not come in time is none. */
const notRetried = [400, 401, 403, 404, 409, 410, 422, 429, 451, 500];

/** Longer than this nobody waits for a limit to pass: they are told instead. */
const longestWaitSeconds = 3;

/** An Octokit over the context's network. Reads are tried twice, changes once. */
export function createOctokit(
  account: OctokitAccount,
  { config, http, log }: Pick<ServiceContext<GitHubConfig>, "config" | "http" | "log">,
  pace: OctokitPace,
): GitHubOctokit {
  const { apiUrl, isCloud } = siteOf(config);
  const octokit = new SwitchboardOctokit({
    ...authOf(account),
    baseUrl: apiUrl,
    request: { fetch: createFetch(http, apiUrl), log: quietLog(log) },
    log: quietLog(log),
    retry: { retries: 1, retryAfterBaseValue: pace.retryPauseMs, doNotRetry: notRetried },
    throttle: throttleOf(account, { ...pace, isSpaced: pace.isSpaced && isCloud }),
  });
  octokit.hook.before("request", (options) => {
    if (options.method !== "GET") options.request.retries = 0;
  });
  return octokit;
}

function authOf(account: OctokitAccount): Partial<ConstructorParameters<typeof SwitchboardOctokit>[0]> {
  if (account.kind === "person") return { auth: account.token.reveal() };
  if (account.kind === "nobody") return {};
  const app = { appId: account.appId, privateKey: account.privateKey.reveal() };
  const installation = account.kind === "installation" ? { installationId: account.installationId } : {};
  return { authStrategy: createAppAuth, auth: { ...app, ...installation } };
}

function throttleOf(account: OctokitAccount, { retryPauseMs, isSpaced }: OctokitPace): ThrottlingOptions {
  const isShort = (retryAfterSeconds: number, _options: unknown, _octokit: unknown, retryCount: number): boolean =>
    retryCount === 0 && retryAfterSeconds <= longestWaitSeconds;
  return {
    // Accounts do not wait for each other.
    id: accountId(account),
    onRateLimit: isShort,
    onSecondaryRateLimit: isShort,
    retryAfterBaseValue: retryPauseMs,
    ...(isSpaced ? {} : { write: unspaced, notifications: unspaced, search: unspaced }),
  };
}

type ThrottlingOptions = NonNullable<NonNullable<Parameters<typeof throttling>[1]>["throttle"]>;

/** In the place of a group of queues: lets everything through. */
const unspaced = {
  key: () => ({ schedule: <T>(_options: object, run: () => Promise<T>): Promise<T> => run() }),
  // Of a group the plugin uses nothing else; its type asks for a whole Bottleneck.
} as unknown as NonNullable<ThrottlingOptions["write"]>;

function accountId(account: OctokitAccount): string {
  if (account.kind === "app" || account.kind === "nobody") return account.kind;
  if (account.kind === "installation") return `installation ${account.installationId}`;
  return createHash("sha256").update(account.token.reveal()).digest("hex");
}

/** Octokit prints by itself otherwise. */
function quietLog(log: ServiceContext<GitHubConfig>["log"]): {
  debug(): void;
  info(): void;
  warn(message: unknown): void;
  error(message: unknown): void;
} {
  const warn = (message: unknown): void => log.warn({}, typeof message === "string" ? message : "Octokit warned");
  return { debug: () => undefined, info: () => undefined, warn, error: warn };
}
