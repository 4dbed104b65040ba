import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookId, hookRequest, jsonRequest, routingKey } from "../../../test/support/hook-rig.js";
import { SwitchboardError } from "../../core/errors.js";
import type { WebhookRequest } from "../../core/service.js";
import type { WebhookAnswer, WebhookOutcome, WebhookResult } from "../../core/webhook.js";
import type { GenericConfig } from "./schema.js";

/** What the sender of a refused request is answered; undefined: what everybody is. */
async function refusal(
  rig: HookRig,
  request: WebhookRequest,
): Promise<{ readonly error: SwitchboardError; readonly answer: WebhookAnswer | undefined }> {
  const error: unknown = await rig.receive(request).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SwitchboardError)) throw new TypeError(`not refused: ${String(error)}`);
  return { error, answer: rig.webhook.refuse?.(error, request) };
}

function rigWith(state: Readonly<Record<string, unknown>> = {}, config: Partial<GenericConfig> = {}): HookRig {
  return new HookRig(config, hookConnection(state));
}

describe("the address of a hook", () => {
  it.each([`/webhook/${hookId}`, `/webhook/${hookId}/`, `/${hookId}`])("is %s", async (path) => {
    const { events } = await rigWith().receive(jsonRequest({}, { path }));

    expect(events).toMatchObject([{ name: "call", routingKeys: [routingKey] }]);
  });

  it("tells upper case from lower case", async () => {
    const request = jsonRequest({}, { params: { hookId: hookId.toUpperCase() } });

    const { answer } = await refusal(rigWith(), request);

    expect(answer).toEqual({ status: 404, body: { ok: false, error: "Webhook not found" } });
  });

  it("is like any other path where no hook has it, and it is not below /webhook/", async () => {
    for (const method of ["POST", "GET", "HEAD"]) {
      const { error, answer } = await refusal(
        rigWith(),
        jsonRequest({}, { method, path: "/favicon.ico", params: { hookId: "favicon.ico" } }),
      );

      expect([error.code, answer]).toEqual(["HS_NOTFOUND", undefined]);
    }
  });

  it.each([
    { method: "GET", enableHttpGet: false, message: "Invalid Method. Expecting PUT or POST" },
    { method: "DELETE", enableHttpGet: false, message: "Invalid Method. Expecting PUT, GET or POST" },
    { method: "HEAD", enableHttpGet: true, message: "Invalid Method. Expecting PUT, GET or POST" },
    { method: "OPTIONS", enableHttpGet: true, message: "Invalid Method. Expecting PUT, GET or POST" },
  ])("refuses $method in Hookshot's words", async ({ method, enableHttpGet, message }) => {
    for (const path of [`/webhook/${hookId}`, `/${hookId}`]) {
      const { error, answer } = await refusal(rigWith({}, { enableHttpGet }), hookRequest("", undefined, { method, path }));

      expect([error.code, error.message, answer]).toEqual(["HS_METHOD_NOT_ALLOWED", message, undefined]);
    }
  });

  it("may end with another product's name, but a hook may be called so, too", async () => {
    const rig = rigWith();
    const flavourOf = async (path: string): Promise<unknown> => (await rig.receive(jsonRequest({}, { path }))).events[0]?.payload;

    expect(await flavourOf(`/webhook/${hookId}/slack`)).toMatchObject({ flavour: "slack" });
    expect(await flavourOf(`/webhook/${hookId}/discord/`)).toMatchObject({ flavour: "discord" });
    expect(await flavourOf("/webhook/slack")).toMatchObject({ flavour: "plain" });
  });
});

