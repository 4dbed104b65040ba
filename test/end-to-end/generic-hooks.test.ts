import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDataFolder } from "../support/data-folder.js";
import { accountDataPath, answerTo, bodyOf, bot, EndToEnd, hear, membership, said } from "../support/end-to-end.js";
import { answered, HookSender } from "../support/hook-sender.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";
import { MovableClock } from "../support/movable-clock.js";
import { poll } from "../support/poll.js";
import type { SwitchboardProcess } from "../support/switchboard-process.js";

const hookType = "uk.half-shot.matrix-hookshot.generic.hook";
const dataKey = "uk.half-shot.hookshot.webhook_data";
const connected = "Room configured to bridge webhooks. See admin room for secret url.";
const failedText = "Webhook received but failed to process via transformation function";
const ok = { ok: true };
const hourMs = 3_600_000;

/** Hookshot's own tests run with these: every sender waits, and bodies may be of 10 MB. */
const generic = {
  urlPrefix: "http://localhost/webhook/",
  waitForComplete: true,
  payloadSizeLimit: "10mb",
  allowJsTransformationFunctions: true,
};

interface Hook {
  readonly roomId: string;
  readonly url: string;
}

let all: EndToEnd;
let hooks: HookSender;
let alice: MatrixPerson;
/** Alice's direct chat with the bot. */
let chat: string;
/** Secret ids of all hooks that were made here. */
const ids = new Set<string>();
const rooms: string[] = [];

beforeAll(async () => {
  const users = ["_jira_", "_webhooks_"].map((prefix) => ({ exclusive: true, regex: `@${prefix}.*:localhost` }));
  all = await EndToEnd.start({
    hasProxies: true,
    sections: { generic, logging: { level: "trace", json: true } },
    registration: { namespaces: { users, aliases: [], rooms: [] } },
  });
  hooks = new HookSender(all.installation.webhookPort);
  alice = await all.person("alice");
  chat = await all.directChat(alice);
});

afterAll(() => all.stop());

/** What the bot says in the direct chat about a hook of that name, by lines; the last one is its address. */
async function told(name: string): Promise<readonly string[]> {
  const lines = bodyOf(await hear(alice, chat, `"${name}"`)).split("\n");
  ids.add(lines.at(-1)?.split("/").at(-1) ?? "");
  return lines;
}

/** Makes a hook in a room of its own, and gives it settings beside its name. */
async function makeHook(name: string, settings: object = {}): Promise<Hook> {
  const roomId = await all.roomWithBot(alice);
  rooms.push(roomId);
  expect(await answerTo(alice, roomId, `!hookshot webhook "${name}"`)).toBe(connected);
  if (Object.keys(settings).length > 0) await change(roomId, name, settings);
  return { roomId, url: (await told(name)).at(-1) ?? "" };
}

/** Writes the hook's state as a person with power does; it counts when this resolves. */
async function change(roomId: string, name: string, settings: object): Promise<void> {
  await alice.sendState(roomId, hookType, name, { name, ...settings });
  expect(await answerTo(alice, roomId, "!connections")).toContain("active");
}

function hearBody(roomId: string, body: string, sender = bot): Promise<ClientEvent> {
  return alice.waitForEvent(roomId, (event) => event.sender === sender && bodyOf(event) === body, { what: `"${body}"`, timeoutMs: 45_000 });
}

async function bodiesIn(roomId: string): Promise<readonly string[]> {
  return (await said(alice, roomId)).filter((body) => body !== connected && !body.startsWith("This room is connected to"));
}

