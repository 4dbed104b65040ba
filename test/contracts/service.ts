import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Findings } from "../../src/config/findings.js";
import { seal } from "../../src/config/secrets.js";
import type { SettingSchema } from "../../src/config/setting-schema.js";
import { tidy } from "../../src/config/tidy.js";
import type { AccountRoute } from "../../src/core/account-route.js";
import { connectionId, type Connection, type ConnectionState } from "../../src/core/connection.js";
import { errorCodes, SwitchboardError, ValidationError } from "../../src/core/errors.js";
import type { RoomMessage } from "../../src/core/message.js";
import type { HttpClient } from "../../src/core/ports/http-client.js";
import type { Provisioned, Provisioning } from "../../src/core/provisioning.js";
import type { RemoteEvent } from "../../src/core/remote-event.js";
import type { CommandArgument } from "../../src/core/room-commands.js";
import type { ConnectionKind, ConnectionTarget, Service, ServiceContext, Webhook, WebhookRequest } from "../../src/core/service.js";
import type { ServiceSetUp, SetUpAnswers } from "../../src/core/service-set-up.js";
import { compileSchema } from "../../src/shared/validate.js";
import { absolutePath } from "../house/source-tree.js";
import { createServiceContext, deadHttpClient } from "../support/service-context.js";
import { harmlessText, hostileTexts, plantAt, textPaths } from "./hostile-text.js";
import { expectSafeMessage, skeletonOf } from "./message-content.js";
import { clashingFileKeys, closedSections, exampleOf } from "./schema-examples.js";

/**
 * What every service must hold. It needs nothing but the service and its folder: a configuration and states are made from the examples in
 * its schemas, payloads are the folder's fixtures, `<event>__<case>.json`: the stored body, or `{"headers": …, "body": …}` where a kept
 * header says what it is. `fixtures/markup.txt` names, a line each, the dotted paths of text that the sender writes as markup and that is
 * shown as such (`release.body`; `*` for any one step); it has to be safe, but may change a message's shape.
 */
export function describeService(service: Service<unknown>): void {
  const folder = absolutePath(`src/services/${service.id}`);
  describe(`the service ${service.id}`, () => {
    describeConfig(service, folder);
    for (const kind of service.kinds) {
      describeKind(kind, service);
      if (kind.provisioning !== undefined) describeProvisioning(kind, kind.provisioning, service);
    }
    if (service.webhook !== undefined) describeWebhook(service, service.webhook, folder);
    if (service.resolve !== undefined) describeResolve(service);
    if (service.setUp !== undefined) describeSetUp(service, service.setUp);
    if (service.accountRoutes !== undefined) describeAccountRoutes(service, service.accountRoutes);
    describeCommands(service);
  });
}

function describeSetUp(service: Service<unknown>, { questions, section, nextSteps }: ServiceSetUp): void {
  const generated = questions.filter(({ isGenerated }) => isGenerated === true).map(({ flag }) => [flag, "planted-secret"]);
  const answers = Object.fromEntries(generated) as SetUpAnswers;

  it("is set up by flags of its own, each described for help and question", () => {
    const lacking = questions.filter(({ flag, description }) => !flag.startsWith(`${service.id}-`) || !/^[a-z].*[^.]$/s.test(description));

    expect(lacking.map(({ flag }) => flag)).toEqual([]);
  });

  it("is set up without any answer but what is generated, and shows no secret in what remains to be done", () => {
    const written = section(answers);

    // Where nothing was answered, the section may be left out.
    if (written !== undefined) expect(compileSchema(service.configSchema)(structuredClone(written))).toMatchObject({ ok: true });
    expect(nextSteps(answers, 9000).join("\n")).not.toContain("planted-secret");
  });
}

interface Fixture {
  readonly file: string;
  readonly event: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function readFixtures(folder: string): readonly Fixture[] {
  const files = existsSync(`${folder}/fixtures`) ? readdirSync(`${folder}/fixtures`).sort() : [];
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const [event = ""] = file.split("__");
      const content: unknown = JSON.parse(readFileSync(`${folder}/fixtures/${file}`, "utf8"));
      return { file, event, ...(isWithHeaders(content) ? content : { headers: {}, body: content }) };
    });
}

function isWithHeaders(content: unknown): content is Pick<Fixture, "headers" | "body"> {
  return typeof content === "object" && content !== null && Object.keys(content).sort().join() === "body,headers";
}

