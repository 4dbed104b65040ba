import { afterEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { PermissionError, StorageError, ValidationError } from "../../core/errors.js";
import type { ActiveService, ParsedWebhook, Service, Webhook } from "../../core/service.js";
import type { AcceptInput } from "../../delivery/inbox.js";
import { createListener, type Listener } from "../../http/listener.js";
import { systemClock } from "../../shared/clock.js";
import { createLog } from "../../shared/log.js";
import { createMetrics, type Metrics } from "../../shared/metrics.js";
import { systemRandom } from "../../shared/random.js";
import type { WebhooksOptions } from "./receive.js";
import { createWebhookRoutes } from "./routes.js";

const started: Listener[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

/** A service that checks `?secret=right`, and whose events are its body's `events`. */
function fakeService(id: string, webhook: Partial<Webhook<unknown>> = {}): ActiveService {
  const service: Service<unknown> = {
    id,
    title: id,
    configKey: id,
    permissionName: id,
    configSchema: {},
    kinds: [],
    webhook: {
      paths: [`/${id}/webhook`],
      keptHeaders: ["x-event"],
      recognises: (headers) => headers["x-sender"] === id,
      verify({ query }) {
        if (query.get("secret") !== "right") throw new PermissionError("Invalid secret", "HS_BAD_TOKEN");
      },
      parse({ body }): ParsedWebhook {
        const { events } = JSON.parse(body.toString()) as { readonly events?: readonly string[] };
        if (!Array.isArray(events)) throw new ValidationError("Missing events in body");
        return { events: events.map((name: string) => ({ name, routingKeys: [], payload: {} })) };
      },
      ...webhook,
    },
  };
  const noRequests = { request: () => Promise.reject(new Error("no network in this test")) };
  const noStore = { get: () => undefined, put: notStored, remove: notStored };
  return { service, context: { config: {}, store: noStore, logins: createMemoryLogins(), http: noRequests, now: () => 0 } };
}

function notStored(): never {
  throw new Error("no store in this test");
}

interface Setup {
  readonly accepted: AcceptInput[];
  readonly metrics: Metrics;
  readonly logLines: string[];
  readonly post: (path: string, body: string, headers?: Readonly<Record<string, string>>) => Promise<Asked>;
}

async function setUp(options: Partial<WebhooksOptions> = {}): Promise<Setup> {
  const accepted: AcceptInput[] = [];
  const metrics = createMetrics();
  const logLines: string[] = [];
  const log = createLog({ level: "debug", json: true, colorize: false, timestampFormat: "" }, { write: (line) => logLines.push(line) });
  const accept = async (input: AcceptInput): Promise<"stored"> => {
    accepted.push(input);
    return "stored";
  };
  const routes = createWebhookRoutes({ services: [fakeService("alpha"), fakeService("beta")], inbox: { accept }, metrics, ...options });
  const listener = createListener({ bindAddress: "127.0.0.1", port: 0, log, clock: systemClock, random: systemRandom, routes });
  started.push(listener);
  const { port } = await listener.start();
  return { accepted, metrics, logLines, post: (path, body, headers = {}) => ask(port, path, { method: "POST", body, headers }) };
}

const right = "?secret=right";

describe("a webhook", () => {
  it("is verified, read and stored, then answered OK", async () => {
    const { post, accepted } = await setUp();

    const answer = await post(`/alpha/webhook${right}`, '{"events":["made"]}', { "content-type": "application/json", "x-event": "e" });

    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    expect(accepted).toEqual([
      {
        serviceId: "alpha",
        stored: { headers: { "x-event": "e" }, body: Buffer.from('{"events":["made"]}') },
        parsed: { events: [{ name: "made", routingKeys: [], payload: {} }] },
      },
    ]);
  });

  it("gets the same answer when it is a repeat, and is counted once", async () => {
    const { post, metrics } = await setUp({ inbox: { accept: () => Promise.resolve("repeat") } });

    const answer = await post(`/alpha/webhook${right}`, '{"events":["made"]}');

    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    expect((await metrics.read()).text).not.toContain("hookshot_queue_event_pushes{");
  });

  it("keeps nothing that could be a credential", async () => {
    const { post, accepted, logLines } = await setUp();

    await post(`/alpha/webhook${right}`, '{"events":[]}', { authorization: "Bearer right", cookie: "right" });

    expect(accepted[0]?.stored.headers).toEqual({});
    expect(logLines.join("")).not.toContain("right");
  });

  it("with a wrong secret is refused before anything else is said about it", async () => {
    const { post, accepted } = await setUp();

    const answer = await post("/alpha/webhook?secret=guess", "not JSON", { "content-type": "application/xml" });

    expect([answer.status, answer.json()]).toEqual([401, { errcode: "HS_BAD_TOKEN", error: "Invalid secret" }]);
    expect(accepted).toEqual([]);
  });

  it.each([
    { body: "", error: "The body is not JSON." },
    { body: "{", error: "The body is not JSON." },
    { body: "{}", error: "Missing events in body" },
  ])("that is not the service's is refused, and the next one works: $body", async ({ body, error }) => {
    const { post, accepted } = await setUp();

    const answer = await post(`/alpha/webhook${right}`, body);

    expect([answer.status, answer.json()]).toEqual([400, { errcode: "HS_BAD_VALUE", error }]);
    expect(accepted).toEqual([]);
    expect((await post(`/alpha/webhook${right}`, '{"events":[]}')).status).toBe(200);
  });

  it.each([
    { type: "application/json", status: 200 },
    { type: "text/plain", status: 200 },
    { type: "application/octet-stream", status: 200 },
    { type: "application/vnd.x+json", status: 200 },
    { type: "multipart/form-data; boundary=x", status: 415 },
    { type: "application/x-www-form-urlencoded", status: 415 },
    { type: "application/xml", status: 415 },
    { type: "application/atom+xml", status: 415 },
    { type: "text/xml; charset=utf-8", status: 415 },
  ])("of type $type is answered $status", async ({ type, status }) => {
    const { post } = await setUp();

    expect((await post(`/alpha/webhook${right}`, '{"events":[]}', { "content-type": type })).status).toBe(status);
  });

  it.each([
    { type: "application/json", status: 400 },
    { type: "application/vnd.x+json", status: 400 },
    { type: "text/plain", status: 415 },
    { type: "application/octet-stream", status: 415 },
  ])("that is no JSON is answered $status when it is sent as $type", async ({ type, status }) => {
    const { post } = await setUp();

    expect((await post(`/alpha/webhook${right}`, "no JSON", { "content-type": type })).status).toBe(status);
  });

  it("is parsed by looking things up where the service has to", async () => {
    const later = fakeService("later", { parse: () => Promise.resolve({ events: [], deliveryKey: "host|1" }) });
    const accepted: AcceptInput[] = [];
    const inbox = {
      accept: (input: AcceptInput): Promise<"stored"> => Promise.resolve(accepted.push(input)).then(() => "stored" as const),
    };
    const { post } = await setUp({ services: [later], inbox });

    expect((await post(`/later/webhook${right}`, "{}")).status).toBe(200);
    expect(accepted[0]?.parsed.deliveryKey).toBe("host|1");
  });

  it.each([new StorageError("The disk is full."), new Error("The store is closed.")])(
    "is answered 503 when it cannot be stored: %s",
    async (error) => {
      const { post, logLines } = await setUp({ inbox: { accept: () => Promise.reject(error) } });

      const answer = await post(`/alpha/webhook${right}`, '{"events":[]}');

      expect([answer.status, answer.json()]).toEqual([503, { errcode: "HS_UNAVAILABLE", error: expect.stringContaining("send it again") }]);
      expect(logLines.join("")).toContain(error.message);
    },
  );

  it("may be 10 MB long", async () => {
    const { post } = await setUp();
    const events = '{"events":[]}';

    const most = await post(`/alpha/webhook${right}`, events.padEnd(10 * 1_048_576));
    const tooMuch = await post(`/alpha/webhook${right}`, events.padEnd(10 * 1_048_576 + 1));

    expect([most.status, tooMuch.status]).toEqual([200, 413]);
    expect(tooMuch.json()).toEqual({ errcode: "HS_TOO_LARGE", error: "The body is larger than the 10 MB that this route takes." });
  });
});

describe("the legacy path", () => {
  it("finds the service by the request's headers", async () => {
    const { post, accepted } = await setUp();

    const answer = await post(`/${right}`, '{"events":[]}', { "x-sender": "beta" });

    expect([answer.status, accepted[0]?.serviceId]).toEqual([200, "beta"]);
  });

  it("checks the secret of the service that it found", async () => {
    const { post } = await setUp();

    expect((await post("/", '{"events":[]}', { "x-sender": "beta" })).status).toBe(401);
  });

  it("refuses what nobody recognises", async () => {
    const { post } = await setUp();

    const answer = await post("/", "{}");

    expect([answer.status, answer.json()]).toEqual([
      400,
      { errcode: "HS_UNROUTABLE", error: "Unable to handle webhook payload. Service may not be configured." },
    ]);
  });
});

describe("webhook metrics", () => {
  it("name the route and the event, never what was requested", async () => {
    const { post, metrics } = await setUp();

    await post(`/alpha/webhook/${right}`, '{"events":["made","made","gone"]}');
    await post("/alpha/webhook?secret=guess", "{}");
    await post("/no-such-route", "{}");

    const lines = (await metrics.read()).text.split("\n").filter((line) => /^hookshot_(webhooks|queue)/.test(line));
    expect(lines.sort()).toEqual([
      'hookshot_queue_event_pushes{event="alpha.gone"} 1',
      'hookshot_queue_event_pushes{event="alpha.made"} 2',
      'hookshot_webhooks_http_request{path="/alpha/webhook",method="POST"} 2',
    ]);
  });
});
