import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, jsonRequest, onlyContent, routingKey } from "../../../test/support/hook-rig.js";
import type { LateRendering } from "../../core/service.js";

const failure = "Webhook received but failed to process via transformation function";
const failed = { status: 500, body: { ok: false, error: "Failed to process webhook" } };
const dataKey = "uk.half-shot.hookshot.webhook_data";

function rigWith(state: Readonly<Record<string, unknown>> = {}): HookRig {
  return new HookRig({ allowJsTransformationFunctions: true }, hookConnection({ transformationFunction: "script", ...state }));
}

/** What a function's result comes to, for a request with the payload `{"a": 1}`. */
async function worded(value: unknown): Promise<LateRendering> {
  const rig = rigWith();
  rig.runner.results.set("script", { ok: true, value });
  return (await rig.post(jsonRequest({ a: 1 }))) as LateRendering;
}

describe("what a hook's function gives", () => {
  it.each([
    {
      title: "text",
      value: "Hello *world*",
      body: "Received webhook: Hello *world*",
      formatted: "<p>Received webhook: Hello <em>world</em></p>",
    },
    { title: "nothing", value: undefined, body: "No content", formatted: "<p>No content</p>" },
    { title: "a number", value: 5, body: "No content", formatted: "<p>No content</p>" },
    {
      title: "version 2",
      value: { version: "v2", plain: "Hello **world**" },
      body: "Hello **world**",
      formatted: "<p>Hello <strong>world</strong></p>",
    },
    {
      title: "version 2 with HTML",
      value: { version: "v2", plain: "Hello", html: "<b>Hello</b>" },
      body: "Hello",
      formatted: "<b>Hello</b>",
    },
  ])("is the message: $title", async ({ value, body, formatted }) => {
    expect(onlyContent(await worded(value))).toEqual({
      msgtype: "m.notice",
      body,
      format: "org.matrix.custom.html",
      formatted_body: formatted,
      [dataKey]: { a: 1 },
    });
  });

  it("names its type, its previews, and whom it mentions", async () => {
    const rendered = await worded({
      version: "v2",
      plain: "x",
      msgtype: "m.text",
      mentions: { room: true, user_ids: ["@a:example.org", 1, "nobody"], other: 1 },
      hints: { showUrlPreviews: true },
    });

    expect(onlyContent(rendered)).toMatchObject({ msgtype: "m.text", "m.mentions": { room: true, user_ids: ["@a:example.org"] } });
    expect(onlyContent(rendered)["m.mentions"]).not.toHaveProperty("other");
    expect(rendered).toMatchObject({ messages: [{ showUrlPreviews: true }] });
  });

  it("may be that nothing is sent, with an answer for the sender", async () => {
    expect(await worded({ version: "v2", empty: true, webhookResponse: { body: "{}" } })).toMatchObject({
      kind: "ignored",
      reply: { status: 200, contentType: "application/json", body: "{}" },
    });
  });

  it.each([
    { response: { body: "a" }, reply: { status: 200, contentType: "application/json", body: "a" } },
    { response: { body: "a", contentType: "text/html", statusCode: 418 }, reply: { status: 418, contentType: "text/html", body: "a" } },
    { response: { body: "a", statusCode: 100 }, reply: { status: 200, contentType: "application/json", body: "a" } },
  ])("may answer the sender: $response", async ({ response, reply }) => {
    expect(await worded({ version: "v2", plain: "x", webhookResponse: response })).toMatchObject({ kind: "messages", reply });
  });

  it.each([
    { value: null },
    { value: {} },
    { value: [] },
    { value: { version: "v1", plain: "x" } },
    { value: { version: "v2" } },
    { value: { version: "v2", plain: 1 } },
    { value: { version: "v2", plain: "x", html: 1 } },
    { value: { version: "v2", plain: "x", msgtype: 1 } },
    { value: { version: "v2", plain: "x", empty: "yes" } },
    { value: { version: "v2", plain: "x", mentions: [] } },
    { value: { version: "v2", plain: "x", mentions: { room: "yes" } } },
    { value: { version: "v2", plain: "x", mentions: { user_ids: "@a:example.org" } } },
    { value: { version: "v2", plain: "x", hints: { showUrlPreviews: 1 } } },
    { value: { version: "v2", plain: "x", webhookResponse: "x" } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: 1 } } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: "x", statusCode: "201" } } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: "x", statusCode: 99 } } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: "x", statusCode: 600 } } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: "x", statusCode: 200.5 } } },
    { value: { version: "v2", plain: "x", webhookResponse: { body: "x", contentType: "a\r\nx: y" } } },
  ])("is a failure where it is $value", async ({ value }) => {
    const rendered = await worded(value);

    expect(onlyContent(rendered)).toMatchObject({ body: failure, formatted_body: `<p>${failure}</p>`, [dataKey]: { a: 1 } });
    expect(rendered).toMatchObject({ reply: failed });
  });
});