describe("an inbound webhook, as in Hookshot's own tests,", () => {
  it("is made by a command, told in the direct chat on three lines, and posts exactly what Hookshot posts, behind a listener's prefix", async () => {
    const { webhookPort } = all.installation;
    const listener = { port: webhookPort, bindAddress: "127.0.0.1", resources: ["webhooks", "metrics"] };
    const urlPrefix = `http://localhost:${webhookPort}/customprefix/webhook/`;
    await all.restartSwitchboard({ listeners: [{ ...listener, prefix: "/customprefix" }], generic: { ...generic, urlPrefix } });
    const roomId = await all.roomWithBot(alice);

    const answer = await answerTo(alice, roomId, "!hookshot webhook test");
    const lines = await told("test");
    const answeredCall = await hooks.text(lines[2] ?? "", "Hello world");

    expect(answer).toBe(connected);
    expect((await alice.getState(roomId)).find(({ type }) => type === hookType)).toMatchObject({
      ...{ sender: bot, state_key: "test", content: { name: "test" } },
    });
    expect(lines).toEqual([
      `You have bridged the webhook "test" in https://matrix.to/#/${encodeURIComponent(roomId)} .`,
      "Please configure your webhook source to use",
      expect.stringMatching(`^${urlPrefix}[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
    ]);
    expect(answered(answeredCall)).toEqual([200, ok]);
    expect((await hear(alice, roomId, "Hello world")).content).toEqual({
      msgtype: "m.notice",
      body: "Received webhook data: Hello world",
      format: "org.matrix.custom.html",
      formatted_body: "<p>Received webhook data: Hello world</p>",
      [dataKey]: "Hello world",
    });
    await all.restartSwitchboard({ listeners: [listener], generic });
  });

  it("leaves the payload out of its messages once a person's state says includeHookBody: false", async () => {
    const { roomId, url } = await makeHook("without data");
    expect((await hooks.text(url, "before")).status).toBe(200);

    await change(roomId, "without data", { includeHookBody: false });
    expect((await hooks.text(url, "after")).status).toBe(200);

    expect((await hear(alice, roomId, "before")).content[dataKey]).toBe("before");
    expect((await hear(alice, roomId, "after")).content).toEqual({
      msgtype: "m.notice",
      body: "Received webhook data: after",
      format: "org.matrix.custom.html",
      formatted_body: "<p>Received webhook data: after</p>",
    });
  });

  it("takes a body of 10 MB and posts what fits of its text, without HTML and payload", async () => {
    const { roomId, url } = await makeHook("large");

    const answer = await hooks.text(url, "é".repeat(5 * 1_048_576));

    expect(answered(answer)).toEqual([200, ok]);
    const { content } = await hear(alice, roomId, "Received webhook data: éé");
    expect(Object.keys(content).sort()).toEqual(["body", "msgtype"]);
    expect(content["body"]).toMatch(/é…$/);
  });

  it("goes to the new room under the same address when its room is upgraded, and is ended in the old one", async () => {
    const { roomId, url } = await makeHook("moving");
    const upgraded = await alice.upgradeRoom(roomId, "10");
    rooms.push(upgraded);

    await alice.invite(upgraded, bot);

    const carried = await alice.waitForEvent(upgraded, (event) => event.type === hookType);
    expect(carried).toMatchObject({ sender: bot, state_key: "moving", content: { name: "moving" } });
    expect(await answerTo(alice, upgraded, "!connections")).toMatch(
      /^This room is connected to:\n\n- Inbound webhook moving: active[^\n]*$/,
    );
    expect(answered(await hooks.text(url, "after the upgrade"))).toEqual([200, ok]);
    await hear(alice, upgraded, "after the upgrade");
    expect(await alice.getStateContent(roomId, hookType, "moving")).toEqual({ disabled: true });
    expect((await said(alice, roomId)).join("\n")).not.toContain("after the upgrade");
  });
});

it("an inbound webhook is dead while the bot is not in its room, and back under its address when it is invited again", async () => {
  const { roomId, url } = await makeHook("kicked");
  await alice.kick(roomId, bot);
  const kicked = await membership(alice, roomId, bot, "leave");
  await poll(async () => ((await hooks.text(url, "nobody there")).status === 404 ? true : undefined), {
    what: "its end",
    timeoutMs: 10_000,
  });

  await alice.invite(roomId, bot);
  await alice.waitForEvent(roomId, (event) => event.state_key === bot && event.content["membership"] === "join", {
    after: kicked.event_id,
  });
  expect(await answerTo(alice, roomId, "!connections")).toContain("Inbound webhook kicked: active");

  expect(answered(await hooks.text(url, "back again"))).toEqual([200, ok]);
  await hear(alice, roomId, "back again");
  expect((await bodiesIn(roomId)).filter((body) => body.includes("nobody there"))).toEqual([]);
});

describe("a payload", () => {
  const dump = (value: unknown): Record<string, unknown> => {
    const json = JSON.stringify(value, null, 2);
    return {
      body: `Received webhook data:\n\n\`\`\`json\n\n${json}\n\n\`\`\``,
      // The backslashes are Hookshot's.
      formatted_body: `<p>Received webhook data:</p><p><pre><code class=\\"language-json\\">${json}</code></pre></p>`,
      [dataKey]: value,
    };
  };
  const json = "application/json";
  const cases = [
    { what: "JSON object", type: json, sent: '{"b":"<x> & y","a":[1,null]}', posted: dump({ b: "<x> & y", a: [1, null] }) },
    { what: "JSON array", type: json, sent: '[1,"two"]', posted: dump([1, "two"]) },
    {
      what: "JSON object with a fraction",
      type: `${json}; charset=utf-8`,
      sent: '{"f":1.5}',
      posted: { ...dump({ f: 1.5 }), [dataKey]: { f: "1.5" } },
    },
    {
      what: "JSON object with text",
      type: json,
      sent: '{"text":"a **bold** word"}',
      posted: { body: "a **bold** word", formatted_body: "<p>a <strong>bold</strong> word</p>", [dataKey]: { text: "a **bold** word" } },
    },
    {
      what: "JSON object with text, html and username",
      type: json,
      sent: '{"text":"plain","html":"<i>rich</i>","username":"Ada"}',
      posted: {
        body: "**Ada**: plain",
        formatted_body: "<strong>Ada</strong>: <i>rich</i>",
        [dataKey]: { text: "plain", html: "<i>rich</i>", username: "Ada" },
      },
    },
    { what: "form", type: "application/x-www-form-urlencoded", sent: "a=1&b=2&b=3", posted: dump({ a: "1", b: ["2", "3"] }) },
    {
      what: "XML document",
      type: "application/soap+xml",
      sent: '<order id="7"><item>a</item><item>b</item></order>',
      posted: dump({ order: { $: { id: "7" }, item: ["a", "b"] } }),
    },
    {
      what: "text",
      type: "text/csv",
      sent: "a,b",
      posted: { body: "Received webhook data: a,b", formatted_body: "<p>Received webhook data: a,b</p>", [dataKey]: "a,b" },
    },
    { what: "body of another type", type: "application/vnd.x+json", sent: '{"a":1}', posted: dump({}) },
  ];

  it("of each kind is posted exactly as Hookshot posts it, and one after the other", async () => {
    const { roomId, url } = await makeHook("kinds");

    for (const { type, sent } of cases) {
      expect(answered(await hooks.send(url, { headers: { "content-type": type }, body: sent }))).toEqual([200, ok]);
    }

    const posted = (await alice.readTimeline(roomId)).filter(({ type, content }) => type === "m.room.message" && dataKey in content);
    expect(posted.map(({ content }, index) => ({ what: cases[index]?.what, content }))).toEqual(
      cases.map(({ what, posted: wanted }) => ({
        what,
        content: { msgtype: "m.notice", format: "org.matrix.custom.html", ...wanted },
      })),
    );
  });

  it("that is deep, wide or full of large numbers arrives in a form that events can carry", async () => {
    const { roomId, url } = await makeHook("odd");
    const wide = Array.from({ length: 60 }, (_, index) => [index]);
    const body = `{"text":"odd","large":12345678901234567890,"wide":${JSON.stringify(wide)}}`;

    expect((await hooks.send(url, { headers: { "content-type": json }, body })).status).toBe(200);

    const { content } = await hearBody(roomId, "odd");
    expect(content[dataKey]).toEqual({ text: "odd", large: expect.any(String), wide: expect.any(Array) });
    const { wide: kept } = content[dataKey] as { wide: unknown[] };
    expect([kept[50], kept[51]]).toEqual([[50], "[51]"]);
  });

  it("by GET is refused unless the configuration allows it, and other methods always are", async () => {
    const { url } = await makeHook("methods");

    const answers = await Promise.all(["GET", "DELETE", "OPTIONS", "PATCH"].map((method) => hooks.send(url, { method })));

    const refused = (expected: string): unknown => [
      405,
      { errcode: "HS_METHOD_NOT_ALLOWED", error: `Invalid Method. Expecting ${expected}` },
    ];
    const others = refused("PUT, GET or POST");
    expect(answers.map(answered)).toEqual([refused("PUT or POST"), others, others, others]);
  });

  it("by GET is the query, nested, where the configuration allows it", async () => {
    await all.restartSwitchboard({ generic: { ...generic, enableHttpGet: true } });
    const { roomId, url } = await makeHook("asked");

    const answer = await hooks.send(`${url}?text=by+query&a[b]=1&c=2&c=3`, { method: "GET" });

    expect(answered(answer)).toEqual([200, ok]);
    expect((await hearBody(roomId, "by query")).content[dataKey]).toEqual({ text: "by query", a: { b: "1" }, c: ["2", "3"] });
    await all.restartSwitchboard({ generic });
  });

  it("reaches its hook at the older address without /webhook, with a slash at the end and with encoded dashes, and not in upper case", async () => {
    const { roomId, url } = await makeHook("addressed");
    const id = url.split("/").at(-1) ?? "";
    const paths = [`/${id}`, `/${id}/`, `/webhook/${id}/`, `/webhook/${id.replaceAll("-", "%2D")}`];

    const answers = [];
    for (const path of paths) answers.push(await hooks.json(`http://localhost${path}`, { text: `by ${paths.indexOf(path)}` }));
    const upper = await hooks.json(`http://localhost/webhook/${id.toUpperCase()}`, { text: "never" });

    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    expect(upper.status).toBe(404);
    expect(await bodiesIn(roomId)).toEqual(paths.map((_path, index) => `by ${index}`));
  });

  it("that is too large or unreadable is refused in words, with 4xx so that nobody repeats it", async () => {
    const { roomId, url } = await makeHook("strict");

    const answers = [
      await hooks.text(url, "x".repeat(10 * 1_048_576 + 1)),
      await hooks.send(url, { headers: { "content-type": json }, body: "{" }),
      await hooks.send(url, { headers: { "content-type": "text/xml" }, body: "<a>" }),
      await hooks.send(url, { headers: { "content-type": json }, body: '"a bare string"' }),
    ];

    expect(answers.map((answer) => [answer.status, answer.json()])).toEqual([
      [413, { ok: false, error: expect.any(String) }],
      ...[1, 2, 3].map(() => [400, { ok: false, error: expect.any(String) }]),
    ]);
    expect(await bodiesIn(roomId)).toEqual([]);
  });

  it("for no hook is answered 404, in Hookshot's words below /webhook and as any unknown page elsewhere", async () => {
    const unknown = await hooks.json("http://localhost/webhook/00000000-0000-4000-8000-000000000000", {});
    const elsewhere = await hooks.json("http://localhost/00000000-0000-4000-8000-000000000000", {});

    expect(answered(unknown)).toEqual([404, { ok: false, error: "Webhook not found" }]);
    expect(answered(elsewhere)).toEqual([404, { errcode: "HS_NOTFOUND", error: expect.any(String) }]);
  });
});

it("every answer to a hook's sender has headers that let no browser run, frame or guess it", async () => {
  const { url } = await makeHook("headers");

  const answers = [await hooks.text(url, "taken"), await hooks.send(url, { method: "GET" }), await hooks.text(`${url}x`, "no such hook")];

  expect(answers.map(({ status }) => status)).toEqual([200, 405, 404]);
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      "content-security-policy": expect.stringMatching(/^default-src 'self';.*object-src 'none'.*sandbox$/),
      "cross-origin-resource-policy": "same-site",
      "strict-transport-security": expect.stringContaining("max-age="),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  }
});

describe("a sender", () => {
  it("that waits while the homeserver is cut off is answered 202 after 5 seconds, and its message arrives later, in order", async () => {
    const { roomId, url } = await makeHook("cut off");
    all.proxies.toHomeserver.shut();

    const startedAt = performance.now();
    const first = hooks.text(url, "first");
    await poll(async () => ((await all.metrics()).includes("switchboard_deliveries_waiting 1") ? true : undefined), {
      what: "the first to be stored",
      timeoutMs: 4_000,
    });
    const answers = await Promise.all([first, hooks.text(url, "second")]);
    const tookMs = performance.now() - startedAt;
    all.proxies.toHomeserver.open();

    expect(answers.map(answered)).toEqual([
      [202, ok],
      [202, ok],
    ]);
    expect(tookMs).toBeGreaterThan(4_500);
    expect(tookMs).toBeLessThan(9_000);
    await poll(async () => ((await bodiesIn(roomId)).length >= 2 ? true : undefined), { what: "both", timeoutMs: 45_000, everyMs: 200 });
    expect(await bodiesIn(roomId)).toEqual(["first", "second"].map((word) => `Received webhook data: ${word}`));
  });

  it("waits where the hook's own settings say so, and is answered as soon as it is stored elsewhere", async () => {
    await all.restartSwitchboard({ generic: { ...generic, waitForComplete: false } });
    const patient = await makeHook("patient", { waitForComplete: true });
    const quick = await makeHook("quick");

    const answers = [await hooks.text(patient.url, "here"), await hooks.text(quick.url, "here")];

    expect(answers.map(answered)).toEqual([
      [200, ok],
      [202, ok],
    ]);
    for (const { roomId } of [patient, quick]) await hear(alice, roomId, "here");
    await all.restartSwitchboard({ generic });
  });

  it("that repeats a request under its idempotency key has it posted once, also over a restart", async () => {
    const { roomId, url } = await makeHook("repeated");
    const key = { "idempotency-key": "job 1" };

    const answers = [await hooks.json(url, { text: "once" }, key), await hooks.json(url, { text: "once" }, key)];
    await all.restartSwitchboard();
    answers.push(await hooks.json(url, { text: "once" }, key), await hooks.json(url, { text: "another" }, { "webhook-id": "job 2" }));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await hearBody(roomId, "another");
    expect(await bodiesIn(roomId)).toEqual(["once", "another"]);
  });

  it("signs by Standard Webhooks or in a header once the hook has a secret: nothing unsigned, altered or old is taken", async () => {
    const { roomId, url } = await makeHook("signed");
    expect(await answerTo(alice, roomId, "!hookshot webhook secret signed")).toContain("have to be signed from now on");
    const secret = bodyOf(await hear(alice, chat, `"signed" in https://matrix.to/#/${encodeURIComponent(roomId)} have`))
      .split("\n")
      .at(-1);
    ids.add(secret ?? "");
    const sign = (id: string, body: string, at = Date.now()): Record<string, string> => {
      const timestamp = String(Math.floor(at / 1_000));
      const key = Buffer.from((secret ?? "").replace("whsec_", ""), "base64");
      const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
      return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
    };
    const body = JSON.stringify({ text: "signed words" });
    const send = (headers: Record<string, string>, sent = body): ReturnType<HookSender["send"]> =>
      hooks.send(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: sent });

    const refused = [
      await send({}),
      await send(sign("m1", body), JSON.stringify({ text: "altered" })),
      await send(sign("m2", body, Date.now() - hourMs)),
      await send({ "x-hub-signature-256": `sha256=${createHmac("sha256", "guessed").update(body).digest("hex")}` }),
    ];
    const taken = await send(sign("m3", body));
    const inHeader = JSON.stringify({ text: "otherwise signed words" });
    const digest = createHmac("sha256", secret ?? "")
      .update(inHeader)
      .digest("hex");
    const takenByHeader = await send({ "x-hub-signature-256": `sha256=${digest}` }, inHeader);
    expect(await answerTo(alice, roomId, "!hookshot webhook secret signed off")).toContain("need no signature any more");
    const unsigned = await send({}, JSON.stringify({ text: "unsigned words" }));

    expect(refused.map(answered)).toEqual(refused.map(() => [401, { ok: false, error: "Signature did not match" }]));
    expect([taken, takenByHeader, unsigned].map(({ status }) => status)).toEqual([200, 200, 200]);
    const posted = ["signed words", "otherwise signed words", "unsigned words"];
    expect((await bodiesIn(roomId)).filter((text) => text.endsWith("words"))).toEqual(posted);
  });

  it("made for Slack or Discord gets that product's answer, and text, attachments and embeds are posted", async () => {
    const { roomId, url } = await makeHook("others");
    const slack = { text: "Deploy <https://ci.test/1|#1>", attachments: [{ title: "Stage", text: "live *now*" }] };
    const discord = { content: "Build @everyone", username: "CI", embeds: [{ title: "Log", description: "all **green**" }] };

    const answers = [await hooks.json(`${url}/slack`, slack), await hooks.json(`${url}/discord`, discord)];

    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, "ok"],
      [204, ""],
    ]);
    const [ofSlack = "", ofDiscord = ""] = await bodiesIn(roomId);
    for (const part of ["Deploy [#1](https://ci.test/1)", "Stage", "live **now**"]) expect(ofSlack).toContain(part);
    for (const part of ["Build", "Log", "all **green**", "CI"]) expect(ofDiscord).toContain(part);
    const [first, second] = (await alice.readTimeline(roomId)).filter(({ content }) => dataKey in content);
    for (const event of [first, second]) expect(event?.content["m.mentions"]).toEqual({});
  });
});

