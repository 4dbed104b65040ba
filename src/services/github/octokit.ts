import { createHash } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import type { ServiceContext } from "../../core/service.js";
import type { Secret } from "../../shared/secret.js";
import { statusOf } from "./octokit-failure.js";
import { createFetch } from "./octokit-fetch.js";
import type { OctokitPace } from "./octokit-pace.js";
import type { PersonToken } from "./person-token.js";
import type { GitHubConfig } from "./schema.js";
import type { GitHubSite } from "./site.js";

/** Whose account asks. */
export type OctokitAccount =
  | { readonly kind: "person"; readonly person: PersonToken }
  /** One that was registered with a remote, by the remote's key. `authorization`: the header. */
  | { readonly kind: "registered"; readonly key: string; readonly authorization: Secret }
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
  { apiUrl, isCloud }: GitHubSite,
  { http, log }: Pick<ServiceContext<GitHubConfig>, "http" | "log">,
  pace: OctokitPace,
): GitHubOctokit {
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
  if (account.kind === "person") signFor(account.person, octokit);
  if (account.kind === "registered") {
    octokit.hook.before("request", (options) => {
      options.headers.authorization = account.authorization.reveal();
    });
  }
  return octokit;
}

/** A token that GitHub does not take is replaced once, where another can be had: what was refused so was not carried out. */
function signFor(person: PersonToken, { hook }: GitHubOctokit): void {
  hook.wrap("request", async (request, options) => {
    const send = (token: Secret): ReturnType<typeof request> => {
      // The hooks below have this object, whatever they are called with.
      options.headers.authorization = `token ${token.reveal()}`;
      return request(options);
    };
    const token = person.current;
    try {
      return await send(token);
    } catch (error) {
      const other = statusOf(error) === 401 ? await person.replace(token) : undefined;
      if (other === undefined) throw error;
      return send(other);
    }
  });
}

function authOf(account: OctokitAccount): Partial<ConstructorParameters<typeof SwitchboardOctokit>[0]> {
  if (account.kind !== "app" && account.kind !== "installation") return {};
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
  if (account.kind === "registered") return `registered ${account.key}`;
  if (account.kind === "installation") return `installation ${account.installationId}`;
  return createHash("sha256").update(account.person.current.reveal()).digest("hex");
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
