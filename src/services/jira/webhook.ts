import { createHmac, timingSafeEqual } from "node:crypto";
import { PermissionError, ValidationError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ParsedWebhook, ServiceContext, StoredWebhook, Webhook, WebhookRequest } from "../../core/service.js";
import type { Secret } from "../../shared/secret.js";
import { parseHttpUrl } from "../../shared/url.js";
import { createEventTable, ignoredEvents, plainEventName, type JiraEvent } from "./events.js";
import { ownMember } from "../../shared/own-member.js";
import { findProject, knownKeyOf, rememberProject } from "./known-projects.js";
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
    parse: (stored, context) => parse(stored, context, events),
  };
}

function verify(request: WebhookRequest, secret: Secret): void {
  const inQuery = request.query.getAll("secret").filter((value) => value !== "");
  if (inQuery.length > 0) {
    if (inQuery.every((value) => secret.equals(value))) return;
    throw new PermissionError("Invalid secret", "HS_BAD_TOKEN");
  }
  if (isSigned(request, secret)) return;
  throw new PermissionError("Signature did not match", "HS_BAD_TOKEN");
}

/** `X-Hub-Signature: sha256=<hex>`, over the raw body (Jira's webhook documentation, "Secure admin webhooks"). */
function isSigned({ headers, body }: WebhookRequest, secret: Secret): boolean {
  const [, hex = ""] = /^sha256=([0-9a-f]{64})$/i.exec(headers["x-hub-signature"]?.trim() ?? "") ?? [];
  const given = Buffer.from(hex, "hex");
  const expected = createHmac("sha256", secret.reveal()).update(body).digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function parse(
  { headers, body }: StoredWebhook,
  context: ServiceContext<JiraConfig>,
  events: ReturnType<typeof createEventTable>,
): ParsedWebhook | Promise<ParsedWebhook> {
  const payload = parseBody(body);
  const event = events.get(plainEventName(eventNameOf(payload)))?.(payload);
  const shown = findProject(payload);
  const host = event === undefined ? shown?.host : hostOf(event);
  const identifier = headers[identifierHeader];
  const delivery = host === undefined || !identifier ? {} : { deliveryKey: `${host} ${identifier}` };
  const finish = (knownKey: string | undefined): ParsedWebhook => {
    const changes = shown === undefined || shown.key === knownKey ? {} : { changes: [rememberProject(context.store, shown)] };
    return { events: event === undefined ? [] : [toRemoteEvent(event, host ?? "", knownKey)], ...delivery, ...changes };
  };
  const project = shown ?? projectOfVersion(event);
  if (project === undefined) return finish(undefined);
  const known = knownKeyOf(context.store, project);
  return known instanceof Promise ? known.then(finish) : finish(known);
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

function projectOfVersion(event: JiraEvent | undefined): { readonly host: string; readonly id: string } | undefined {
  return event !== undefined && "version" in event ? { host: hostOf(event), id: event.version.projectId } : undefined;
}

function hostOf(event: JiraEvent): string {
  const self = "version" in event ? event.version.self : event.issue.self;
  // The schema lets only web addresses through.
  return parseHttpUrl(self)?.host ?? "";
}

/** @param knownKey the key that belongs to the project's id, where we know it */
function toRemoteEvent(event: JiraEvent, host: string, knownKey: string | undefined): RemoteEvent {
  const id = "version" in event ? event.version.projectId : event.issue.project.id;
  const key = "version" in event ? knownKey : event.issue.project.key;
  const routingKeys = [...(key === undefined ? [] : [keyRoutingKey(host, key)]), idRoutingKey(host, id)];
  return { name: event.name, routingKeys, payload: event };
}