describe("a hook of Alertmanager's", () => {
  it("edits its message about a group from firing to resolved, and a group that fires again has a new one", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect webhook alerts format=alertmanager");
    const url = (await told("alerts")).at(-1) ?? "";
    const notify = async (status: string, names: readonly string[]): Promise<void> => {
      const alerts = names.map((name) => ({
        status,
        labels: { alertname: "Slow", host: name },
        annotations: { summary: `${name} is slow` },
      }));
      const answer = await hooks.json(url, {
        version: "4",
        groupKey: "{}:{alertname}",
        status,
        groupLabels: { alertname: "Slow" },
        alerts,
      });
      expect(answered(answer)).toEqual([200, ok]);
    };

    await notify("firing", ["web1"]);
    await notify("firing", ["web1", "web2"]);
    await all.restartSwitchboard();
    await notify("resolved", ["web1", "web2"]);
    await notify("firing", ["web3"]);

    const messages = (await alice.readTimeline(roomId)).filter((event) => event.sender === bot && bodyOf(event).includes("Slow"));
    const editOf = (event: ClientEvent | undefined): unknown => event?.content["m.relates_to"];
    const edit = { rel_type: "m.replace", event_id: messages[0]?.event_id };
    expect(messages.map(editOf)).toEqual([undefined, edit, edit, undefined]);
    expect(bodyOf(messages[1]!)).toContain("[FIRING:2]");
    expect(messages[2]?.content["m.new_content"]).toMatchObject({ body: expect.stringContaining("[RESOLVED]") });
    expect(bodyOf(messages[3]!)).toContain("web3 is slow");
  });
});