/** Whether a path of a fixture's body is one of markup. */
function readMarkup(folder: string): (path: readonly (string | number)[]) => boolean {
  const file = `${folder}/fixtures/markup.txt`;
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const patterns = lines.map((line) => line.trim().split(".")).filter(([first]) => first !== "");
  return (path) =>
    patterns.some((steps) => steps.length === path.length && steps.every((step, index) => step === "*" || step === String(path[index])));
}

interface Planted {
  readonly context: ServiceContext<unknown>;
  /** Every secret of the configuration. */
  readonly secrets: readonly string[];
}

function plantedContext({ configSchema }: Service<unknown>, http: HttpClient = deadHttpClient): Planted {
  const secrets: string[] = [];
  const plant = ({ format }: SettingSchema): string => {
    const secret = `planted-secret-${secrets.length}`;
    const key = format === "rsa-private-key" ? plantedKey() : undefined;
    // Of a key, one line tells that it is there.
    secrets.push(key?.split("\n")[1] ?? secret);
    return key ?? secret;
  };
  const config = exampleOf(configSchema, plant);
  const checked = compileSchema(configSchema)(config);
  if (!checked.ok) throw new TypeError(`The examples of the config schema do not fit it: ${inspect(checked.problems)}`);
  return { context: createServiceContext(seal(configSchema, config), { http }), secrets };
}

