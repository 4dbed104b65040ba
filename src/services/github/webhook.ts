import { PermissionError, ValidationError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ParsedWebhook, ServiceContext, StoredWebhook, Webhook, WebhookRequest } from "../../core/service.js";
import { senderOf, type WebhookSender } from "../../core/webhook.js";
import { isHubSigned } from "../../shared/hmac.js";
import type { Secret } from "../../shared/secret.js";
import { readDevinfo, tellsDevinfo } from "./devinfo.js";
import type { GitHubEvent } from "./events.js";
import { ignoredEvents } from "./events-ignored.js";
import { createEventTable, type EventTable } from "./events-table.js";
import { heardChanges, isRegistered } from "./heard.js";
import { forgetLabel, rememberLabel } from "./labels.js";
import { ownMember } from "../../shared/own-member.js";
import { registeredWebUrl } from "./registered-site.js";
import { installationsStaleKey } from "./remote.js";
import { believedRepository, readRemoteEvent } from "./remote-events.js";
import type { RepositoryName } from "./repository-name.js";
import { discussionKey, discussionsKey, issueKey, repositoryKey, repositoryKeysAt } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";
import { siteOf } from "./site.js";

// GitHub's documentation "Webhook events and payloads", section "Delivery headers".
const signatureHeader = "x-hub-signature-256";
const eventHeader = "x-github-event";
/** GitHub's name of a delivery: the same each time it is sent. */
const deliveryHeader = "x-github-delivery";

/** GitHub's webhooks (Hookshot reference 4.1), checked before anything is acknowledged. */
export function createGitHubWebhook(): Webhook<GitHubConfig> {
  const table = createEventTable();
  return {
    paths: ["/github/webhook"],
    recognises: (headers) => headers[deliveryHeader] !== undefined,
    // A webhook can be set to send forms.
    takesAnyContentType: true,
    keptHeaders: [eventHeader, deliveryHeader],
    ignoredEvents,
    verify: (request, { config }) => {
      verify(request, config.webhook.secret);
    },
    verifyRemote: verify,
    keep,
    parse(stored, context) {
      const sender = senderOf(stored);
      return sender === undefined ? parse(stored, context, table) : parseOfRemote(stored, sender, context, table);
    },
    devinfo(stored, { config }) {
      if (!tellsDevinfo(stored.headers[eventHeader])) return undefined;
      const { event, payload } = eventNameOf(stored.headers, stored.body);
      return readDevinfo(event, payload, senderOf(stored) ?? siteOf(config));
    },
  };
}

function verify({ headers, body }: WebhookRequest, secret: Secret): void {
  const signature = requireHeader(headers, signatureHeader);
  requireHeader(headers, deliveryHeader);
  requireHeader(headers, eventHeader);
  // GitHub's documentation "Validating webhook deliveries".
  if (!isHubSigned(signature, body, secret)) throw new PermissionError("Signature did not match", "HS_BAD_TOKEN");
}

/** Repeated headers are joined by a comma, which none of these can hold. */
function requireHeader(headers: WebhookRequest["headers"], name: string): string {
  const value = headers[name]?.trim() ?? "";
  if (value === "") throw new ValidationError(`The header ${name} is missing`);
  if (value.includes(",")) throw new ValidationError(`The header ${name} stands there more than once`);
  return value;
}

function keep({ headers, body }: WebhookRequest): StoredWebhook {
  const kept = [eventHeader, deliveryHeader].flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name].trim()] as const],
  );
  const isForm = /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(headers["content-type"] ?? "");
  return { headers: Object.fromEntries(kept), body: isForm ? payloadOfForm(body) : body };
}

function payloadOfForm(body: Buffer): Buffer {
  const payload = new URLSearchParams(body.toString("utf8")).get("payload");
  if (payload === null) throw new ValidationError("The form has no field payload");
  return Buffer.from(payload);
}

type Context = ServiceContext<GitHubConfig>;

function parse({ headers, body }: StoredWebhook, context: Context, table: EventTable): ParsedWebhook | Promise<ParsedWebhook> {
  const name = eventNameOf(headers, body);
  const event = table.readers.get(name.full)?.(name.payload);
  const changes = changesOf(name, context, table);
  const delivery = headers[deliveryHeader];
  const parsed: ParsedWebhook = {
    events: event === undefined ? [] : [toRemoteEvent(event)],
    ...(delivery ? { deliveryKey: `${new URL(siteOf(context.config).webUrl).host} ${delivery}` } : {}),
  };
  const heard = event === undefined ? [] : heardChanges("own", [repositoryKey(event.repository)], context);
  return withChanges(parsed, changes, heard);
}