describe("a hook's function", () => {
  const scripted = (name: string, transformationFunction: string): Promise<Hook> => makeHook(name, { transformationFunction });

  it("that gives a text posts it behind Hookshot's words (version 1)", async () => {
    const { roomId, url } = await scripted("version one", "result = `got ${data.items.length + 0.5}` // the end");

    expect(answered(await hooks.json(url, { items: [1, 2] }))).toEqual([200, ok]);

    expect((await hear(alice, roomId, "got")).content).toEqual({
      msgtype: "m.notice",
      body: "Received webhook: got 2.5",
      format: "org.matrix.custom.html",
      formatted_body: "<p>Received webhook: got 2.5</p>",
      [dataKey]: { items: [1, 2] },
    });
  });

  it("that gives version 2 chooses text, HTML, type, mentions and previews, and answers the sender", async () => {
    const script = `
      if (data.skip) { result = { version: HookshotApiVersion, empty: true, webhookResponse: { body: "skipped", contentType: "text/plain", statusCode: 202 } }; return; }
      result = {
        version: "v2", plain: "plain " + data.who, html: "<b>rich</b>", msgtype: "m.text",
        mentions: { room: false, user_ids: [data.who, 5, "nobody"] }, hints: { showUrlPreviews: false },
      };`;
    const { roomId, url } = await scripted("version two", script);

    expect(answered(await hooks.json(url, { who: alice.userId }))).toEqual([200, ok]);
    const skipped = await hooks.json(url, { skip: true });

    expect((await hear(alice, roomId, "plain @alice")).content).toEqual({
      msgtype: "m.text",
      body: `plain ${alice.userId}`,
      format: "org.matrix.custom.html",
      formatted_body: "<b>rich</b>",
      "m.mentions": { room: false, user_ids: [alice.userId] },
      "com.beeper.linkpreviews": [],
      [dataKey]: { who: alice.userId },
    });
    expect([skipped.status, skipped.text, skipped.headers["content-type"]]).toEqual([
      202,
      "skipped",
      expect.stringContaining("text/plain"),
    ]);
    expect((await bodiesIn(roomId)).filter((body) => body.startsWith("plain"))).toHaveLength(1);
  });

  it("that answers the sender does so in JSON unless it names another type, with a status of its own", async () => {
    const script = `result = { version: "v2", plain: "answered", webhookResponse: { body: '{"n":1}', statusCode: data.status } };`;
    const { url } = await scripted("answering", script);

    const answers = [await hooks.json(url, {}), await hooks.json(url, { status: 201 }), await hooks.json(url, { status: "201" })];

    expect(answers.slice(0, 2).map(answered)).toEqual([
      [200, { n: 1 }],
      [201, { n: 1 }],
    ]);
    expect(answers[0]?.headers["content-type"]).toMatch(/^application\/json/);
    expect(answers[0]?.headers["content-security-policy"]).toContain("sandbox");
    expect(answers[2]?.status).toBe(500);
  });

  it.each([
    { what: "throws", script: "throw new Error('no')" },
    { what: "gives what is no version 2", script: "result = { plain: 'x' }" },
    { what: "reaches for the machine", script: "result = process.env.HOME" },
  ])("that $what has the room told so, and the waiting sender answered 500", async ({ what, script }) => {
    const { roomId, url } = await scripted(`it ${what}`.slice(0, 60), script);

    const answer = await hooks.json(url, { a: 1 });

    expect(answered(answer)).toEqual([500, { ok: false, error: "Failed to process webhook" }]);
    expect((await hear(alice, roomId, failedText)).content).toMatchObject({ msgtype: "m.notice", body: failedText });
  });

  it("that went over its time three times in a row is paused with a notice, holds up no other hook, and goes on after `webhook resume`", async () => {
    const { roomId, url } = await scripted("looping", "if (data.loop) { for (;;) {} } result = 'done';");
    const other = await scripted("beside it", "result = 'quick';");

    for (let time = 0; time < 2; time += 1) expect((await hooks.json(url, { loop: true })).status).toBe(500);
    const third = hooks.json(url, { loop: true });
    const startedAt = performance.now();
    expect((await hooks.json(other.url, {})).status).toBe(200);
    const tookMs = performance.now() - startedAt;
    expect((await third).status).toBe(500);
    await hear(alice, roomId, "The webhook **looping** is paused");
    const whilePaused = await hooks.json(url, {});
    await answerTo(alice, roomId, "!hookshot webhook resume looping");
    const resumed = await hooks.json(url, {});

    expect(tookMs).toBeLessThan(4_500);
    expect([whilePaused.status, resumed.status]).toEqual([500, 200]);
    const bodies = await bodiesIn(roomId);
    expect(bodies.filter((body) => body === failedText)).toHaveLength(3);
    expect(bodies.filter((body) => body === "Received webhook: done")).toHaveLength(1);
  });

  it("that does not compile is told to the room at once, and the one before it stays in force", async () => {
    const { roomId, url } = await scripted("mended", "result = 'the first';");
    await alice.sendState(roomId, hookType, "mended", { name: "mended", transformationFunction: "result = (" });

    const { content } = await hear(alice, roomId, "Could not compile transformation function:");
    expect(content).toMatchObject({ msgtype: "m.text" });
    expect(answered(await hooks.json(url, {}))).toEqual([200, ok]);
    await hearBody(roomId, "Received webhook: the first");
  });

  it("is refused in the room's state where the configuration does not allow functions", async () => {
    await all.restartSwitchboard({ generic: { ...generic, allowJsTransformationFunctions: false } });
    const { roomId, url } = await makeHook("forbidden");

    await alice.sendState(roomId, hookType, "forbidden", { name: "forbidden", transformationFunction: "result = 'x';" });

    expect(await answerTo(alice, roomId, "!connections")).toContain("Transformation functions are not allowed");
    expect((await hooks.json(url, {})).status).toBe(404);
    await all.restartSwitchboard({ generic });
  });
});

