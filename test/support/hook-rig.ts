import { connectionId, type Connection } from "../../src/core/connection.js";
import type { RoomId } from "../../src/core/ids.js";
import type { ConnectionKind, ParsedWebhook, Rendered, Service, Webhook, WebhookRequest } from "../../src/core/service.js";
import type { LateRendering } from "../../src/core/service.js";
import { createGenericService } from "../../src/services/generic/index.js";
import { hookRoutingKey } from "../../src/services/generic/hook-id.js";
import type { GenericConfig } from "../../src/services/generic/schema.js";
import type { TransformResult, TransformRunner } from "../../src/services/generic/transform.js";
import { createServiceContext, type TestContext } from "./service-context.js";

export const hookId = "8a6e2f3c-1111-4222-8333-444455556666";
export const routingKey = hookRoutingKey(hookId);
export const hookRoom: RoomId = "!room:example.org";
const stateType = "uk.half-shot.matrix-hookshot.generic.hook";

/** A runner whose scripts are not run: each has its result, and what does not compile says why. */
export class ScriptedRunner implements TransformRunner {
  readonly results = new Map<string, TransformResult>();
  readonly mistakes = new Map<string, string>();
  readonly runs: { readonly hookKey: string; readonly script: string; readonly data: unknown }[] = [];

  async run(hookKey: string, script: string, data: unknown): Promise<TransformResult> {
    this.runs.push({ hookKey, script, data });
    return this.results.get(script) ?? { ok: false, reason: this.mistakes.get(script) ?? "it threw", isLimit: false };
  }

  async check(script: string): Promise<string | undefined> {
    return this.mistakes.get(script);
  }
}

export const hookConfig: GenericConfig = {
  enabled: true,
  outbound: false,
  urlPrefix: "https://hooks.example.org/webhook/",
  allowJsTransformationFunctions: false,
  waitForComplete: false,
  enableHttpGet: false,
  sendExpiryNotice: false,
  requireExpiryTime: false,
  includeHookBody: true,
  payloadSizeLimit: "1mb",
};

/** A hook of a room, as the index has it. */
export function hookConnection(state: Readonly<Record<string, unknown>> = {}, overrides: Partial<Connection> = {}): Connection {
  const name = typeof state["name"] === "string" ? state["name"] : "builds";
  return {
    id: connectionId(hookRoom, stateType, name),
    roomId: hookRoom,
    serviceId: "generic",
    kindId: "hook",
    eventType: stateType,
    stateKey: name,
    state: { name, ...state },
    eventId: "$event",
    sender: "@bot:example.org",
    remoteKeys: [routingKey],
    status: { kind: "active" },
    priority: -1,
    ...overrides,
  };
}

/** The service with one hook in one room. */
export class HookRig {
  readonly runner = new ScriptedRunner();
  readonly service: Service<GenericConfig> = createGenericService(this.runner);
  readonly context: TestContext<GenericConfig>;
  nowMs = Date.UTC(2026, 0, 1);

  constructor(config: Partial<GenericConfig> = {}, ...connections: readonly Connection[]) {
    this.context = createServiceContext<GenericConfig>({ ...hookConfig, ...config }, { now: () => this.nowMs });
    this.context.connections.list.push(...connections);
  }

  get webhook(): Webhook<GenericConfig> {
    if (this.service.webhook === undefined) throw new TypeError("the service takes webhooks");
    return this.service.webhook;
  }

  get kind(): ConnectionKind<GenericConfig> {
    const [kind] = this.service.kinds;
    if (kind === undefined) throw new TypeError("the service has a kind");
    return kind;
  }

  get connection(): Connection {
    const [first] = this.context.connections.list;
    if (first === undefined) throw new TypeError("the rig has no hook");
    return first;
  }

  /** What an accepted request is parsed to, from its stored form. @throws SwitchboardError */
  async receive(request: WebhookRequest): Promise<ParsedWebhook> {
    await this.webhook.verify(request, this.context);
    const stored = this.webhook.keep?.(request, this.context);
    if (stored === undefined) throw new TypeError("the service keeps its own form");
    return this.webhook.parse(stored, this.context);
  }

  /** What a request comes to through the first hook; what is worded late is worded at once, and its changes count. */
  async post(request: WebhookRequest): Promise<Rendered | LateRendering> {
    const [event] = (await this.receive(request)).events;
    if (event === undefined) throw new TypeError("a request makes an event");
    return this.render(event);
  }

  async render(event: ParsedWebhook["events"][number], connection = this.connection): Promise<Rendered | LateRendering> {
    const rendered = this.kind.render(event, connection, this.context);
    if (rendered.kind !== "later") return rendered;
    const late = await this.kind.renderLater?.(event, connection, this.context);
    if (late === undefined) throw new TypeError("the kind words late");
    await this.context.commit(late.changes ?? []);
    return late;
  }
}

/** A request to the rig's hook. */
export function hookRequest(body: string | Buffer, contentType?: string, overrides: Partial<WebhookRequest> = {}): WebhookRequest {
  const { headers = {}, ...others } = overrides;
  return {
    method: "POST",
    path: `/webhook/${hookId}`,
    params: { hookId },
    query: new URLSearchParams(),
    headers: { ...(contentType === undefined ? {} : { "content-type": contentType }), ...headers },
    body: Buffer.from(body),
    ...others,
  };
}

export function jsonRequest(payload: unknown, overrides: Partial<WebhookRequest> = {}): WebhookRequest {
  return hookRequest(JSON.stringify(payload), "application/json", overrides);
}

/** The content of the one message. */
export function onlyContent(rendered: Rendered | LateRendering): Readonly<Record<string, unknown>> {
  if (rendered.kind !== "messages") throw new TypeError(`not sent: ${rendered.kind === "ignored" ? rendered.reason : "later"}`);
  const [message, ...others] = rendered.messages;
  if (message === undefined || others.length > 0) throw new TypeError(`there are ${rendered.messages.length} messages`);
  return message.content;
}