/** Made once: it takes a while. */
const plantedKey = once(() =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function expectNoSecret(value: unknown, secrets: readonly string[]): void {
  const text = inspect(value, { depth: 20, showHidden: true }) + (value instanceof Error ? `${value.message}${value.stack ?? ""}` : "");
  for (const secret of secrets) expect(text).not.toContain(secret);
}

function describeConfig(service: Service<unknown>, folder: string): void {
  const schema: SettingSchema = service.configSchema;

  it.each([["configuration", schema] as const, ...service.kinds.map((kind) => [kind.id, kind.stateSchema] as const)])(
    "has a schema for %s that is one by the schema of schemas",
    (_name, one) => {
      expect(() => compileSchema(one, { meta: true, validateSchema: true })({})).not.toThrow();
    },
  );

  it("has a page for administrators that names its section", () => {
    const page = readFileSync(`${folder}/doc.md`, "utf8");

    expect(page).toMatch(/^# \S/);
    expect(page).toContain(`${service.configKey}:`);
  });

  it("reports keys that its configuration does not know, at every level", () => {
    const sections = closedSections(schema);

    const warnings = sections.flatMap(({ schema: section, path }) => {
      const findings = new Findings(() => "config.yml");
      tidy(section, { unheardOf: 1 }, path, findings);
      return findings.warnings;
    });

    expect(sections.length).toBeGreaterThan(0);
    expect(warnings).toHaveLength(sections.length);
  });

  it("describes every setting, and leaves names of secret files to the loader", () => {
    const undescribed = closedSections(schema).flatMap(({ path, schema: { properties = {} } }) =>
      Object.entries(properties)
        .filter(([, property]) => !property.description)
        .map(([key]) => [...path, key].join(".")),
    );

    expect(undescribed).toEqual([]);
    expect(clashingFileKeys(schema)).toEqual([]);
  });

  it("shows no secret of its configuration when that is printed", () => {
    const { context, secrets } = plantedContext(service);

    expectNoSecret(context.config, secrets);
    expectNoSecret(JSON.stringify(context.config), secrets);
  });
}

function exampleConnection(kind: ConnectionKind<unknown>, serviceId: string): Connection {
  const body = exampleOf(kind.stateSchema, () => "");
  const checked = compileSchema<ConnectionState>(kind.stateSchema)(body);
  if (!checked.ok) throw new TypeError(`The examples of the state schema do not fit it: ${inspect(checked.problems)}`);
  const stateKey = "example";
  return {
    id: connectionId("!room:example.org", kind.stateTypes[0], stateKey),
    roomId: "!room:example.org",
    serviceId,
    kindId: kind.id,
    eventType: kind.stateTypes[0],
    stateKey,
    state: checked.value,
    eventId: "$event",
    sender: "@bot:example.org",
    remoteKeys: kind.remoteKeys(checked.value, stateKey),
    status: { kind: "active" },
    priority: -1,
  };
}

function describeKind(kind: ConnectionKind<unknown>, service: Service<unknown>): void {
  it(`finds its ${kind.id} connections by keys that do not depend on when they are asked`, () => {
    const { state, stateKey, remoteKeys } = exampleConnection(kind, service.id);

    // What is found by secret ids, or only hears the room, needs none.
    if (kind.secretIds === undefined && kind.listener === undefined) expect(remoteKeys.length).toBeGreaterThan(0);
    expect(kind.remoteKeys(state, stateKey)).toEqual(remoteKeys);
    expect(kind.resourceKey(state, stateKey)).toBe(kind.resourceKey(state, stateKey));
  });

  it(`knows a ${kind.id} connection by the name that it shows, and not by another`, () => {
    const { context } = plantedContext(service);
    const { state, stateKey } = exampleConnection(kind, service.id);
    const { name } = kind.describe(state, stateKey);

    expect(kind.isNamed(state, stateKey, name, undefined, context)).toBe(true);
    expect(kind.isNamed(state, stateKey, `${name}X`, undefined, context)).toBe(false);
  });

  const broken: readonly Readonly<Record<string, unknown>>[] = [{}, { url: 1 }, { url: "" }, { events: {} }, { toString: 1 }];
  it.each(broken)(`puts up with the ${kind.id} state %j`, (content) => {
    expect(() => kind.normalise?.(content, "key")).not.toThrow();
    expect(() => kind.describe(content, "key")).not.toThrow();
  });
}

function describeProvisioning(kind: ConnectionKind<unknown>, provisioning: Provisioning<unknown>, service: Service<unknown>): void {
  const connection = exampleConnection(kind, service.id);
  // A state schema is one of an object; what has an example is what a program would send.
  const config = exampleOf(kind.stateSchema, () => "") as ConnectionState;
  const provision = (context: ServiceContext<unknown>, current?: Connection): Promise<Provisioned> => {
    const sent = structuredClone(config);
    const input = { roomId: connection.roomId, config: sent, sent, actor: "@person:example.org" } as const;
    return provisioning.provision(current === undefined ? input : { ...input, current }, context);
  };

  it.each(unhelpfulRemotes())(
    `lets programs set up ${kind.id} connections that fit, or refuses them without a secret, while the remote $title`,
    async ({ http }) => {
      const { context, secrets } = plantedContext(service, http);

      const outcome = await provision(context).catch((error: unknown) => error);

      expectNoSecret(outcome, secrets);
      if (outcome instanceof SwitchboardError) {
        expect(outcome.message).toMatch(/\S/);
        return;
      }
      if (outcome instanceof Error) throw outcome;
      // Nothing else is given.
      expectFitting(service, (outcome as Provisioned).target);
    },
  );

  it.each(unhelpfulRemotes())(
    `lets programs change a ${kind.id} connection and leave what it is connected to, while the remote $title`,
    async ({ http }) => {
      const { context } = plantedContext(service, http);

      const { target } = await provision(context, connection);

      expectFitting(service, target);
      expect(target.kindId).toBe(kind.id);
      expect(kind.resourceKey(target.state, connection.stateKey)).toBe(kind.resourceKey(connection.state, connection.stateKey));
    },
  );

  it(`shows nothing in the configuration of ${kind.id} connections that only those are told who set them up`, async () => {
    const { context, secrets } = plantedContext(service, unaskedHttpClient);
    const secretId = kind.secretIds?.create(context.random);
    const routed = secretId === undefined ? connection : { ...connection, remoteKeys: [kind.secretIds?.routingKey(secretId) ?? ""] };

    const told = (await provisioning.secrets?.(routed, secretId, context)) ?? {};
    const shown = provisioning.config?.(routed, context) ?? routed.state;

    expect(Object.keys(shown).filter((key) => key in told)).toEqual([]);
    expectNoSecret(shown, [...secrets, ...Object.values(told).filter((value) => typeof value === "string")]);
    if (secretId !== undefined) expect(inspect(told)).toContain(secretId);
  });

  const bodies: readonly Readonly<Record<string, unknown>>[] = [
    ...[{}, { toString: 1 }, { url: 1, name: 1, org: 1 }, { url: "", name: "", org: "" }, { url: {}, name: [], org: null }],
    ...[
      { url: "https://", name: "<b>", events: 1, commandPrefix: {} },
      { name: "x".repeat(1_000), expirationDate: [], enableHooks: "" },
    ],
  ];
  it.each(bodies)(`judges %j, sent for a ${kind.id} connection, in words alone`, (body) => {
    try {
      provisioning.check?.(body);
    } catch (error) {
      expect(error).toBeInstanceOf(ValidationError);
    }
  });
}

function describeAccountRoutes(service: Service<unknown>, routes: readonly AccountRoute<unknown>[]): void {
  const questions = routes.flatMap((route) => unhelpfulRemotes().map(({ title, http }) => ({ route, path: route.path, title, http })));

  it.each(questions)("answers $path as told, or refuses without a secret, to who has no login while the remote $title", async (asked) => {
    const { path, querySchema = {}, answerSchema, run } = asked.route;
    const { context, secrets } = plantedContext(service, asked.http);
    const query = compileSchema<Readonly<Record<string, unknown>>>(querySchema)({});
    const params = Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => [name, "example"]));

    const outcome: unknown = await run({ actor: "@person:example.org", params, query: query.ok ? query.value : {} }, context).catch(
      (error: unknown) => error,
    );

    expectNoSecret(outcome, secrets);
    if (outcome instanceof SwitchboardError) expect(outcome.message).toMatch(/\S/);
    else if (outcome instanceof Error) throw outcome;
    else expect(compileSchema(answerSchema, { strictTypes: false })(outcome)).toMatchObject({ ok: true });
  });
}