describe("a body that cannot be read", () => {
  it.each([
    { title: "broken JSON", body: "{", type: "application/json" },
    { title: "a bare string", body: '"text"', type: "application/json" },
    { title: "a bare number", body: "1", type: "application/json; charset=utf-8" },
    { title: "JSON without end", body: "[".repeat(100_000), type: "application/json" },
    { title: "JSON of many levels", body: "[".repeat(100_000) + "]".repeat(100_000), type: "application/json" },
    { title: "broken XML", body: "<a>", type: "text/xml" },
    { title: "XML of many levels", body: "<a>".repeat(5_000) + "</a>".repeat(5_000), type: "application/atom+xml" },
    { title: "XML of very many elements", body: `<a>${"<b/>".repeat(210_000)}</a>`, type: "application/xml" },
    {
      title: "XML with entities of its own",
      body: '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>',
      type: "application/xml",
    },
  ])("is refused: $title", async ({ body, type }) => {
    const { answer } = await refusal(rigWith(), hookRequest(body, type));

    expect(answer).toEqual({ status: 400, body: { ok: false, error: expect.stringMatching(/^The body /) as string } });
  });

  it("is refused where it is larger than it says", async () => {
    const request = hookRequest(gzipSync("x".repeat(2_000_000)), "text/plain", { headers: { "content-encoding": "gzip" } });
    const headers = { ...request.headers, "content-type": "text/plain" };

    expect((await refusal(rigWith(), { ...request, headers })).answer).toMatchObject({ status: 413, body: { ok: false } });
  });

  it.each([
    { encoding: "gzip", body: Buffer.from("plain"), status: 400 },
    { encoding: "zstd", body: Buffer.from("plain"), status: 415 },
  ])("is refused where $encoding says something else", async ({ encoding, body, status }) => {
    const request = hookRequest(body, undefined, { headers: { "content-type": "text/plain", "content-encoding": encoding } });

    expect((await refusal(rigWith(), request)).answer).toMatchObject({ status });
  });
});

describe("a body that can be read", () => {
  async function dataOf(body: string | Buffer, headers: Readonly<Record<string, string>>): Promise<unknown> {
    const [event] = (await rigWith().receive(hookRequest(body, undefined, { headers }))).events;
    return (event?.payload as { readonly data: unknown }).data;
  }

  it("is data and nothing else, also where XML names what every object inherits", async () => {
    const xml = "<r><constructor>a</constructor><__proto__ b='1'/><toString/></r>";
    const data = await dataOf(xml, { "content-type": "application/xml" });
    const lists = Object.values((data as { readonly r: object }).r) as readonly (readonly unknown[])[];

    expect(lists.flat()).not.toContain(Object.prototype);
    expect(lists.flat().map((value) => typeof value)).not.toContain("function");
    expect(Object.prototype).not.toHaveProperty("$");
  });

  it("may be compressed", async () => {
    expect(await dataOf(gzipSync('{"a":1}'), { "content-type": "application/json", "content-encoding": "gzip" })).toEqual({ a: 1 });
  });

  it("may be in another charset", async () => {
    expect(await dataOf(Buffer.from("caf\u00e9", "latin1"), { "content-type": 'text/plain; charset="ISO-8859-1"' })).toBe("café");
    expect(await dataOf(Buffer.from("café"), { "content-type": "text/plain; charset=klingon" })).toBe("café");
  });

  it.each(["application/vnd.github+json", "application/octet-stream", "multipart/form-data; boundary=x", "nonsense"])(
    "counts as an empty object where its type is %s",
    async (type) => {
      expect(await dataOf('{"a":1}', { "content-type": type })).toEqual({});
    },
  );

  it.each([
    { query: "a=1&b=2", data: { a: "1", b: "2" } },
    { query: "a=1&a=2", data: { a: ["1", "2"] } },
    { query: "a[]=1&a[]=2", data: { a: ["1", "2"] } },
    { query: "a[1]=y&a[0]=x", data: { a: ["x", "y"] } },
    { query: "a[b][c]=1&a[d]=2", data: { a: { b: { c: "1" }, d: "2" } } },
    { query: "a[9999]=1", data: { a: { "9999": "1" } } },
    { query: "a=1&a[b]=2&a=3", data: { a: { "0": "1", b: "2", "1": "3" } } },
    { query: "[x]=1&a[b=2", data: { "[x]": "1", "a[b": "2" } },
    { query: "", data: {} },
  ])("is the query of a GET: $query", async ({ query, data }) => {
    const rig = rigWith({}, { enableHttpGet: true });
    const request = hookRequest("", undefined, { method: "GET", query: new URLSearchParams(query) });

    expect((await rig.receive(request)).events).toMatchObject([{ payload: { data } }]);
  });

  it("cannot reach behind the objects that it is made to", async () => {
    const rig = rigWith({}, { enableHttpGet: true });
    const query = new URLSearchParams("__proto__[admin]=1&constructor[prototype][admin]=1");

    await rig.receive(hookRequest("", undefined, { method: "GET", query }));

    expect(({} as Readonly<Record<string, unknown>>)["admin"]).toBeUndefined();
  });
});

