import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, hookRequest, jsonRequest, onlyContent } from "../../../test/support/hook-rig.js";
import type { WebhookRequest } from "../../core/service.js";
import type { GenericConfig } from "./schema.js";

const dataKey = "uk.half-shot.hookshot.webhook_data";
const html = "org.matrix.custom.html";

async function contentOf(
  request: WebhookRequest,
  { state = {}, config = {} }: { readonly state?: Readonly<Record<string, unknown>>; readonly config?: Partial<GenericConfig> } = {},
): Promise<Readonly<Record<string, unknown>>> {
  return onlyContent(await new HookRig(config, hookConnection(state)).post(request));
}

/** Hookshot's form of a payload that names no text. */
function dump(json: string): { readonly body: string; readonly formatted_body: string } {
  return {
    body: `Received webhook data:\n\n\`\`\`json\n\n${json}\n\n\`\`\``,
    formatted_body: `<p>Received webhook data:</p><p><pre><code class=\\"language-json\\">${json}</code></pre></p>`,
  };
}

describe("a request to a hook becomes exactly Hookshot's message", () => {
  const cases: readonly {
    readonly title: string;
    readonly request: WebhookRequest;
    readonly content: Readonly<Record<string, unknown>>;
  }[] = [
    {
      title: "text",
      request: hookRequest("Hello world", "text/plain;charset=UTF-8"),
      content: {
        body: "Received webhook data: Hello world",
        formatted_body: "<p>Received webhook data: Hello world</p>",
        [dataKey]: "Hello world",
      },
    },
    {
      title: "an object with a text",
      request: jsonRequest({ text: "**Hello** <b>world</b>\n\n- one" }),
      content: {
        body: "**Hello** <b>world</b>\n\n- one",
        formatted_body: "<p><strong>Hello</strong> &lt;b&gt;world&lt;/b&gt;</p>\n<ul>\n<li>one</li>\n</ul>",
        [dataKey]: { text: "**Hello** <b>world</b>\n\n- one" },
      },
    },
    {
      title: "a text with HTML of its own",
      request: jsonRequest({ text: "Hello", html: "<h1>Hello</h1>" }),
      content: { body: "Hello", formatted_body: "<h1>Hello</h1>", [dataKey]: { text: "Hello", html: "<h1>Hello</h1>" } },
    },
    {
      title: "a text that somebody says",
      request: jsonRequest({ text: "Hello", username: "Bobs-integration" }),
      content: {
        body: "**Bobs-integration**: Hello",
        formatted_body: "<p><strong>Bobs-integration</strong>: Hello</p>",
        [dataKey]: { text: "Hello", username: "Bobs-integration" },
      },
    },
    {
      title: "HTML that somebody says",
      request: jsonRequest({ text: "Hello", html: "<i>Hello</i>", username: "Bob" }),
      content: {
        body: "**Bob**: Hello",
        formatted_body: "<strong>Bob</strong>: <i>Hello</i>",
        [dataKey]: { text: "Hello", html: "<i>Hello</i>", username: "Bob" },
      },
    },
    {
      title: "anything else, in the order of its keys",
      request: jsonRequest({ simple: "data", "10": 1, a: [true, null, "<script>"] }),
      content: {
        ...dump('{\n  "10": 1,\n  "simple": "data",\n  "a": [\n    true,\n    null,\n    "<script>"\n  ]\n}'),
        [dataKey]: { simple: "data", "10": 1, a: [true, null, "<script>"] },
      },
    },
    { title: "an array", request: jsonRequest([1, 2]), content: { ...dump("[\n  1,\n  2\n]"), [dataKey]: [1, 2] } },
    { title: "nothing that we can read", request: hookRequest("x", "application/octet-stream"), content: { ...dump("{}"), [dataKey]: {} } },
    { title: "no content type", request: hookRequest('{"text":"x"}'), content: { ...dump("{}"), [dataKey]: {} } },
    {
      title: "fractions, which no event may hold",
      request: hookRequest('{"pi":3.14159,"n":[1.5,2]}', "application/json"),
      content: { ...dump('{\n  "pi": 3.14159,\n  "n": [\n    1.5,\n    2\n  ]\n}'), [dataKey]: { pi: "3.14159", n: ["1.5", 2] } },
    },
    {
      title: "integers that no event may hold, by their digits",
      request: hookRequest('{"id":12345678901234567890,"ok":9007199254740991,"text":"id 12345678901234567890"}', "application/json"),
      content: {
        body: "id 12345678901234567890",
        formatted_body: "<p>id 12345678901234567890</p>",
        [dataKey]: { id: "12345678901234567890", ok: 9007199254740991, text: "id 12345678901234567890" },
      },
    },
    {
      title: "an XML document",
      request: hookRequest('<build id="7"><step>one</step><step>two</step><note/></build>', "application/xml"),
      content: {
        ...dump(JSON.stringify({ build: { $: { id: "7" }, step: ["one", "two"], note: [""] } }, null, 2)),
        [dataKey]: { build: { $: { id: "7" }, step: ["one", "two"], note: [""] } },
      },
    },
    {
      title: "a form",
      request: hookRequest("text=Hello+world&tag=a&tag=b&a[b]=1", "application/x-www-form-urlencoded"),
      content: {
        body: "Hello world",
        formatted_body: "<p>Hello world</p>",
        [dataKey]: { text: "Hello world", tag: ["a", "b"], "a[b]": "1" },
      },
    },
  ];

  it.each(cases)("$title", async ({ request, content }) => {
    expect(await contentOf(request)).toEqual({ msgtype: "m.notice", format: html, ...content });
  });

  it("whatever the method of two", async () => {
    expect(await contentOf(jsonRequest({ text: "x" }, { method: "PUT" }))).toEqual(await contentOf(jsonRequest({ text: "x" })));
  });

  it("by the query of a GET, where those are taken", async () => {
    const query = new URLSearchParams("text=Hello&a[b]=1&list[]=x&list[]=y");
    const content = await contentOf(hookRequest("", undefined, { method: "GET", query }), { config: { enableHttpGet: true } });

    expect(content).toMatchObject({ body: "Hello", [dataKey]: { text: "Hello", a: { b: "1" }, list: ["x", "y"] } });
  });

  it.each([
    { title: "an empty text", payload: { text: "" }, body: "" },
    { title: "a text of line breaks", payload: { text: "\n\n" }, body: "\n\n" },
  ])("without a formatted form for $title", async ({ payload, body }) => {
    expect(await contentOf(jsonRequest(payload))).toEqual({ msgtype: "m.notice", body, [dataKey]: payload });
  });

  it("without data for an empty body", async () => {
    expect(await contentOf(hookRequest("", "text/plain"))).not.toHaveProperty([dataKey]);
    expect(await contentOf(hookRequest("", "text/xml"))).toEqual({ msgtype: "m.notice", format: html, ...dump("null") });
  });

  it("with empty HTML counting as none", async () => {
    expect(await contentOf(jsonRequest({ text: "x", html: "", username: "Bob" }))).toMatchObject({
      formatted_body: "<p><strong>Bob</strong>: x</p>",
    });
  });

  it.each([
    { room: undefined, config: true, isThere: true },
    { room: undefined, config: false, isThere: false },
    { room: false, config: true, isThere: false },
    { room: true, config: false, isThere: true },
  ])("with its data as the room ($room), else the configuration ($config) says: $isThere", async ({ room, config, isThere }) => {
    const state = room === undefined ? {} : { includeHookBody: room };

    const content = await contentOf(jsonRequest({ text: "x" }), { state, config: { includeHookBody: config } });

    expect(Object.hasOwn(content, dataKey)).toBe(isThere);
  });

  it("with halves of characters replaced, which no homeserver takes", async () => {
    const content = await contentOf(hookRequest('{"text":"a\\ud83d","\\ud83d":"\\ude00"}', "application/json"));

    expect(JSON.stringify(content)).not.toMatch(/\\ud[89a-f]/i);
    expect(content).toMatchObject({ body: "a\uFFFD", [dataKey]: { "\uFFFD": "\uFFFD" } });
  });

  it("by a user of its own, where the configuration names its prefix", async () => {
    const rig = new HookRig({ userIdPrefix: "_webhooks_" }, hookConnection({ name: "My Build's #1" }));

    expect(await rig.post(jsonRequest({ text: "x" }))).toMatchObject({
      as: { userId: "@_webhooks_mybuilds1:example.org", displayName: "My Build's #1 (Webhook)" },
    });
  });

  it("by a user called bot, where nothing of the name can stand in an id", async () => {
    const rig = new HookRig({ userIdPrefix: "_webhooks_" }, hookConnection({ name: "Über" }), hookConnection({ name: "日本語" }));
    const [event] = (await rig.receive(jsonRequest({ text: "x" }))).events;

    expect(await rig.render(event!, rig.context.connections.list[0])).toMatchObject({ as: { userId: "@_webhooks_ber:example.org" } });
    expect(await rig.render(event!, rig.context.connections.list[1])).toMatchObject({ as: { userId: "@_webhooks_bot:example.org" } });
  });
});

