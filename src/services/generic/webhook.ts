import type { Connection } from "../../core/connection.js";
import { NotFoundError, PermissionError, SwitchboardError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ParsedWebhook, ServiceContext, StoredWebhook, Webhook, WebhookRequest } from "../../core/service.js";
import { answerCall, refuseCall, securityHeaders } from "./answers.js";
import { callEvent, type HookCall } from "./call.js";
import { decodePayload } from "./decode.js";
import { hookRoutingKey } from "./hook-id.js";
import { hookState } from "./hook-state.js";
import { bytesOf } from "./limits.js";
import type { GenericConfig } from "./schema.js";
import { isSigned } from "./signature.js";
import { findSigningSecret } from "./signing-secrets.js";
import { isBelowWebhook, readStoredCall, storeCall } from "./stored-call.js";
import { hookDoc } from "./webhook-doc.js";

type Context = ServiceContext<GenericConfig>;

/** Requests to hooks (Hookshot reference 4.1, 4.2). The secrecy of a hook's id is what lets them in, and a signature where one is asked for. */
export function createHookWebhook(): Webhook<GenericConfig> {
  // What `verify` has to tell `keep` about the same request.
  const unverified = new WeakSet<WebhookRequest>();
  return {
    paths: ["/webhook/:hookId", "/webhook/:hookId/slack", "/webhook/:hookId/discord", "/:hookId"],
    methods: "all",
    maxBodyBytes: ({ payloadSizeLimit }) => bytesOf(payloadSizeLimit),
    takesAnyContentType: true,
    answerHeaders: securityHeaders,
    doc: hookDoc,
    recognises: () => false,
    keptHeaders: ["content-type", "content-encoding"],
    verify: (request, context) => verify(request, context, () => unverified.add(request)),
    keep: (request, { now }) => storeCall(request, now(), unverified.has(request)),
    parse,
    answer: answerCall,
    refuse: refuseCall,
  };
}

/** @param accept notes that the request is taken although nobody could ask for its signature */
function verify(request: WebhookRequest, context: Context, accept: () => void): void | Promise<void> {
  const isLegacy = !isBelowWebhook(request.path);
  if (!isLegacy) checkMethod(request, context.config);
  const routingKey = hookRoutingKey(request.params["hookId"] ?? "");
  const found = context.connections.byRemoteKey(routingKey);
  const check = (connections: readonly Connection[]): void | Promise<void> => {
    if (connections.length === 0) return admitUnknown(isLegacy, routingKey, context, accept);
    if (isLegacy) checkMethod(request, context.config);
    const signed = connections.filter(({ state }) => hookState(state).signature !== undefined);
    return signed.length === 0 ? undefined : checkSignature(request, signed, routingKey, context);
  };
  return found instanceof Promise ? found.then(check) : check(found);
}

function checkMethod({ method }: WebhookRequest, { enableHttpGet }: GenericConfig): void {
  if (method === "POST" || method === "PUT" || (method === "GET" && enableHttpGet)) return;
  const expected = method === "GET" ? "PUT or POST" : "PUT, GET or POST";
  throw new SwitchboardError("HS_METHOD_NOT_ALLOWED", `Invalid Method. Expecting ${expected}`);
}

/**
 * While rooms are read for the first time a hook that is not found may be in one of them: what comes is kept for it then, unless it has to be
 * signed, which cannot be judged yet.
 */
function admitUnknown(isLegacy: boolean, routingKey: string, { connections, secrets }: Context, accept: () => void): void | Promise<void> {
  // Any path of one word is the older form of an address; few of them are hooks.
  if (connections.isComplete?.() !== false)
    throw isLegacy ? new NotFoundError("There is no such route.") : new NotFoundError("Webhook not found");
  return findSigningSecret(secrets, routingKey).then((secret) => {
    if (secret !== undefined) throw new SwitchboardError("HS_UNAVAILABLE", "The webhook is not known yet; please send it again.");
    accept();
  });
}

async function checkSignature(
  request: WebhookRequest,
  connections: readonly Connection[],
  routingKey: string,
  { secrets, now }: Context,
): Promise<void> {
  const secret = await findSigningSecret(secrets, routingKey);
  if (secret === undefined) throw new PermissionError("The webhook has to be signed, but its secret is lost.", "HS_BAD_TOKEN");
  if (connections.every(({ state }) => isSigned(request, hookState(state).signature ?? {}, secret, now()))) return;
  throw new PermissionError("Signature did not match", "HS_BAD_TOKEN");
}

function parse(stored: StoredWebhook, { config }: Context): ParsedWebhook {
  const call = readStoredCall(stored);
  if (call === undefined) return { events: [] };
  const { routingKey, flavour, receivedAt, isUnverified, idempotencyKey } = call;
  const payload: HookCall = {
    ...{ flavour, receivedAt },
    data: decodePayload(call, bytesOf(config.payloadSizeLimit)),
    ...(isUnverified ? { isUnverified } : {}),
  };
  const event: RemoteEvent = { name: callEvent, routingKeys: [routingKey], payload };
  // Two equal bodies are two things that happened: only a sender that names its requests can repeat one.
  const repeat = idempotencyKey === undefined ? { isNeverRepeat: true as const } : { deliveryKey: `${routingKey} ${idempotencyKey}` };
  return { events: [event], ...repeat };
}
