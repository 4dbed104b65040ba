import { RemoteError } from "../../core/errors.js";
import type { OAuthAddress, OAuthOutcome, OAuthReturn, OAuthStart } from "../../core/oauth.js";
import type { HttpResponse } from "../../core/ports/http-client.js";
import type { ServiceContext } from "../../core/service.js";
import { equalInConstantTime } from "../../shared/secret.js";
import { browserAccess } from "./access.js";
import { signOauth1 } from "./browser-signers.js";
import type { JiraClient } from "./client.js";
import type { CommitAuthors } from "./commit-authors.js";
import { noAnswer } from "./failures.js";
import { forHookshot } from "./hookshot-login.js";
import type { JiraInstance } from "./instances.js";
import { agreementUrl, disagreed, joined, refused } from "./oauth-answers.js";
import type { ConsumerSettings } from "./oauth-settings.js";
import { oauth1Header } from "./oauth1-signature.js";
import type { PrivateKeys } from "./private-keys.js";
import type { JiraConfig } from "./schema.js";
import { writeOauth1Token, type Oauth1Token } from "./stored-login.js";
import { createTracker } from "./tracker.js";

/*
 * OAuth 1.0a of Server and Data Center, as Hookshot has it (reference 6.2): a temporary token is asked for, the person lets it in, and it is
 * exchanged for one that lasts. Whoever comes back has to bring the temporary token that they were sent away with.
 */

interface ConsumerParts {
  readonly client: JiraClient;
  readonly keys: PrivateKeys;
  readonly instance: JiraInstance;
  readonly settings: ConsumerSettings;
}

type Context = ServiceContext<JiraConfig>;

/** A person waits before a page. */
const timeoutMs = 10_000;

export async function beginAtConsumer(parts: ConsumerParts, { state }: OAuthStart, context: Context): Promise<OAuthAddress> {
  const callback = withState(parts.settings.redirectUri, state);
  const temporary = await askForToken(parts, "request-token", { oauth_callback: callback }, context);
  if (temporary === undefined) throw noToken(parts);
  return { url: agreementUrl(addressOf(parts, "authorize"), { oauth_token: temporary.token }), kept: temporary.token };
}

export async function finishAtConsumer(
  parts: ConsumerParts & { readonly authors: CommitAuthors },
  { actor, query, kept }: OAuthReturn,
  context: Context,
): Promise<OAuthOutcome> {
  const { oauth_token: token, oauth_verifier: verifier } = query;
  if (token === undefined || kept === undefined || !equalInConstantTime(kept, token)) {
    return refused("This is not the way back of the login that was begun, so nothing was kept. Start again.");
  }
  // Jira sends `denied` in the place of the proof.
  if (verifier === undefined || verifier === "denied") return refused(disagreed);
  const granted = await askForToken(parts, "access-token", { oauth_token: token, oauth_verifier: verifier }, context);
  if (granted === undefined) return refused("Jira does not take this any more: it is too old, or was used before. Start again.");
  const { client, instance, settings, authors } = parts;
  const access = browserAccess(instance, { sign: (request) => signOauth1(request, granted, parts, context) });
  const user = await createTracker(client, { http: context.http, access }).whoAmI();
  const login = { accessToken: writeOauth1Token(granted), id: user.id, displayName: user.displayName };
  // Hookshot knows the Jira of `jira.url` and no other.
  const copy = settings.configPath === "jira.oauth" ? { forHookshot: forHookshot(actor, instance.host, login) } : {};
  const changes = await authors.note(actor, instance.url, user.email, context);
  return joined({ instance, login, user, at: `${instance.name} (${instance.url})`, changes, ...copy });
}

/** Undefined when Jira refuses. @throws RemoteError when it cannot tell; SwitchboardError when the private key is missing */
async function askForToken(
  parts: ConsumerParts,
  step: "request-token" | "access-token",
  parameters: Readonly<Record<string, string>>,
  { http, now, random }: Context,
): Promise<Oauth1Token | undefined> {
  const { settings, keys } = parts;
  const request = { method: "POST", url: addressOf(parts, step) } as const;
  const freshness = { nowMs: now(), nonce: random.token(32) };
  const authorization = oauth1Header(request, await keys.consumerOf(settings), parameters, freshness);
  try {
    return readToken(await http.request({ ...request, timeoutMs, headers: { authorization } }), parts);
  } catch (error) {
    if (error instanceof RemoteError && error.status === undefined) throw noAnswer(parts.instance, error, false);
    throw error;
  }
}

function readToken({ status, body }: HttpResponse, { instance, settings }: ConsumerParts): Oauth1Token | undefined {
  const where = `The Jira ${instance.name} (${instance.url})`;
  if (status === 429 || status >= 500) throw new RemoteError(`${where} failed (${status}). Try again later.`, { status });
  const answer = new URLSearchParams(body);
  const token = answer.get("oauth_token");
  const secret = answer.get("oauth_token_secret");
  if (status >= 200 && status < 300 && token && secret !== null) return { token, secret };
  const problem = answer.get("oauth_problem") ?? "";
  if (/^(?:token_|permission_)/.test(problem)) return undefined;
  throw noToken({ instance, settings }, problem);
}

/** The person can do nothing about it. */
function noToken({ instance, settings }: Pick<ConsumerParts, "instance" | "settings">, problem = ""): RemoteError {
  const why = /^[a-z_]{1,40}$/.test(problem) ? ` (${problem})` : "";
  return new RemoteError(
    `The Jira ${instance.name} (${instance.url}) gives no token${why}. The administrator has to check \`${settings.configPath}\` and the application link in Jira: consumer key, public key, and the clocks of both.`,
    { status: 400 },
  );
}

function addressOf({ instance }: ConsumerParts, step: "request-token" | "authorize" | "access-token"): string {
  return `${instance.url}/plugins/servlet/oauth/${step}`;
}

/** OAuth 1.0a has no state of its own: it goes along in the address of the way back. */
function withState(redirectUri: string, state: string): string {
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}state=${encodeURIComponent(state)}`;
}
