import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, type Asked } from "../../../test/support/ask.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import { NotFoundError, PermissionError, StorageError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { ActiveService, ParsedWebhook, Service, Webhook } from "../../core/service.js";
import type { WebhookDevinfo, WebhookOutcome } from "../../core/webhook.js";
import type { AcceptInput, WatchedAcceptance } from "../../delivery/inbox.js";
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
  return { service, context: createServiceContext<unknown>({ limit: 20 }) };
}

/** An inbox that takes everything and only remembers it. */
function recordingInbox(
  kind: WatchedAcceptance["kind"] = "stored",
  outcome: WatchedAcceptance["outcome"] = () => Promise.resolve({ kind: "waiting" }),
): WebhooksOptions["inbox"] & { readonly accepted: AcceptInput[]; ended(): number } {
  const accepted: AcceptInput[] = [];
  let ended = 0;
  return {
    accepted,
    ended: () => ended,
    async accept(input) {
      accepted.push(input);
      return kind;
    },
    async acceptAndWatch(input) {
      accepted.push(input);
      return { kind, outcome, end: () => void (ended += 1) };
    },
  };
}

function failingInbox(error: Error): WebhooksOptions["inbox"] {
  const fail = (): Promise<never> => Promise.reject(error);
  return { accept: fail, acceptAndWatch: fail };
}

interface Setup {
  readonly accepted: AcceptInput[];
  readonly metrics: Metrics;
  readonly logLines: string[];
  readonly port: number;
  readonly post: (path: string, body: string, headers?: Readonly<Record<string, string>>) => Promise<Asked>;
}