describe("a payload that is too deep or too wide", () => {
  it("becomes strings of JSON from level 11 on", async () => {
    const nested = (levels: number): unknown => (levels === 0 ? { end: [1] } : { a: nested(levels - 1) });

    const { [dataKey]: data } = await contentOf(jsonRequest(nested(10)));

    // The object with `end` is at level 10, its list below that.
    expect(JSON.stringify(data)).toContain('{"end":"[1]"}');
  });

  it("keeps 50 keys and 51 entries as they are; what is not simple behind them becomes strings", async () => {
    const object = Object.fromEntries(Array.from({ length: 52 }, (_, index) => [`k${index + 1}`, index % 2 === 0 ? index : { a: 1.5 }]));
    const array = Array.from({ length: 53 }, (_, index) => (index === 52 ? 1 : [index]));

    const { [dataKey]: data } = await contentOf(jsonRequest({ object, array }));

    expect(data).toMatchObject({ object: { k50: { a: "1.5" }, k51: 50, k52: '{"a":1.5}' } });
    expect((data as { array: unknown[] }).array.slice(50)).toEqual([[50], "[51]", 1]);
  });
});

describe("a payload that is too large for an event", () => {
  const bytesOf = (content: unknown): number => Buffer.byteLength(JSON.stringify(content));

  it("loses its data first", async () => {
    const content = await contentOf(jsonRequest({ text: "short", log: "x".repeat(60_000) }));

    expect(content).toEqual({ msgtype: "m.notice", body: "short", format: html, formatted_body: "<p>short</p>" });
  });

  it("then its formatted form", async () => {
    const content = await contentOf(hookRequest("y".repeat(40_000), "text/plain"));

    expect(Object.keys(content).sort()).toEqual(["body", "msgtype"]);
    expect(content["body"]).toBe(`Received webhook data: ${"y".repeat(40_000)}`);
  });

  it("then the end of its text, as Hookshot cuts it", async () => {
    const content = await contentOf(hookRequest("x".repeat(10 * 1_048_576 - 1_024), "text/plain"), {
      config: { payloadSizeLimit: "10mb" },
    });

    expect(Object.keys(content).sort()).toEqual(["body", "msgtype"]);
    expect(content["body"]).toBe(`${`Received webhook data: ${"x".repeat(40_000)}`.slice(0, 30_720)}…`);
  });

  it.each([
    { title: "characters of three bytes", text: "日".repeat(30_000) },
    { title: "pairs", text: `x${"😀".repeat(20_000)}` },
    { title: "control characters, which JSON writes with six", text: "\u0001".repeat(30_000) },
  ])("is measured in bytes: $title", async ({ text }) => {
    const content = await contentOf(jsonRequest({ text }));

    expect(bytesOf(content)).toBeLessThanOrEqual(60_000);
    expect(JSON.stringify(content)).not.toMatch(/\\ud[89a-f]/i);
    expect(String(content["body"])).toMatch(/…$/u);
  });

  it("fits whatever the lengths of its parts are", async () => {
    for (const length of [100, 9_000, 19_000, 29_000, 39_000, 58_000, 59_000, 60_000, 70_000]) {
      expect(bytesOf(await contentOf(jsonRequest({ text: "é<".repeat(length / 4), html: "<p>".repeat(length / 3) })))).toBeLessThan(60_000);
    }
  });
});