describe("a ghost", () => {
  beforeAll(() => all.restartSwitchboard({ generic: { ...generic, userIdPrefix: "_webhooks_" } }));
  afterAll(async () => {
    // A key that is gone from the section is gone from the file.
    await all.restartSwitchboard({ generic });
  });

  it.each([
    { name: "My Build!", localpart: "_webhooks_mybuild" },
    { name: "日本語", localpart: "_webhooks_bot" },
  ])("speaks for the hook $name, under its name, invited into a private room by the bot", async ({ name, localpart }) => {
    const { roomId, url } = await makeHook(name);
    const ghost = `@${localpart}:localhost`;

    expect(answered(await hooks.json(url, { text: `from ${name}` }))).toEqual([200, ok]);

    await hearBody(roomId, `from ${name}`, ghost);
    const joined = await membership(alice, roomId, ghost, "join");
    expect(joined.content["displayname"]).toBe(`${name} (Webhook)`);
    const invited = await alice.waitForEvent(roomId, (event) => event.state_key === ghost && event.content["membership"] === "invite");
    expect(invited.sender).toBe(bot);
  });
});

describe("the commands for webhooks", () => {
  it("list hooks by name, and remove one, whose address is dead and stays so when a hook of that name is made again", async () => {
    const { roomId, url } = await makeHook("zebra");
    await answerTo(alice, roomId, "!hookshot webhook apple");
    await told("apple");

    expect(await answerTo(alice, roomId, "!hookshot webhook list")).toBe("Webhooks configured:\n\n * apple\n * zebra");
    expect(await answerTo(alice, roomId, "!hookshot webhook remove zebra")).toBe("Removed webhook zebra");
    expect(await alice.getStateContent(roomId, hookType, "zebra")).toEqual({ disabled: true });
    const after = (await alice.readTimeline(chat)).at(-1)?.event_id ?? "";
    expect(await answerTo(alice, roomId, "!hookshot webhook zebra")).toBe(connected);
    const again = await alice.waitForEvent(chat, (event) => bodyOf(event).includes('"zebra"'), { after });
    const newUrl = bodyOf(again).split("\n")[2] ?? "";
    ids.add(newUrl.split("/").at(-1) ?? "");

    expect(newUrl).not.toBe(url);
    expect([(await hooks.text(url, "old")).status, (await hooks.text(newUrl, "new")).status]).toEqual([404, 200]);
  });

  it("tell the same address, which goes on working, to who makes a hook that is there already", async () => {
    const { roomId, url } = await makeHook("twice");
    const after = (await alice.readTimeline(chat)).at(-1)?.event_id ?? "";

    expect(await answerTo(alice, roomId, "!hookshot webhook twice")).toBe(connected);

    const again = await alice.waitForEvent(chat, (event) => bodyOf(event).includes('"twice"'), { after });
    expect(bodyOf(again).split("\n")[2]).toBe(url);
    expect((await hooks.text(url, "still here")).status).toBe(200);
  });

  it("tell the address of a hook that a person wrote as state, which had none before", async () => {
    const roomId = await all.roomWithBot(alice);
    rooms.push(roomId);
    await change(roomId, "written", { includeHookBody: false });

    expect(await answerTo(alice, roomId, "!hookshot webhook url written")).toBe("See admin room for secret url.");

    const url = (await told("written")).at(-1) ?? "";
    expect(answered(await hooks.text(url, "by hand"))).toEqual([200, ok]);
    await hear(alice, roomId, "by hand");
  });

  it("post a sample through the hook", async () => {
    const { roomId } = await makeHook("sampled", { transformationFunction: "result = `worded: ${data.text}`;" });

    await answerTo(alice, roomId, "!hookshot webhook test sampled");

    await hear(alice, roomId, "worded: This is a test of the webhook sampled.");
  });

  it.each([
    { typed: "webhook ab", answer: "A webhook name must be between 3-64 characters." },
    { typed: "webhook lasting 1parsec", answer: "Duration could not be parsed" },
    { typed: "webhook lasting 10m", answer: "Expiration date must at least be a hour in the future" },
    { typed: "webhook remove nothing", answer: 'No webhook by the name of "nothing" is configured.' },
    { typed: "webhook", answer: "Missing at least one required parameter." },
  ])("refuse $typed in Hookshot's words", async ({ typed, answer }) => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, `!hookshot ${typed}`)).toContain(`Failed to handle command: ${answer}`);
    expect((await alice.getState(roomId)).filter(({ type }) => type === hookType)).toEqual([]);
  });
});