function describeWebhook(service: Service<unknown>, webhook: Webhook<unknown>, folder: string): void {
  const fixtures = readFixtures(folder);
  const isMarkup = readMarkup(folder);
  const ignored = new Set(webhook.ignoredEvents);
  const stage = createStage(service, webhook);

  it("has fixtures", () => {
    expect(fixtures).not.toEqual([]);
  });

  it.each(fixtures)("renders $file, or lists it as ignored", async ({ event, ...stored }) => {
    const outcome = await renderStored(stage, stored);

    if (ignored.has(event)) expect(outcome.events).toEqual([]);
    else expect(outcome.events.map(({ name }) => name)).toEqual([event]);
    for (const message of outcome.messages) expectSafeMessage(message);
  });

  it("renders each kind of event that is not ignored from at least one fixture", async () => {
    const rendered = new Set<string>();
    for (const { event, ...stored } of fixtures) if ((await renderStored(stage, stored)).messages.length > 0) rendered.add(event);

    expect([...rendered].sort()).toEqual([...new Set(fixtures.map(({ event }) => event))].filter((event) => !ignored.has(event)).sort());
  });

  it.each(fixtures)("keeps text from outside text, wherever in $file it stands", async ({ headers, body }) => {
    for (const path of textPaths(body)) {
      const harmless = await tryRender(stage, { headers, body: plantAt(body, path, harmlessText) });
      for (const text of hostileTexts) {
        const hostile = await tryRender(stage, { headers, body: plantAt(body, path, text) });
        for (const message of hostile) expectSafeMessage(message);
        if (isMarkup(path)) continue;
        if (hostile.length === harmless.length) expect(hostile.map(skeletonOf), path.join(".")).toEqual(harmless.map(skeletonOf));
        else expect(hostile, path.join(".")).toEqual([]);
      }
    }
  });

  it.each([
    ...["", "{", "null", "[]", "[null]", "0", '"text"', "{}", '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{}}}'],
    '{"__proto__":null,"toString":1,"hasOwnProperty":2}',
  ])("answers below 500 to the body %j and posts nothing", async (body) => {
    const { context } = plantedContext(service);

    const events = await parseOrRefuse(webhook, Buffer.from(body), context);

    expect(events).toEqual([]);
  });

  it.each(unverifiedRequests())("refuses a request with $title, and shows no secret", async ({ request }) => {
    const { context, secrets } = plantedContext(service);

    const error = await errorOf(async () => webhook.verify(request, context));

    expect(error).toBeInstanceOf(SwitchboardError);
    expectNoSecret(error, secrets);
  });

  it("does not take a request without headers for its own on the path /", () => {
    expect(webhook.recognises({})).toBe(false);
  });

  it("keeps no header that may carry a credential", () => {
    const credentials = webhook.keptHeaders.filter(
      (name) => /auth|cookie|signature|token|secret/i.test(name) || name !== name.toLowerCase(),
    );

    expect(credentials).toEqual([]);
  });
}

/** What fixtures are played on: the service, its webhook, an example configuration and one connection of each kind. */
interface Stage {
  readonly webhook: Webhook<unknown>;
  readonly context: ServiceContext<unknown>;
  readonly connections: readonly { readonly kind: ConnectionKind<unknown>; readonly connection: Connection }[];
}

function createStage(service: Service<unknown>, webhook: Webhook<unknown>): Stage {
  const connections = service.kinds.map((kind) => ({ kind, connection: exampleConnection(kind, service.id) }));
  return { webhook, context: plantedContext(service).context, connections };
}