describe("a hook's function", () => {
  it("gets the payload, and never runs beside itself", async () => {
    const rig = rigWith();
    await rig.post(jsonRequest({ a: 1.5 }));

    expect(rig.runner.runs).toEqual([{ hookKey: routingKey, script: "script", data: { a: 1.5 } }]);
  });

  it("says that it failed, whatever it threw", async () => {
    const rendered = await rigWith().post(jsonRequest({ a: 1 }));

    expect(onlyContent(rendered)).toMatchObject({ body: failure });
    expect(rendered).toMatchObject({ reply: failed });
  });

  it("is not run where the configuration does not allow functions any more", async () => {
    const rig = new HookRig({}, hookConnection({ transformationFunction: "script" }));

    expect(await rig.post(jsonRequest({}))).toMatchObject({
      kind: "ignored",
      reason: expect.stringContaining("not allowed") as string,
      reply: failed,
    });
    expect(rig.runner.runs).toEqual([]);
  });

  it("speaks as the hook's own user", async () => {
    const rig = new HookRig(
      { allowJsTransformationFunctions: true, userIdPrefix: "_hook_" },
      hookConnection({ transformationFunction: "s" }),
    );
    rig.runner.results.set("s", { ok: true, value: "x" });

    expect(await rig.post(jsonRequest({}))).toMatchObject({ as: { userId: "@_hook_builds:example.org" } });
  });
});

describe("a function that goes over a limit", () => {
  const over = { ok: false, reason: "it took too long", isLimit: true } as const;
  const bodies = (rendered: unknown): readonly unknown[] =>
    (rendered as { readonly messages?: readonly { readonly content: { readonly body: string } }[] }).messages?.map(
      ({ content }) => content.body,
    ) ?? [];

  it("is paused by the third time in a row, and the room is told once", async () => {
    const rig = rigWith();
    rig.runner.results.set("script", over);

    expect(bodies(await rig.post(jsonRequest({})))).toEqual([failure]);
    expect(bodies(await rig.post(jsonRequest({})))).toEqual([failure]);
    expect(bodies(await rig.post(jsonRequest({})))).toEqual([
      failure,
      expect.stringMatching(/^The webhook \*\*builds\*\* is paused: .*`webhook resume builds`/),
    ]);
    expect(await rig.post(jsonRequest({}))).toMatchObject({
      kind: "ignored",
      reason: expect.stringContaining("paused") as string,
      reply: failed,
    });
    expect(rig.runner.runs).toHaveLength(3);
  });

  it("begins anew after a run within its limits", async () => {
    const rig = rigWith();
    for (const result of [over, over, { ok: true, value: "x" } as const, over, over]) {
      rig.runner.results.set("script", result);
      await rig.post(jsonRequest({}));
    }

    rig.runner.results.set("script", { ok: true, value: "x" });
    expect(await rig.post(jsonRequest({}))).toMatchObject({ kind: "messages" });
  });

  it("goes on once it is another one", async () => {
    const rig = rigWith();
    rig.runner.results.set("script", over).set("other", { ok: true, value: "x" });
    for (let turn = 0; turn < 4; turn += 1) await rig.post(jsonRequest({}));

    rig.context.connections.list[0] = hookConnection({ transformationFunction: "other" });

    expect(onlyContent(await rig.post(jsonRequest({})))).toMatchObject({ body: "Received webhook: x" });
  });
});

describe("a function that does not compile", () => {
  const brokenMessage = {
    msgtype: "m.text",
    body: 'Could not compile transformation function:\n\n```json\n\n{\n  "message": "unexpected <b>"\n}\n\n```',
    formatted_body: `<p>Could not compile transformation function:</p><p><pre><code class=\\"language-json\\">{\n  "message": "unexpected &lt;b&gt;"\n}</code></pre></p>`,
  };

  it("is told of when the state changes, and leaves the one before it in force", async () => {
    const rig = rigWith({ transformationFunction: "good" });
    rig.runner.results.set("good", { ok: true, value: "from the good one" });
    rig.runner.mistakes.set("broken", "unexpected <b>");
    const broken = hookConnection({ transformationFunction: "broken" });

    await rig.kind.changed?.(rig.connection, undefined, rig.context);
    await rig.kind.changed?.(broken, rig.connection.state, rig.context);
    rig.context.connections.list[0] = broken;

    expect(rig.context.rooms.deeds).toMatchObject([{ kind: "say", where: broken.roomId, what: { content: brokenMessage } }]);
    expect(onlyContent(await rig.post(jsonRequest({})))).toMatchObject({ body: "Received webhook: from the good one" });
    // Found again by the request, but told once.
    expect(rig.context.rooms.deeds).toHaveLength(1);
  });

  it("fails where there was none before it", async () => {
    const rig = rigWith({ transformationFunction: "broken" });
    rig.runner.mistakes.set("broken", "unexpected <b>");

    expect(onlyContent(await rig.post(jsonRequest({})))).toMatchObject({ body: failure });
    expect(rig.context.rooms.deeds).toHaveLength(1);
  });

  it("is not looked at again while it stays, nor where functions are not allowed", async () => {
    const broken = hookConnection({ transformationFunction: "broken" });
    for (const rig of [new HookRig({}, broken), rigWith({ transformationFunction: "broken" })]) {
      rig.runner.mistakes.set("broken", "unexpected");
      await rig.kind.changed?.(broken, rig.context.config.allowJsTransformationFunctions ? broken.state : undefined, rig.context);

      expect(rig.context.rooms.deeds).toEqual([]);
    }
  });
});