describe("a hook that expires", () => {
  it("is made with a duration, works, and is answered 404 once its time is over", async () => {
    const clock = new MovableClock();
    await all.restartSwitchboard({}, clock);
    const roomId = await all.roomWithBot(alice);
    expect(await answerTo(alice, roomId, "!hookshot webhook brief 2h")).toBe(connected);
    const url = (await told("brief")).at(-1) ?? "";
    expect(answered(await hooks.text(url, "in time"))).toEqual([200, ok]);

    clock.advance(3 * hourMs);

    expect(answered(await hooks.text(url, "late"))).toEqual([404, { ok: false, error: "This hook has expired" }]);
    expect(await bodiesIn(roomId)).toEqual(["Received webhook data: in time"]);
    await all.restartSwitchboard();
  });

  it("has its room told once when three days are left, unless it was made for less", async () => {
    const clock = new MovableClock();
    await all.restartSwitchboard({ generic: { ...generic, sendExpiryNotice: true } }, clock);
    const roomId = await all.roomWithBot(alice);
    for (const typed of ["webhook longer 4d", "webhook shorter 50h"]) await answerTo(alice, roomId, `!hookshot ${typed}`);
    for (const name of ["longer", "shorter"]) await told(name);

    clock.advance(30 * hourMs);
    const notice = await hear(alice, roomId, "The webhook **longer** will be expiring in");
    clock.advance(5 * hourMs);
    await all.restartSwitchboard({}, clock);
    clock.advance(hourMs);
    const url = (await told("longer")).at(-1) ?? "";
    expect((await hooks.text(url, "the end")).status).toBe(200);

    expect(bodyOf(notice)).toBe("The webhook **longer** will be expiring in 66 hours.");
    expect((await bodiesIn(roomId)).filter((body) => body.includes("expiring"))).toHaveLength(1);
    await all.restartSwitchboard({ generic });
  });

  it("is what the configuration can ask of every hook, up to a longest time", async () => {
    await all.restartSwitchboard({ generic: { ...generic, requireExpiryTime: true, maxExpiryTime: "2d" } });
    const roomId = await all.roomWithBot(alice);

    const answers = [];
    for (const typed of ["ruled", "ruled 3d", "ruled 1d"]) answers.push(await answerTo(alice, roomId, `!hookshot webhook ${typed}`));

    expect(answers).toEqual([
      expect.stringContaining("Failed to handle command: Expiration date must be set"),
      expect.stringContaining("Failed to handle command: Expiration date cannot exceed the configured max expiry time"),
      connected,
    ]);
    await told("ruled");
    await all.restartSwitchboard({ generic });
  });
});