async function setUp(options: Partial<WebhooksOptions> = {}): Promise<Setup> {
  const inbox = recordingInbox();
  const metrics = createMetrics();
  const logLines: string[] = [];
  const log = createLog({ level: "debug", json: true, colorize: false, timestampFormat: "" }, { write: (line) => logLines.push(line) });
  const routes = createWebhookRoutes({
    services: [fakeService("alpha"), fakeService("beta")],
    inbox,
    metrics,
    findRemote: async () => undefined,
    ...options,
  });
  const listener = createListener({ bindAddress: "127.0.0.1", port: 0, log, clock: systemClock, random: systemRandom, routes });
  started.push(listener);
  const { port } = await listener.start();
  return {
    accepted: inbox.accepted,
    metrics,
    logLines,
    port,
    post: (path, body, headers = {}) => ask(port, path, { method: "POST", body, headers }),
  };
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
    const { post, metrics } = await setUp({ inbox: recordingInbox("repeat") });

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
    const { post, accepted } = await setUp({ services: [later] });

    expect((await post(`/later/webhook${right}`, "{}")).status).toBe(200);
    expect(accepted[0]?.parsed.deliveryKey).toBe("host|1");
  });

  it.each([new StorageError("The disk is full."), new Error("The store is closed.")])(
    "is answered 503 when it cannot be stored: %s",
    async (error) => {
      const { post, logLines } = await setUp({ inbox: failingInbox(error) });

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

/** A service whose hooks are found by a word in the path, as long as it is `known`. */
function hookService(webhook: Partial<Webhook<unknown>> = {}): ActiveService {
  return fakeService("hooks", {
    paths: ["/webhook/:hookId", "/:hookId", "/webhook/:hookId/slack"],
    methods: "all",
    maxBodyBytes: (config) => (config as { readonly limit: number }).limit,
    takesAnyContentType: true,
    answerHeaders: { "x-frame-options": "DENY" },
    async verify({ params, method }) {
      if (method === "DELETE") throw new SwitchboardError("HS_METHOD_NOT_ALLOWED", "Invalid Method.");
      await Promise.resolve();
      if (params["hookId"] !== "known") throw new NotFoundError("Webhook not found");
    },
    keep: ({ method, path, query, body }) => ({ headers: { how: `${method} ${path}?${query.toString()}` }, body }),
    parse: () => ({ events: [{ name: "call", routingKeys: ["k"], payload: {} }], isNeverRepeat: true }),
    answer: () => ({ status: 202, body: { ok: true } }),
    refuse(error, { path }) {
      if (error.code === "HS_NOTFOUND" && !path.startsWith("/webhook/")) return undefined;
      return { status: error.code === "HS_NOTFOUND" ? 404 : 405, body: { ok: false, error: error.message } };
    },
    ...webhook,
  });
}

describe("a webhook with a parameter in its path", () => {
  it.each(["/webhook/known", "/webhook/known/", "/webhook/kn%6Fwn", "/known", "/known/", "/webhook/known/slack", "/Webhook/known"])(
    "is found at %s",
    async (path) => {
      const { post, accepted } = await setUp({ services: [hookService()] });

      const answer = await post(path, "any=thing", { "content-type": "application/x-www-form-urlencoded" });

      expect([answer.status, answer.json(), answer.headers["x-frame-options"]]).toEqual([202, { ok: true }, "DENY"]);
      expect(accepted).toEqual([
        {
          serviceId: "hooks",
          stored: { headers: { how: `POST ${path}?` }, body: Buffer.from("any=thing") },
          parsed: { events: [{ name: "call", routingKeys: ["k"], payload: {} }], isNeverRepeat: true },
        },
      ]);
    },
  );

  it("that does not exist is answered as its service does, or like a path that nobody has", async () => {
    const { post, accepted } = await setUp({ services: [hookService()] });

    const own = await post("/webhook/unknown", "{}");
    const legacy = await post("/unknown", "{}");
    const nobody = await post("/some/other/path", "{}");

    expect([own.status, own.json()]).toEqual([404, { ok: false, error: "Webhook not found" }]);
    expect([legacy.status, legacy.text]).toEqual([404, nobody.text]);
    expect(own.headers["x-frame-options"]).toBe("DENY");
    expect(accepted).toEqual([]);
  });

  it("has all methods checked by its service, HEAD and OPTIONS too", async () => {
    const seen: string[] = [];
    const verify: Webhook<unknown>["verify"] = ({ method }) => {
      seen.push(method);
      throw new SwitchboardError("HS_METHOD_NOT_ALLOWED", "Invalid Method.");
    };
    const { port } = await setUp({ services: [hookService({ verify })] });
    const methods = ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"];

    const answers = await Promise.all(methods.map((method) => ask(port, "/webhook/known", { method })));

    expect(answers.map(({ status }) => status)).toEqual(methods.map(() => 405));
    expect(answers[0]?.json()).toEqual({ ok: false, error: "Invalid Method." });
    expect(answers[1]?.text).toBe("");
    expect(seen.sort()).toEqual([...methods].sort());
  });

  it("leaves paths that others have to them", async () => {
    const { port, post } = await setUp({ services: [hookService({ verify: () => undefined }), fakeService("alpha")] });

    expect((await post(`/alpha/webhook${right}`, '{"events":[]}')).text).toBe("OK");
    expect((await post("/", "{}")).json()).toMatchObject({ errcode: "HS_UNROUTABLE" });
    expect((await ask(port, "/", { method: "GET" })).status).toBe(405);
    expect((await ask(port, "/alpha/webhook", { method: "GET" })).status).toBe(405);
  });

  it("has the limit that the configuration gives it", async () => {
    const { post } = await setUp({ services: [hookService({ refuse: () => undefined })] });

    expect((await post("/webhook/known", "x".repeat(20))).status).toBe(202);
    const tooMuch = await post("/webhook/known", "x".repeat(21));

    expect([tooMuch.status, tooMuch.headers["x-frame-options"]]).toEqual([413, "DENY"]);
    expect(tooMuch.json()).toMatchObject({ errcode: "HS_TOO_LARGE" });
  });

  it.each(["multipart/form-data; boundary=x", "application/xml", "text/plain", "image/png"])(
    "takes %s where it takes any type",
    async (type) => {
      const { post } = await setUp({ services: [hookService()] });

      expect((await post("/webhook/known", "<a/>", { "content-type": type })).status).toBe(202);
    },
  );

  it("that cannot be read is refused, and nothing is taken", async () => {
    const parse = (): never => {
      throw new ValidationError("This is no XML.", { cause: new SyntaxError("inner detail") });
    };
    const { post, accepted } = await setUp({ services: [hookService({ parse, refuse: () => undefined })] });

    const answer = await post("/webhook/known", "<a", { "content-type": "application/xml" });

    expect([answer.status, accepted.length, answer.headers["x-frame-options"]]).toEqual([400, 0, "DENY"]);
    expect(answer.text).not.toContain("inner detail");
  });

  it("never stands in metrics or log lines by its own path", async () => {
    const { post, metrics, logLines } = await setUp({ services: [hookService()] });

    for (const path of ["/webhook/known", "/known", "/webhook/hush", "/hush", "/webhook/hush/slack", "/hush/hush"])
      await post(path, "x".repeat(7));
    await post("/webhook/hush", "x".repeat(1000));

    const { text } = await metrics.read();
    expect(text.split("\n").filter((line) => line.startsWith("hookshot_webhooks_http_request{"))).toEqual(
      expect.arrayContaining([
        'hookshot_webhooks_http_request{path="/webhook/:hookId",method="POST"} 2',
        'hookshot_webhooks_http_request{path="/:hookId",method="POST"} 2',
        'hookshot_webhooks_http_request{path="/webhook/:hookId/slack",method="POST"} 1',
      ]),
    );
    expect(text + logLines.join("")).not.toMatch(/hush|known"/);
  });

  it("is counted by method", async () => {
    const { port, metrics } = await setUp({ services: [hookService()] });

    for (const method of ["GET", "PUT", "PUT", "DELETE"]) await ask(port, "/webhook/known", { method });

    const { text } = await metrics.read();
    expect(text.match(/path="\/webhook\/:hookId",method="\w+"\} \d/g)?.sort()).toEqual([
      'path="/webhook/:hookId",method="DELETE"} 1',
      'path="/webhook/:hookId",method="GET"} 1',
      'path="/webhook/:hookId",method="PUT"} 2',
    ]);
  });
});

describe("an answer that says what became of the event", () => {
  const sent: WebhookOutcome = { kind: "over", results: [{ kind: "sent", reply: { status: 201, contentType: "text/html", body: "<p>" } }] };
  const reply: Webhook<unknown>["answer"] = async (_parsed, outcome) => {
    const { kind, ...over } = await outcome(5_000);
    const first = "results" in over ? over.results[0] : undefined;
    return first?.reply ?? { status: 202, body: { ok: true, kind } };
  };

  it("is asked for once the event is stored, with the time it may wait", async () => {
    const waits: number[] = [];
    const inbox = recordingInbox("stored", (withinMs) => {
      waits.push(withinMs);
      return Promise.resolve(sent);
    });
    const { post } = await setUp({ services: [hookService({ answer: reply })], inbox });

    const answer = await post("/webhook/known", "{}");

    expect([answer.status, answer.text, answer.headers["content-type"]]).toEqual([201, "<p>", "text/html"]);
    expect([waits, inbox.accepted.length]).toEqual([[5_000], 1]);
  });

  it("may be that it is still on its way", async () => {
    const inbox = recordingInbox("stored");
    const { post } = await setUp({ services: [hookService({ answer: reply })], inbox });

    expect((await post("/webhook/known", "{}")).json()).toEqual({ ok: true, kind: "waiting" });
    expect(inbox.ended()).toBe(1);
  });

  it("that fails does not make the sender repeat what is stored", async () => {
    const answer = (): never => {
      throw new TypeError("inner detail");
    };
    const inbox = recordingInbox("stored");
    const { post } = await setUp({ services: [hookService({ answer })], inbox });

    const answered = await post("/webhook/known", "{}");

    expect([answered.status, answered.text]).toEqual([200, "OK"]);
    expect(inbox.ended()).toBe(1);
  });

  it.each([
    { answer: { status: 99, body: "x" }, status: 200, type: "text/plain; charset=utf-8" },
    { answer: { status: 101, body: "x" }, status: 200, type: "text/plain; charset=utf-8" },
    { answer: { status: 1000, body: "x" }, status: 200, type: "text/plain; charset=utf-8" },
    { answer: { status: 200.5, body: "x" }, status: 200, type: "text/plain; charset=utf-8" },
    { answer: { status: 418, contentType: "a\r\nset-cookie: b", body: {} }, status: 418, type: "application/json" },
    { answer: { status: 418, contentType: "", body: {} }, status: 418, type: "application/json" },
    { answer: { status: 418, contentType: "text/csv", body: "a;b" }, status: 418, type: "text/csv" },
  ])("is sent as far as HTTP knows it: $answer", async ({ answer, status, type }) => {
    const { post } = await setUp({ services: [hookService({ answer: () => answer })] });

    const answered = await post("/webhook/known", "{}");

    expect([answered.status, answered.headers["content-type"], answered.headers["set-cookie"]]).toEqual([status, type, undefined]);
  });

  it("is 503 when the event could not be stored, in the service's shape", async () => {
    const refuse: Webhook<unknown>["refuse"] = ({ code }) => ({ status: 503, body: { ok: false, code } });
    const { post } = await setUp({ services: [hookService({ refuse })], inbox: failingInbox(new StorageError("The disk is full.")) });

    const answer = await post("/webhook/known", "{}");

    expect([answer.status, answer.json(), answer.headers["x-frame-options"]]).toEqual([503, { ok: false, code: "HS_UNAVAILABLE" }, "DENY"]);
  });
});

describe("development information of a webhook", () => {
  const told: WebhookDevinfo = { deleted: [{ repositoryId: "1", type: "branch", id: "b", upTo: 5n }] };
  const telling = (): WebhookDevinfo => told;
  const full = (): Promise<never> => Promise.reject(new StorageError("The disk is full."));

  /** What happens to a request, in its order. */
  async function play(
    options: { readonly serviceIds?: readonly string[]; readonly record?: () => Promise<void> },
    devinfo?: () => WebhookDevinfo,
  ) {
    const seen: unknown[] = [];
    const inbox = recordingInbox();
    const record = async (serviceId: string, given: WebhookDevinfo): Promise<void> => {
      seen.push([serviceId, given, inbox.accepted.length]);
      await options.record?.();
    };
    const taker = options.serviceIds === undefined ? {} : { devinfo: { serviceIds: new Set(options.serviceIds), record } };
    const set = await setUp({ services: [fakeService("alpha", devinfo === undefined ? {} : { devinfo })], inbox, ...taker });
    const answer = await set.post(`/alpha/webhook${right}`, '{"events":["made"]}');
    return { answer, seen, accepted: inbox.accepted };
  }

  it("is stored before the event, where the configuration asks for it", async () => {
    const { answer, seen, accepted } = await play({ serviceIds: ["alpha"] }, telling);

    expect([answer.status, seen, accepted.length]).toEqual([200, [["alpha", told, 0]], 1]);
  });

  it.each([
    ["nothing is configured", {}, telling],
    ["another service is configured", { serviceIds: ["beta"] }, telling],
    ["the service tells none", { serviceIds: ["alpha"] }, undefined],
  ])("is not asked for where %s", async (_, options, devinfo) => {
    const asked = vi.fn(devinfo);

    const { answer, seen, accepted } = await play(options, devinfo === undefined ? undefined : asked);

    expect([answer.status, seen, accepted.length, asked.mock.calls.length]).toEqual([200, [], 1, 0]);
  });

  it("that could not be stored makes the sender repeat everything", async () => {
    const { answer, accepted } = await play({ serviceIds: ["alpha"], record: full }, telling);

    expect([answer.status, answer.json(), accepted]).toEqual([503, expect.objectContaining({ errcode: "HS_UNAVAILABLE" }), []]);
  });

  it("that cannot be read does not keep the event from rooms", async () => {
    const { answer, seen, accepted } = await play({ serviceIds: ["alpha"] }, () => {
      throw new TypeError("planted");
    });

    expect([answer.status, seen, accepted.length]).toEqual([200, [], 1]);
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