/** Its deliveries have keys of their own, which no host can begin: it cannot pass off its own as those of another sender. */
function parseOfRemote(
  { headers, body }: StoredWebhook,
  sender: WebhookSender,
  context: Context,
  table: EventTable,
): ParsedWebhook | Promise<ParsedWebhook> {
  const { full, payload } = eventNameOf(headers, body);
  const delivery = headers[deliveryHeader];
  const key = delivery ? { deliveryKey: `:${sender.key} ${delivery}` } : {};
  const repository = believedRepository(payload, sender);
  if (repository === undefined) return { events: [], ...key };
  const event = readRemoteEvent(full, payload, table);
  const tell = (routingKeys: readonly string[]): ParsedWebhook | Promise<ParsedWebhook> => {
    const events = event === undefined ? [] : [{ name: event.name, routingKeys, payload: event }];
    return withChanges({ events, ...key }, [], heardChanges("remote", routingKeys, context));
  };
  const keys = openKeys(repositoryKeysAt({ webUrl: registeredWebUrl(sender) }, repository, context.config), repository, context);
  return keys instanceof Promise ? keys.then(tell) : tell(keys);
}

/**
 * Rooms that were connected to a repository of the configured GitHub by a login alone hear the App. Whoever has a remote's secret may not see
 * that repository, and has no say there until a room was connected to it through a registered account.
 */
function openKeys(keys: readonly string[], repository: RepositoryName, context: Context): readonly string[] | Promise<readonly string[]> {
  const ownKey = repositoryKey(repository);
  if (context.config.auth === undefined || !keys.includes(ownKey)) return keys;
  const open = (isOpen: boolean): readonly string[] => (isOpen ? keys : keys.filter((key) => key !== ownKey));
  const registered = isRegistered(ownKey, context);
  return registered instanceof Promise ? registered.then(open) : open(registered);
}

function withChanges(
  parsed: ParsedWebhook,
  changes: readonly StoreChange[],
  heard: ReturnType<typeof heardChanges>,
): ParsedWebhook | Promise<ParsedWebhook> {
  if (heard instanceof Promise) return heard.then((further) => withChanges(parsed, changes, further));
  const all = [...changes, ...heard];
  return all.length === 0 ? parsed : { ...parsed, changes: all };
}

interface NamedPayload {
  readonly event: string;
  /** With the action, where there is one. */
  readonly full: string;
  readonly payload: object;
}

function eventNameOf(headers: StoredWebhook["headers"], body: Buffer): NamedPayload {
  const event = headers[eventHeader] ?? "";
  if (event === "") throw new ValidationError(`The header ${eventHeader} is missing`);
  const payload = parseBody(body);
  const action = ownMember(payload, "action");
  return { event, full: typeof action === "string" ? `${event}.${action}` : event, payload };
}

function parseBody(body: Buffer): object {
  let payload: unknown;
  try {
    payload = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new ValidationError("The body is not JSON.", { cause: error });
  }
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) throw new ValidationError("The body is no JSON object.");
  return payload;
}

/** What an event teaches us without being told to rooms. */
function changesOf(
  { event, full, payload }: NamedPayload,
  context: ServiceContext<GitHubConfig>,
  table: EventTable,
): readonly StoreChange[] {
  if (event === "installation" || event === "installation_repositories") {
    return [context.store.put(installationsStaleKey, String(context.now()))];
  }
  if (full !== "issues.labeled" && full !== "issues.unlabeled") return [];
  const change = table.readLabelChange(payload);
  if (change === undefined) return [];
  return full === "issues.labeled" ? rememberLabel(change, context) : forgetLabel(change, context);
}

function toRemoteEvent(event: GitHubEvent): RemoteEvent {
  return { name: event.name, routingKeys: routingKeysOf(event), payload: event };
}

function routingKeysOf(event: GitHubEvent): readonly string[] {
  const { repository } = event;
  if ("discussion" in event) return [discussionsKey(repository), discussionKey(repository, event.discussion.number)];
  return "issue" in event ? [repositoryKey(repository), issueKey(repository, event.issue.number)] : [repositoryKey(repository)];
}