describe("a hook that is being made while the process is killed", () => {
  let running: SwitchboardProcess;

  beforeAll(async () => {
    await all.stopSwitchboard();
    running = await all.startProcess();
  });

  afterAll(async () => {
    await running.kill();
    all.proxies.toHomeserver.open();
    await all.startSwitchboard();
  });

  it.each([
    { where: "between its id and its state", part: () => `/account_data/${encodeURIComponent(hookType)}`, name: "killed early" },
    { where: "between its state and its address", part: () => `/state/${encodeURIComponent(hookType)}`, name: "killed later" },
    { where: "as its address is told", part: () => `/rooms/${encodeURIComponent(chat)}/send/`, name: "killed last" },
  ])("$where is there once, under one address, after the restart", async ({ part, name }) => {
    const roomId = await all.roomWithBot(alice);
    const { toHomeserver } = all.proxies;
    const done = toHomeserver.cutAnswerTo(({ method, path }) => method === "PUT" && path.includes(part()));
    await alice.sendText(roomId, `!hookshot webhook "${name}"`);
    await done;

    await running.kill();
    all.log.push(...running.log.split("\n"));
    const { files, records } = await readDataFolder(all.installation.dataFolder);
    toHomeserver.open();
    running = await all.startProcess();
    await hear(alice, roomId, connected, 60_000);

    const url = (await told(name)).at(-1) ?? "";
    const kept = await all.asOurs("GET", accountDataPath(roomId, hookType));
    const id = url.split("/").at(-1) ?? "";
    expect(Object.entries(kept)).toEqual([[id, name]]);
    expect([...files, ...records].filter(({ text }) => text.includes(id)).map(({ where }) => where)).toEqual([]);
    expect(answered(await hooks.text(url, "once"))).toEqual([200, ok]);
    expect((await bodiesIn(roomId)).filter((body) => body.endsWith("once"))).toHaveLength(1);
    expect((await said(alice, chat)).filter((body) => body.includes(`"${name}"`))).toHaveLength(1);
  });
});