async function renderStored(
  { webhook, context, connections }: Stage,
  { headers, body }: Pick<Fixture, "headers" | "body">,
): Promise<{ readonly events: readonly RemoteEvent[]; readonly messages: readonly RoomMessage[] }> {
  const { events } = await webhook.parse({ headers, body: Buffer.from(JSON.stringify(body)) }, context);
  const messages: RoomMessage[] = [];
  for (const event of events) {
    for (const { kind, connection } of connections) messages.push(...(await messagesOf(event, connection, kind, context)));
  }
  return { events, messages };
}

async function messagesOf(
  event: RemoteEvent,
  connection: Connection,
  kind: ConnectionKind<unknown>,
  context: ServiceContext<unknown>,
): Promise<readonly RoomMessage[]> {
  const first = kind.render(event, connection, context);
  const rendered = first.kind === "later" ? await kind.renderLater?.(event, connection, context) : first;
  if (rendered?.kind === "messages") return rendered.messages;
  // A kind that puts words off has to give them.
  expect(rendered?.reason).toMatch(/\S/);
  return [];
}

/** A payload that is refused gives no messages. */
async function tryRender(stage: Stage, stored: Pick<Fixture, "headers" | "body">): Promise<readonly RoomMessage[]> {
  try {
    return (await renderStored(stage, stored)).messages;
  } catch (error) {
    expectRefusal(error);
    return [];
  }
}

async function parseOrRefuse(webhook: Webhook<unknown>, body: Buffer, context: ServiceContext<unknown>): Promise<readonly RemoteEvent[]> {
  try {
    return (await webhook.parse({ headers: {}, body }, context)).events;
  } catch (error) {
    expectRefusal(error);
    return [];
  }
}

function expectRefusal(error: unknown): void {
  if (!(error instanceof SwitchboardError)) throw error;
  expect(errorCodes[error.code].status).toBeLessThan(500);
}

async function errorOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function unverifiedRequests(): readonly { readonly title: string; readonly request: WebhookRequest }[] {
  const request = (headers: WebhookRequest["headers"], query = ""): WebhookRequest => ({
    method: "POST",
    path: "/",
    params: {},
    query: new URLSearchParams(query),
    headers,
    body: Buffer.from("{}"),
  });
  const signatureHeaders = ["x-hub-signature", "x-hub-signature-256", "x-gitlab-token", "x-op-signature", "authorization"];
  const values = ["", "sha256=", `sha256=${"0".repeat(64)}`, `sha1=${"0".repeat(40)}`, "sha256=é", "Bearer wrong", "\u0000"];
  const signed = signatureHeaders.flatMap((name) =>
    values.map((value) => ({ title: `${name}: ${JSON.stringify(value)}`, request: request({ [name]: value }) })),
  );
  const queries = ["secret=", "secret=wrong", "secret=wrong&secret=other", "secret=%00", "secret=[secret]"];
  return [
    { title: "nothing", request: request({}) },
    ...signed,
    ...queries.map((query) => ({ title: `the query ${query}`, request: request({}, query) })),
  ];
}

/** Ways in which a remote is of no help. */
export function unhelpfulRemotes(): readonly { readonly title: string; readonly http: HttpClient }[] {
  const answering = (status: number, body: string): HttpClient => ({
    request: async () => ({ status, headers: { "retry-after": "7" }, body, bytes: Buffer.from(body) }),
  });
  return [
    { title: "does not answer", http: deadHttpClient },
    { title: "answers with a web page", http: answering(200, "<!doctype html>") },
    { title: "answers null", http: answering(200, "null") },
    ...[301, 401, 403, 404, 429, 500, 503].map((status) => ({ title: `answers ${status}`, http: answering(status, "") })),
  ];
}

/** Fails the test with a request. */
const unaskedHttpClient: HttpClient = { request: () => Promise.reject(new TypeError("a request was made")) };

