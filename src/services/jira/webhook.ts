import { PermissionError, ValidationError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ParsedWebhook, ServiceContext, StoredWebhook, Webhook, WebhookRequest } from "../../core/service.js";
import { senderOf, type WebhookSender } from "../../core/webhook.js";
import { isHubSigned } from "../../shared/hmac.js";
import type { Secret } from "../../shared/secret.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { createEventTable, ignoredEvents, plainEventName, selfOf, type JiraEvent } from "./events.js";
import { configuredRoad, heardBy, rememberHeard } from "./heard.js";
import { isBelow } from "./instances.js";
import { ownMember } from "../../shared/own-member.js";
import { findProject, knownKeyOf, rememberProject, type ShownProject } from "./known-projects.js";
import { serves } from "./registered-jiras.js";
import { idRoutingKey, keyRoutingKey } from "./routing-keys.js";
import type { JiraConfig } from "./schema.js";

/** Jira's name of a delivery: the same for each retry, unique within the site (Jira's webhook documentation). */
const identifierHeader = "x-atlassian-webhook-identifier";

/** Jira's webhooks (Hookshot reference 4.1). */
export function createJiraWebhook(): Webhook<JiraConfig> {
  const events = createEventTable();
  return {
    paths: ["/jira/webhook"],
    recognises: (headers) => headers[identifierHeader] !== undefined || (headers["user-agent"] ?? "").includes("JIRA"),
    keptHeaders: [identifierHeader],
    ignoredEvents,
    verify: (request, { config }) => verify(request, config.webhook.secret),
    verifyRemote: verify,
    parse: (stored, context) => parse(stored, context, events),
  };
}

/** A secret in the query, or `X-Hub-Signature: sha256=<hex>` over the raw body (Jira's webhook documentation, "Secure admin webhooks"). */
function verify(request: WebhookRequest, secret: Secret): void {
  const inQuery = request.query.getAll("secret").filter((value) => value !== "");
  if (inQuery.length > 0) {
    if (inQuery.every((value) => secret.equals(value))) return;
    throw new PermissionError("Invalid secret", "HS_BAD_TOKEN");
  }
  if (isHubSigned(request.headers["x-hub-signature"]?.trim() ?? "", request.body, secret)) return;
  throw new PermissionError("Signature did not match", "HS_BAD_TOKEN");
}

/** What a payload tells. */
interface Told {
  readonly event: JiraEvent | undefined;
  /** The project that it shows with both id and key. A version event's is never: what else stands in the payload is not about it. */
  readonly shown: ShownProject | undefined;
  /** Of the Jira that the event is at, or what is shown where there is no event. */
  readonly host: string | undefined;
}

function parse(
  stored: StoredWebhook,
  context: ServiceContext<JiraConfig>,
  events: ReturnType<typeof createEventTable>,
): ParsedWebhook | Promise<ParsedWebhook> {
  const sender = senderOf(stored);
  const all = read(parseBody(stored.body), events);
  const trusted = sender === undefined ? all : believed(all, sender);
  const { event, shown, host = "" } = trusted;
  const deliveryKey = deliveryKeyOf(all, stored.headers[identifierHeader], sender);
  const byId = shown ?? projectOfVersion(trusted);
  return after(byId && knownKeyOf(context.store, byId), (knownKey) => {
    const key = shown?.key ?? (event === undefined ? undefined : keyOf(event, knownKey));
    const project = key === undefined || !isHeard(sender, key) ? undefined : { host, key };
    return after(project && heardBy(context.store, project), (formerRoad) => {
      const road = sender?.key ?? configuredRoad;
      const changes: StoreChange[] = [];
      // Who has a say in some projects only teaches no ids: another project's could be passed for one of theirs.
      if (shown !== undefined && shown.key !== knownKey && !isConfined(sender)) changes.push(rememberProject(context.store, shown));
      if (project !== undefined && road !== formerRoad) changes.push(rememberHeard(context.store, project, road));
      const parsed: { -readonly [Part in keyof ParsedWebhook]: ParsedWebhook[Part] } = {
        events: toRemoteEvents(trusted, knownKey, sender),
      };
      if (deliveryKey !== undefined) parsed.deliveryKey = deliveryKey;
      if (changes.length > 0) parsed.changes = changes;
      return parsed;
    });
  });
}

