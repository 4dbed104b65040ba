import { SwitchboardError, ValidationError } from "../../core/errors.js";
import { withSender, type WebhookDevinfo, type WebhookSender } from "../../core/webhook.js";
import type { ActiveService, ParsedWebhook, StoredWebhook, Webhook } from "../../core/service.js";
import type { AcceptInput, Inbox, WatchedAcceptance } from "../../delivery/inbox.js";
import { mediaType, takesContentType } from "../../http/content-type.js";
import { noSuchRoute } from "../../http/failure.js";
import type { Answer, Request } from "../../http/route.js";
import type { Metrics } from "../../shared/metrics.js";
import type { Secret } from "../../shared/secret.js";
import { toAnswer } from "./answers.js";

export interface WebhooksOptions {
  /**
   * Finds the registered remote that a service's webhook of its own is for.
   * @returns undefined where there is no such remote, or it has no webhook yet
   */
  readonly findRemote: (serviceId: string, key: string) => Promise<RemoteSender | undefined>;
  readonly services: readonly ActiveService[];
  readonly inbox: Pick<Inbox, "accept" | "acceptAndWatch">;
  readonly metrics: Pick<Metrics, "webhookRequests" | "queueEventPushes">;
  /** Absent: development information that webhooks tell is not wanted. */
  readonly devinfo?: WebhookDevinfoTaker;
}

/** Stores the development information that webhooks tell. */
export interface WebhookDevinfoTaker {
  /** Services whose webhooks are asked for it. */
  readonly serviceIds: ReadonlySet<string>;
  /** Stored, synced, when it resolves; telling it again changes nothing. @throws SwitchboardError HS_UNAVAILABLE; StorageError */
  record(serviceId: string, told: WebhookDevinfo): Promise<void>;
}

/** A registered remote, and what it signs with. */
export interface RemoteSender {
  readonly sender: WebhookSender;
  readonly secret: Secret;
}

/** A service that takes webhooks. */
export interface Receiver {
  readonly active: ActiveService;
  readonly webhook: Webhook<unknown>;
}

const accepted: Answer = { status: 200, body: "OK" };

/** Not JSON whatever they hold. Everything else is tried, because senders name JSON in many ways, or not at all. */
const neverJson = /^(multipart\/|image\/|audio\/|video\/|application\/x-www-form-urlencoded$|(application|text)\/(.*\+)?xml$)/;

/**
 * Verifies, reads and stores a request, then answers as the service does; a repeat of one that was seen gets the same answer.
 * @throws PermissionError, NotFoundError, ValidationError; SwitchboardError HS_UNSUPPORTED_MEDIA_TYPE, and HS_UNAVAILABLE when it could not
 * be stored
 */
export function receiveWebhook(receiver: Receiver, request: Request, options: WebhooksOptions): Promise<Answer> {
  const verifying = receiver.webhook.verify(request, receiver.active.context);
  if (verifying instanceof Promise) return verifying.then(() => receiveVerified(receiver, request, undefined, options));
  return receiveVerified(receiver, request, undefined, options);
}

/**
 * The same for a registered remote's own webhook.
 * @throws NotFoundError when there is no such remote, and what `receiveWebhook` throws
 */
export async function receiveFromRemote(receiver: Receiver, request: Request, options: WebhooksOptions): Promise<Answer> {
  const remote = await options.findRemote(receiver.active.service.id, request.params["remote"] ?? "");
  if (remote === undefined) throw noSuchRoute();
  receiver.webhook.verifyRemote?.(request, remote.secret);
  return receiveVerified(receiver, request, remote.sender, options);
}