describe("the secret ids of hooks", () => {
  it("are in no log, no metric, and no room's state or timeline but the direct chat", async () => {
    const shown = [
      await all.metrics(),
      ...(await Promise.all(rooms.flatMap((room) => [alice.getState(room), alice.readTimeline(room, 500)]))).map((events) =>
        JSON.stringify(events),
      ),
    ];

    expect(ids.size).toBeGreaterThan(20);
    expect(all.log.length).toBeGreaterThan(30);
    expect([...ids].filter((id) => shown.some((text) => text.includes(id)))).toEqual([]);
    expect(all.log.filter((line) => [...ids].some((id) => line.includes(id)))).toEqual([]);
  });

  it("are not in the data folder in plain, not even while calls wait there", async () => {
    const { url } = await makeHook("waiting");
    all.proxies.toHomeserver.shut();
    await hooks.text(url, "waits there");
    await all.stopSwitchboard();
    all.proxies.toHomeserver.open();

    const { files, records } = await readDataFolder(all.installation.dataFolder);
    await all.startSwitchboard();

    expect(records.some(({ text }) => text.includes("waits there"))).toBe(true);
    const found = [...files, ...records].filter(({ text }) => [...ids].some((id) => text.includes(id)));
    expect(found.map(({ where }) => where)).toEqual([]);
  });
});