describe("what is stored of a request", () => {
  it("names the hook only by a hash, and a key of the sender's not at all", async () => {
    const rig = rigWith();
    const request = jsonRequest(
      { text: "x" },
      { headers: { "content-type": "application/json", "idempotency-key": "planted-key", authorization: "Bearer planted" } },
    );

    const stored = rig.webhook.keep?.(request, rig.context);

    expect(JSON.stringify(stored)).not.toMatch(new RegExp(`planted|${hookId}`));
    expect(stored?.headers).toMatchObject({
      "routing-key": routingKey,
      "received-at": String(rig.nowMs),
      method: "POST",
      flavour: "plain",
    });
  });

  it("is enough to read it again", async () => {
    const rig = rigWith();
    const stored = rig.webhook.keep!(jsonRequest({ text: "x" }), rig.context);
    const first = await rig.webhook.parse(stored, rig.context);
    rig.nowMs += 100_000;

    expect(await rig.webhook.parse(stored, rig.context)).toEqual(first);
  });

  it("tells repeats by the sender's key alone", async () => {
    const rig = rigWith();
    const parse = async (headers: Readonly<Record<string, string>>): Promise<unknown> => rig.receive(jsonRequest({}, { headers }));

    const plain = await parse({});
    const [first, again, other] = await Promise.all([
      parse({ "idempotency-key": "one" }),
      parse({ "idempotency-key": "one" }),
      parse({ "webhook-id": "two" }),
    ]);

    expect(plain).toMatchObject({ isNeverRepeat: true });
    expect(plain).not.toHaveProperty("deliveryKey");
    expect((first as { deliveryKey: string }).deliveryKey).toBe((again as { deliveryKey: string }).deliveryKey);
    expect((first as { deliveryKey: string }).deliveryKey).not.toBe((other as { deliveryKey: string }).deliveryKey);
  });
});

it("a signed request that is replayed with another key, which no signature covers, is a repeat", async () => {
  const rig = rigWith();
  const key = async (headers: Readonly<Record<string, string>>): Promise<unknown> =>
    (await rig.receive(jsonRequest({}, { headers: { "webhook-id": "msg_1", ...headers } }))).deliveryKey;

  expect(await key({ "idempotency-key": "made up" })).toBe(await key({}));
});

describe("a hook that nobody knows yet", () => {
  function reading(): HookRig {
    const rig = new HookRig();
    return Object.assign(rig, {
      context: Object.assign(rig.context, { connections: Object.assign(rig.context.connections, { isComplete: () => false }) }),
    });
  }

  it("is kept for, while rooms are read for the first time", async () => {
    expect((await reading().receive(jsonRequest({ text: "x" }))).events).toMatchObject([{ payload: { isUnverified: true } }]);
  });

  it("is asked for again, where it has to be signed", async () => {
    const rig = reading();
    rig.context.secrets.put(`signing/${routingKey}`, "whsec_x");

    expect((await refusal(rig, jsonRequest({}))).answer).toMatchObject({ status: 503, body: { ok: false } });
  });

  it("says nothing of what came unsigned, once it is known that it has to be signed", async () => {
    const [event] = (await reading().receive(jsonRequest({ text: "x" }))).events;
    const rig = rigWith({ signature: {} });

    expect(await rig.render(event!)).toMatchObject({ kind: "ignored" });
    expect(await rig.render(event!, hookConnection())).toMatchObject({ kind: "messages" });
  });
});