async function receiveVerified(
  receiver: Receiver,
  request: Request,
  sender: WebhookSender | undefined,
  options: WebhooksOptions,
): Promise<Answer> {
  const { active, webhook } = receiver;
  const stored = read(receiver, request, () =>
    sender === undefined ? keep(receiver, request) : withSender(keep(receiver, request), sender),
  );
  const parsing = read(receiver, request, () => webhook.parse(stored, active.context));
  const parsed = parsing instanceof Promise ? await parsing.catch((error: unknown) => explain(receiver, request, error)) : parsing;
  const input = { serviceId: active.service.id, stored, parsed };
  let acceptance: WatchedAcceptance;
  try {
    // Before the event: where we end in between, the sender repeats both.
    if (options.devinfo?.serviceIds.has(active.service.id) === true) await recordDevinfo(receiver, stored, options.devinfo);
    if (webhook.answer === undefined) {
      count(await options.inbox.accept(input), input, options);
      return accepted;
    }
    acceptance = await options.inbox.acceptAndWatch(input);
  } catch (cause) {
    // Whatever went wrong, nothing was taken: a sender that repeats shall do so.
    throw new SwitchboardError("HS_UNAVAILABLE", "The event could not be stored; please send it again.", { cause });
  }
  count(acceptance.kind, input, options);
  return answerOf(receiver, parsed, acceptance);
}

/** Everything else of the request, credentials in headers and query included, is forgotten here. */
function keep({ active, webhook }: Receiver, request: Request): StoredWebhook {
  const { "content-type": contentType } = request.headers;
  if (webhook.takesAnyContentType !== true && contentType !== undefined && neverJson.test(mediaType(contentType))) throw notJson();
  return webhook.keep?.(request, active.context) ?? { headers: keepHeaders(webhook.keptHeaders, request.headers), body: request.body };
}

function keepHeaders(names: readonly string[], headers: Request["headers"]): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function read<Result>(receiver: Receiver, request: Request, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    return explain(receiver, request, error);
  }
}

function explain({ webhook }: Receiver, { headers }: Request, error: unknown): never {
  if (!(error instanceof SyntaxError) && !(error instanceof Error && error.cause instanceof SyntaxError)) throw error;
  // A body that is no JSON and does not claim to be is of the wrong type; one that claims it is broken.
  const isBroken = webhook.takesAnyContentType === true || takesContentType(["application/json"], headers["content-type"]);
  throw isBroken ? new ValidationError("The body is not JSON.", { cause: error }) : notJson();
}

function notJson(): SwitchboardError {
  return new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", "The route takes JSON; set the webhook's content type to application/json.");
}

/** Whether rooms are connected to what it tells of or not. */
async function recordDevinfo(receiver: Receiver, stored: StoredWebhook, devinfo: WebhookDevinfoTaker): Promise<void> {
  const told = tellDevinfo(receiver, stored);
  if (told !== undefined) await devinfo.record(receiver.active.service.id, told);
}

/** Rooms hear an event whether it can be read as development information or not. */
function tellDevinfo({ active: { context }, webhook }: Receiver, stored: StoredWebhook): WebhookDevinfo | undefined {
  try {
    return webhook.devinfo?.(stored, context);
  } catch (error) {
    context.log.error({ error }, "A webhook could not be read as development information; it goes its way without");
    return undefined;
  }
}

function count(kind: WatchedAcceptance["kind"], { serviceId, parsed }: AcceptInput, { metrics }: WebhooksOptions): void {
  if (kind === "repeat") return;
  for (const event of parsed.events) metrics.queueEventPushes.of(`${serviceId}.${event.name}`).inc();
}

/** The event is stored by now: whatever happens here, the sender must not be made to repeat it. */
async function answerOf({ active: { context }, webhook }: Receiver, parsed: ParsedWebhook, acceptance: WatchedAcceptance): Promise<Answer> {
  try {
    const answer = await webhook.answer?.(parsed, (withinMs) => acceptance.outcome(withinMs), context);
    return answer === undefined ? accepted : toAnswer(answer);
  } catch (error) {
    context.log.error({ error }, "A request was stored, but what to answer could not be told; its sender was told that it is");
    return accepted;
  } finally {
    acceptance.end();
  }
}
