import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { ActiveService, ParsedWebhook, StoredWebhook, Webhook } from "../../core/service.js";
import type { AcceptInput, Inbox } from "../../delivery/inbox.js";
import { mediaType, takesContentType } from "../../http/content-type.js";
import type { Answer, Request } from "../../http/route.js";
import type { Metrics } from "../../shared/metrics.js";

export interface WebhooksOptions {
  readonly services: readonly ActiveService[];
  readonly inbox: Pick<Inbox, "accept">;
  readonly metrics: Pick<Metrics, "webhookRequests" | "queueEventPushes">;
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
 * Verifies, reads and stores a request, then says OK; a repeat of one that was seen gets the same answer.
 * @throws PermissionError, ValidationError; SwitchboardError HS_UNSUPPORTED_MEDIA_TYPE, and HS_UNAVAILABLE when it could not be stored
 */
export async function receiveWebhook({ active, webhook }: Receiver, request: Request, options: WebhooksOptions): Promise<Answer> {
  webhook.verify(request, active.context);
  const contentType = request.headers["content-type"];
  if (contentType !== undefined && neverJson.test(mediaType(contentType))) throw notJson();
  const stored: StoredWebhook = { headers: keepHeaders(webhook.keptHeaders, request.headers), body: request.body };
  const parsing = parse(active, webhook, stored, contentType);
  const parsed = parsing instanceof Promise ? await parsing : parsing;
  if ((await store(options.inbox, { serviceId: active.service.id, stored, parsed })) === "stored") {
    for (const event of parsed.events) options.metrics.queueEventPushes.of(`${active.service.id}.${event.name}`).inc();
  }
  return accepted;
}

function notJson(): SwitchboardError {
  return new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", "The route takes JSON; set the webhook's content type to application/json.");
}

/** Everything else of the request, credentials in headers and query included, is forgotten here. */
function keepHeaders(names: readonly string[], headers: Request["headers"]): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function parse(
  { context }: ActiveService,
  webhook: Webhook<unknown>,
  stored: StoredWebhook,
  contentType: string | undefined,
): ParsedWebhook | Promise<ParsedWebhook> {
  try {
    const parsed = webhook.parse(stored, context);
    return parsed instanceof Promise ? parsed.catch(explain) : parsed;
  } catch (error) {
    return explain(error);
  }

  function explain(error: unknown): never {
    if (!(error instanceof SyntaxError) && !(error instanceof Error && error.cause instanceof SyntaxError)) throw error;
    // A body that is no JSON and does not claim to be is of the wrong type; one that claims it is broken.
    throw takesContentType(["application/json"], contentType) ? new ValidationError("The body is not JSON.", { cause: error }) : notJson();
  }
}

/** Whatever went wrong, nothing was taken: a sender that repeats shall do so. */
async function store(inbox: WebhooksOptions["inbox"], input: AcceptInput): Promise<"stored" | "repeat"> {
  try {
    return await inbox.accept(input);
  } catch (cause) {
    throw new SwitchboardError("HS_UNAVAILABLE", "The event could not be stored; please send it again.", { cause });
  }
}