describe("the answer to a sender", () => {
  const over = (...results: readonly WebhookResult[]): WebhookOutcome => ({ kind: "over", results });

  async function answer(rig: HookRig, outcome: WebhookOutcome, overrides: Partial<WebhookRequest> = {}): Promise<unknown> {
    const parsed = await rig.receive(jsonRequest({ text: "x" }, overrides));
    return rig.webhook.answer?.(parsed, async () => outcome, rig.context);
  }

  it("comes at once, unless it is waited for", async () => {
    const rig = rigWith();
    const parsed = await rig.receive(jsonRequest({}));
    let waits = 0;
    const outcome = async (): Promise<WebhookOutcome> => {
      waits += 1;
      return { kind: "waiting" };
    };

    expect(await rig.webhook.answer?.(parsed, outcome, rig.context)).toEqual({ status: 202, body: { ok: true } });
    expect(waits).toBe(0);
  });

  it.each([
    { state: { waitForComplete: true }, config: {} },
    { state: { waitForComplete: false }, config: { waitForComplete: true } },
  ])("is waited for where hook ($state) or configuration ($config) say so, but 5 seconds at most", async ({ state, config }) => {
    const rig = rigWith(state, config);
    const parsed = await rig.receive(jsonRequest({}));
    const asked: number[] = [];
    const outcome = async (withinMs: number): Promise<WebhookOutcome> => {
      asked.push(withinMs);
      return { kind: "waiting" };
    };

    expect(await rig.webhook.answer?.(parsed, outcome, rig.context)).toEqual({ status: 202, body: { ok: true } });
    expect(asked).toEqual([5_000]);
  });

  const reply: WebhookAnswer = { status: 201, contentType: "text/plain", body: "hi" };
  it.each([
    { title: "sent", outcome: over({ kind: "sent" }), expected: { status: 200, body: { ok: true } } },
    { title: "to be left out", outcome: over({ kind: "ignored", reason: "empty" }), expected: { status: 200, body: { ok: true } } },
    { title: "a repeat", outcome: over(), expected: { status: 200, body: { ok: true } } },
    { title: "dead", outcome: over({ kind: "dead" }), expected: { status: 500, body: { ok: false, error: "Failed to process webhook" } } },
    {
      title: "discarded",
      outcome: over({ kind: "discarded" }),
      expected: { status: 500, body: { ok: false, error: "Failed to process webhook" } },
    },
    { title: "answered by a function", outcome: over({ kind: "sent", reply }), expected: reply },
    {
      title: "sent by the first of two rooms",
      outcome: over({ kind: "sent" }, { kind: "dead" }),
      expected: { status: 200, body: { ok: true } },
    },
    { title: "on its way", outcome: { kind: "waiting" } as const, expected: { status: 202, body: { ok: true } } },
  ])("who waits for what is $title", async ({ outcome, expected }) => {
    expect(await answer(rigWith({ waitForComplete: true }), outcome)).toEqual(expected);
  });

  it.each([
    { wait: true, expected: { status: 404, body: { ok: false, error: "This hook has expired" } } },
    { wait: false, expected: { status: 202, body: { ok: true } } },
  ])("of an expired hook says so only to one who waits ($wait)", async ({ wait, expected }) => {
    const rig = rigWith({ waitForComplete: wait, expirationDate: "2025-12-31T23:59:59.999Z" });

    expect(await answer(rig, over({ kind: "ignored" }))).toEqual(expected);
    expect(await rig.post(jsonRequest({ text: "x" }))).toEqual({ kind: "ignored", reason: "this hook has expired" });
  });

  it.each([
    { flavour: "slack", expected: { status: 200, body: "ok" } },
    { flavour: "discord", expected: { status: 204, body: "" } },
  ])("is what $flavour says to its senders", async ({ flavour, expected }) => {
    const path = `/webhook/${hookId}/${flavour}`;

    expect(await answer(rigWith(), over(), { path })).toEqual(expected);
    expect(await answer(rigWith({ waitForComplete: true }), over({ kind: "sent" }), { path })).toEqual(expected);
    expect(await answer(rigWith({ waitForComplete: true }), over({ kind: "dead" }), { path })).toMatchObject({ status: 500 });
  });

  it("runs nothing in a browser", () => {
    expect(rigWith().webhook.answerHeaders).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'self'; .*; sandbox$/) as string,
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-site",
      "x-content-type-options": "nosniff",
      "strict-transport-security": expect.stringMatching(/max-age/) as string,
    });
  });

  it.each([
    { limit: 2_000, bytes: 2_000 },
    { limit: "1mb", bytes: 1_048_576 },
    { limit: "1.5KB", bytes: 1_536 },
    { limit: "1Gb", bytes: 1_073_741_824 },
  ])("refuses bodies of more than $limit", ({ limit, bytes }) => {
    const { webhook, context } = new HookRig({ payloadSizeLimit: limit });

    expect(webhook.maxBodyBytes?.(context.config)).toBe(bytes);
  });

  it("to failures that are not the sender's tells nothing of ours", () => {
    const { webhook } = rigWith();
    const path = `/webhook/${hookId}`;

    expect(webhook.refuse?.(new SwitchboardError("SB_STORAGE", "the folder /secret"), { method: "POST", path })).toBeUndefined();
    expect(webhook.refuse?.(new SwitchboardError("HS_TOO_LARGE", "too large"), { method: "POST", path })).toEqual({
      status: 413,
      body: { ok: false, error: "too large" },
    });
  });
});