/** Where nothing has to be waited for, nothing is: the sender waits, too. */
function after<Value, Result>(value: Value | Promise<Value>, next: (value: Value) => Result | Promise<Result>): Result | Promise<Result> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function read(payload: unknown, events: ReturnType<typeof createEventTable>): Told {
  const event = events.get(plainEventName(eventNameOf(payload)))?.(payload);
  const shown = event !== undefined && "version" in event ? undefined : findProject(payload);
  return told(event, shown);
}

/** The schema lets only web addresses through. Parsed once: what shows the project mostly is the event's issue. */
function told(event: JiraEvent | undefined, shown: ShownProject | undefined): Told {
  const self = event === undefined ? undefined : selfOf(event);
  return { event, shown, host: self === undefined || self === shown?.self ? shown?.host : parseHttpUrl(self)?.host };
}

/**
 * A registered remote has a say in what lies at its own address, and if it has projects of its own, in these. Nothing else is an event, and
 * nothing is learnt of it.
 */
function believed({ event, shown }: Told, sender: WebhookSender): Told {
  const isShown = shown !== undefined && isAt(sender, shown.self) && isHeard(sender, shown.key);
  const isEvent = event !== undefined && isAt(sender, selfOf(event)) && ("version" in event || isHeard(sender, event.issue.project.key));
  return told(isEvent ? { ...event, senderUrl: sender.url } : undefined, isShown ? shown : undefined);
}

function isAt({ url }: WebhookSender, self: string): boolean {
  const [address, base] = [parseHttpUrl(self), parseHttpUrl(url)];
  // Not below the base alone: another Jira may be there.
  return address !== undefined && base !== undefined && isBelow(address, `${baseUrl(base)}/rest`);
}

function isHeard(sender: WebhookSender | undefined, key: string): boolean {
  return sender === undefined || serves(sender, key);
}

function isConfined(sender: WebhookSender | undefined): boolean {
  return sender?.projects !== undefined;
}

/** Jira's name of a delivery is that of one webhook's; what one remote sends takes nothing from another. */
function deliveryKeyOf({ host }: Told, identifier: string | undefined, sender: WebhookSender | undefined): string | undefined {
  if (host === undefined || !identifier) return undefined;
  return sender === undefined ? `${host} ${identifier}` : `${sender.key} ${host} ${identifier}`;
}

function parseBody(body: Buffer): unknown {
  try {
    // Not `any`: everything below checks.
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch (error) {
    throw new ValidationError("The body is not JSON.", { cause: error });
  }
}

function eventNameOf(payload: unknown): string {
  const name = ownMember(payload, "webhookEvent");
  if (typeof name !== "string" || name === "") throw new ValidationError("Missing webhookEvent in body");
  return name;
}

function projectOfVersion({ event, host = "" }: Told): Pick<ShownProject, "host" | "id"> | undefined {
  return event !== undefined && "version" in event ? { host, id: event.version.projectId } : undefined;
}

/** @param knownKey the key that belongs to the project's id, where we know it */
function keyOf(event: JiraEvent, knownKey: string | undefined): string | undefined {
  return "version" in event ? knownKey : event.issue.project.key.toUpperCase();
}

function toRemoteEvents(
  { event, host = "" }: Told,
  knownKey: string | undefined,
  sender: WebhookSender | undefined,
): readonly RemoteEvent[] {
  if (event === undefined) return [];
  const key = keyOf(event, knownKey);
  const id = "version" in event ? event.version.projectId : event.issue.project.id;
  if (isConfined(sender) && (key === undefined || !isHeard(sender, key))) return [];
  // By an id that is not known for that key, whoever has a say in some projects only could speak to the rooms of another.
  const isIdSure = !isConfined(sender) || key === knownKey;
  const routingKeys: string[] = [];
  if (key !== undefined) routingKeys.push(keyRoutingKey(host, key));
  if (isIdSure) routingKeys.push(idRoutingKey(host, id));
  return [{ name: event.name, routingKeys, payload: event }];
}