function describeResolve(service: Service<unknown>): void {
  it.each(unhelpfulRemotes())("refuses with one sentence and no secret while the remote $title", async ({ http }) => {
    let requests = 0;
    const counting: HttpClient = {
      request(request) {
        requests += 1;
        return http.request(request);
      },
    };
    const { context, secrets } = plantedContext(service, counting);

    const resolution = await service.resolve?.({ typed: "PLAY", actor: "@person:example.org" }, context);

    // Where there is no remote to ask, a name is all that it takes.
    if (requests === 0 && resolution?.kind === "found") return;
    expect(resolution).toEqual({ kind: "refused", reason: expect.stringMatching(/^\S[\s\S]*[.?]$/) });
    expectNoSecret(resolution, secrets);
  });

  it.each(["", " ", "..", "../../x", "https://", "javascript:alert(1)", "<script>", "__proto__", "a\nb", "x".repeat(300)])(
    "refuses the name %j without a request",
    async (typed) => {
      const { context } = plantedContext(service, unaskedHttpClient);

      const resolution = await service.resolve?.({ typed, actor: "@person:example.org" }, context);

      if (resolution?.kind === "found") expectFitting(service, resolution.target);
      else expect(resolution).toMatchObject({ kind: "refused" });
    },
  );
}

/** A target that was found without asking anybody: its state fits the schema, as the room will have it. */
function expectFitting({ kinds }: Service<unknown>, { kindId, state }: ConnectionTarget): void {
  const kind = kinds.find(({ id }) => id === kindId);
  expect(kind && compileSchema(kind.stateSchema)(structuredClone(state))).toMatchObject({ ok: true });
}

interface TypedCommand {
  readonly name: string;
  readonly arguments: readonly CommandArgument[];
  readonly help: string;
}

function describeCommands(service: Service<unknown>): void {
  const accountCommands = service.accountCommands ?? [];
  const lists: readonly { readonly of: string; readonly commands: readonly TypedCommand[] }[] = [
    { of: "its account commands", commands: accountCommands },
    { of: "its set-up commands", commands: service.setupCommands ?? [] },
    ...service.kinds.map((kind) => ({ of: `the commands of ${kind.id} connections`, commands: kind.commands ?? [] })),
  ];

  it.each(lists)("names and explains each of $of in one way that can be typed", ({ commands }) => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
    for (const { name, help, arguments: args } of commands) {
      expect(name).toMatch(/^[a-z][a-z-]*(?: [a-z][a-z-]*)*$/);
      expect(help, name).toMatch(/^[^\n]*\S[^\n]*$/);
      expect(new Set(args.map((argument) => argument.name)).size, name).toBe(args.length);
    }
  });

  it("leaves the word help to every connection's list of commands", () => {
    expect(service.kinds.flatMap((kind) => kind.commands ?? []).filter(({ name }) => /^help\b/.test(name))).toEqual([]);
  });

  it.each(service.kinds)("asks connections of the kind $id for no more than can be told apart", (kind) => {
    for (const { name, arguments: args } of kind.commands ?? []) {
      const firstOptional = args.findIndex(({ required }) => !required);
      const requiredBehind = firstOptional < 0 ? [] : args.slice(firstOptional).filter(({ required }) => required);
      expect(requiredBehind, name).toEqual([]);
      expect(args.filter(({ isText }) => isText).length, name).toBeLessThanOrEqual(1);
      const items = args.filter(({ isItem }) => isItem);
      expect(items.length, name).toBeLessThanOrEqual(1);
      if (items.length > 0) expect(kind.ownsItem, name).toBeDefined();
    }
  });

  it("takes secrets as the last word of an account command alone, named by the service", () => {
    for (const { name, arguments: args } of accountCommands.filter(({ takesSecret }) => takesSecret)) {
      expect(name.split(" ")[0]).toBe(service.id);
      expect(args.at(-1)?.required, name).toBe(true);
    }
  });

  it("leaves the bot's own words in the direct chat to the bot", () => {
    expect(accountCommands.filter(({ name }) => /^(?:help|disconnect)\b/.test(name))).toEqual([]);
  });

  it("has words in lower case for !connect, none of them another's id", () => {
    for (const word of service.words ?? []) expect(word).toMatch(/^[a-z][a-z-]*$/);
    expect(service.words ?? []).not.toContain(service.id);
  });

  it("keeps no login, and shows no secret, while the remote does not answer", async () => {
    const { context, secrets } = plantedContext(service);
    for (const command of accountCommands.filter(({ takesSecret }) => takesSecret)) {
      for (const words of [[], ["planted-secret-0"], ["example", "planted-secret-0"], ["main", "a@example.org", "planted-secret-0"]]) {
        const error: unknown = await command.run(words, "@person:example.org", context).catch((reason: unknown) => reason);

        expect(error, words.join(" ")).toBeInstanceOf(SwitchboardError);
        expectNoSecret(error, [...secrets, "planted-secret-0"]);
      }
    }
  });
}
