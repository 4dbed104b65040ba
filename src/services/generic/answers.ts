import type { Connection } from "../../core/connection.js";
import { errorCodes, type ErrorCode, type SwitchboardError } from "../../core/errors.js";
import type { ParsedWebhook, ServiceContext, WebhookRequest } from "../../core/service.js";
import type { WebhookAnswer, WebhookOutcome } from "../../core/webhook.js";
import type { Flavour, HookCall } from "./call.js";
import { isExpired } from "./expiry.js";
import { hookState } from "./hook-state.js";
import type { GenericConfig } from "./schema.js";
import { isBelowWebhook } from "./stored-call.js";

/** How long a sender is kept waiting (reference 4.2). */
const longestWaitMs = 5_000;

/** Nothing of an answer is to be run, framed or guessed at: a hook's function may answer with HTML (reference 4.2). */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; base-uri 'self'; font-src 'self' https: data:; form-action 'self'; frame-ancestors 'self'; img-src 'self' data:; " +
    "object-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self' https: 'unsafe-inline'; upgrade-insecure-requests; sandbox",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-site",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

const ok = { ok: true };
const stored: WebhookAnswer = { status: 202, body: ok };
const sent: WebhookAnswer = { status: 200, body: ok };
const expired: WebhookAnswer = { status: 404, body: { ok: false, error: "This hook has expired" } };
/** Only where nothing will be sent any more: whoever gets it sends again. */
export const failed: WebhookAnswer = { status: 500, body: { ok: false, error: "Failed to process webhook" } };

/** What Slack and Discord answer to what is sent to their webhooks; their senders look for it. */
const flavoured: Readonly<Record<Exclude<Flavour, "plain">, WebhookAnswer>> = {
  slack: { status: 200, body: "ok" },
  discord: { status: 204, body: "" },
};

/** The answer to a request that is stored. Where several connections have the same id, the first one decides. */
export function answerCall(
  parsed: ParsedWebhook,
  outcome: (withinMs: number) => Promise<WebhookOutcome>,
  context: ServiceContext<GenericConfig>,
): WebhookAnswer | Promise<WebhookAnswer> {
  const [event] = parsed.events;
  if (event === undefined) return stored;
  // `parse` made it.
  const call = event.payload as HookCall;
  const found = context.connections.byRemoteKey(event.routingKeys[0] ?? "");
  const decide = ([first]: readonly Connection[]): WebhookAnswer | Promise<WebhookAnswer> => {
    if (first === undefined || !isWaitedFor(first, context.config)) return inFlavour(stored, call.flavour);
    if (isExpired(hookState(first.state), call.receivedAt)) return expired;
    return outcome(longestWaitMs).then((known) => inFlavour(answerFor(known), call.flavour));
  };
  return found instanceof Promise ? found.then(decide) : decide(found);
}

function isWaitedFor({ state }: Connection, config: GenericConfig): boolean {
  return config.waitForComplete || hookState(state).waitForComplete === true;
}

function answerFor(outcome: WebhookOutcome): WebhookAnswer {
  if (outcome.kind === "waiting") return stored;
  const [first] = outcome.results;
  // A repeat of what was taken before.
  if (first === undefined) return sent;
  if (first.reply !== undefined) return first.reply;
  return first.kind === "dead" || first.kind === "discarded" ? failed : sent;
}

function inFlavour(answer: WebhookAnswer, flavour: Flavour): WebhookAnswer {
  return flavour !== "plain" && (answer === stored || answer === sent) ? flavoured[flavour] : answer;
}

/** Codes whose sentences are not for senders; they get the usual answer, with an id. */
const innerCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["HS_UNKNOWN", "SB_CONFIG", "SB_STORAGE"]);

/** Refusals as Hookshot's senders know them: a wrong method, and a path that is no hook's, are answered as everywhere. */
export function refuseCall(error: SwitchboardError, { path }: Pick<WebhookRequest, "path">): WebhookAnswer | undefined {
  if (innerCodes.has(error.code) || error.code === "HS_METHOD_NOT_ALLOWED") return undefined;
  if (error.code === "HS_NOTFOUND" && !isBelowWebhook(path)) return undefined;
  return { status: errorCodes[error.code].status, body: { ok: false, error: error.message } };
}