describe("hooks for other products' senders", () => {
  interface Fixture {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  }

  function fixture(name: string): unknown {
    return (JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as Fixture).body;
  }

  async function flavoured(flavour: "slack" | "discord", payload: unknown): Promise<Readonly<Record<string, unknown>>> {
    const request = jsonRequest(payload);
    return contentOf({ ...request, path: `${request.path}/${flavour}` }, { config: { includeHookBody: false } });
  }

  it("read Slack's messages", async () => {
    expect(await flavoured("slack", fixture("call__slack"))).toEqual({
      msgtype: "m.notice",
      body: [
        "**CI**: Build **42** of [shop](https://ci.example.org/job/42) failed: `npm test` & more",
        "On _main_",
        "**[Test report](https://ci.example.org/job/42/report)**",
        "3 of 120 tests failed",
        "```\nexpected 1\nto be 2\n```",
        "**Branch**: main",
        "ci.example.org",
      ].join("\n\n"),
      format: html,
      formatted_body: [
        '<p><strong>CI</strong>: Build <strong>42</strong> of <a href="https://ci.example.org/job/42">shop</a> failed: <code>npm test</code> &amp; more</p>',
        "<p>On <em>main</em></p>",
        '<p><strong><a href="https://ci.example.org/job/42/report">Test report</a></strong></p>',
        "<p>3 of 120 tests failed</p>",
        "<pre><code>expected 1\nto be 2\n</code></pre>",
        "<p><strong>Branch</strong>: main</p>",
        "<p>ci.example.org</p>",
      ].join("\n"),
      "m.mentions": {},
    });
  });

  it("read Slack's blocks in place of the text", async () => {
    const { body } = await flavoured("slack", fixture("call__slack-blocks"));

    expect(body).toBe(
      [
        "**Deployed shop**",
        "**Version**: 1.2.3 by @U012AB3CD\n**Where**: production",
        "---",
        "[Latency](https://img.example.org/graph.png)",
        "took 3 minutes",
      ].join("\n\n"),
    );
  });

  it("read Slack's payload in the field of a form", async () => {
    const request = hookRequest(new URLSearchParams({ payload: '{"text":"*hi*"}' }).toString(), "application/x-www-form-urlencoded");

    expect(await contentOf({ ...request, path: `${request.path}/slack` })).toMatchObject({ body: "**hi**" });
  });

  it("read Discord's messages", async () => {
    const content = await flavoured("discord", fixture("call__discord"));

    expect(content).toMatchObject({
      body: [
        "**Releases**: **shop 1.2.3** is out :tada:",
        "[ada](https://example.org/ada)\n**[Release notes](https://example.org/releases/1.2.3)**",
        "- faster start\n- fewer bugs",
        "**Downloads**: [zip](https://example.org/shop.zip)",
        "example.org",
      ].join("\n\n"),
      "m.mentions": {},
    });
    expect(content["formatted_body"]).toContain("<ul>\n<li>faster start</li>\n<li>fewer bugs</li>\n</ul>");
  });

  it.each(["slack", "discord"] as const)("show a payload that is not in the words of %s as it is", async (flavour) => {
    expect(await flavoured(flavour, { hello: 1 })).toMatchObject(dump('{\n  "hello": 1\n}'));
  });

  it("read the plain address in another product's words where the room asks for that", async () => {
    expect(await contentOf(jsonRequest({ content: "hi <@!42>" }), { state: { format: "discord" } })).toMatchObject({ body: "hi @42" });
    expect(await contentOf(jsonRequest({ text: "see <https://example.org|this>" }), { state: { format: "slack" } })).toMatchObject({
      body: "see [this](https://example.org/)",
    });
  });

  it.each([
    { typed: "*a*b* _c_d_ ~e~ *f* _g_ 2*3*4", text: "*a*b* _c_d_ ~~e~~ **f** _g_ 2*3*4" },
    { typed: "*bold _both_*", text: "**bold _both_**" },
    { typed: "<!here> <#C1|general> <@U1|ada> <mailto:a@example.org|mail>", text: "@here general ada mail" },
    { typed: "<javascript:alert(1)|x>", text: "x" },
    { typed: "&lt;b&gt; &amp;amp;", text: "<b> &amp;" },
    { typed: "one\ntwo", text: "one\ntwo" },
    { typed: "```never closed", text: "```never closed".replace("```", "") },
  ])("take Slack's $typed for $text", async ({ typed, text }) => {
    const { body } = await flavoured("slack", { text: typed });

    expect(String(body).trim()).toBe(text);
  });
});
