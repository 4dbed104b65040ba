import { describe, expect, it } from "vitest";
import { HookRig, hookConnection, jsonRequest, hookRequest, onlyContent } from "../../../test/support/hook-rig.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createTemplates } from "./template.js";

const payload = { title: "a *b* <i>c</i>", url: "https://example.org/_x_", list: [{ n: 1 }, { n: 2 }], "@room": true, nothing: null };

async function worded(state: Readonly<Record<string, unknown>>, data: unknown = payload): Promise<Readonly<Record<string, unknown>>> {
  return onlyContent(await new HookRig({ includeHookBody: false }, hookConnection(state)).post(jsonRequest(data)));
}

describe("a hook's template", () => {
  it("words the message in Markdown, in which the payload's text is text", async () => {
    expect(await worded({ template: "**New:** {{ title }}{% for one in list %}\n- {{ one.n }}{% endfor %}" })).toEqual({
      msgtype: "m.notice",
      body: "**New:** a *b* <i>c</i>\n- 1\n- 2",
      format: "org.matrix.custom.html",
      formatted_body: "<p><strong>New:</strong> a *b* &lt;i&gt;c&lt;/i&gt;</p>\n<ul>\n<li>1</li>\n<li>2</li>\n</ul>",
      "m.mentions": {},
    });
  });

  it("may have HTML of its own, in which the payload's text is text, too", async () => {
    expect(await worded({ template: "{{ title }}", templateHtml: '<a title="{{ title }}">{{ title }}</a>' })).toMatchObject({
      body: "a *b* <i>c</i>",
      formatted_body: '<a title="a *b* &lt;i&gt;c&lt;/i&gt;">a *b* &lt;i&gt;c&lt;/i&gt;</a>',
    });
  });

  it("may let markup through where it says so", async () => {
    expect(await worded({ template: "{{ title | raw }}" })).toMatchObject({ formatted_body: "<p>a <em>b</em> &lt;i&gt;c&lt;/i&gt;</p>" });
  });

  it("names everything of the payload", async () => {
    expect(
      await worded({
        template: "{{ payload.list[1].n }} {{ nothing }}{{ missing.deep }}{{ list | size }} {{ payload.nothing | default: 'none' }}",
      }),
    ).toMatchObject({
      body: "2 2 none",
    });
    expect(await worded({ template: "{{ payload[0] }}" }, ["first"])).toMatchObject({ body: "first" });
    expect(await worded({ template: "{{ list }}" })).toMatchObject({ body: '[{"n":1},{"n":2}]' });
  });

  it("names the text of a payload that is text", async () => {
    const rig = new HookRig({}, hookConnection({ template: "said: {{ payload }}" }));

    expect(onlyContent(await rig.post(hookRequest("hello", "text/plain")))).toMatchObject({ body: "said: hello" });
  });

  it("finds nothing that is not the payload's own", async () => {
    const template = "[{{ constructor }}{{ __proto__ }}{{ payload.constructor.name }}{{ list.constructor }}{{ title.toString }}]";

    expect(await worded({ template })).toMatchObject({ body: "[]" });
  });

  it("that gives no text posts nothing", async () => {
    const rig = new HookRig({}, hookConnection({ template: "{% if wanted %}x{% endif %}" }));

    expect(await rig.post(jsonRequest({}))).toMatchObject({ kind: "ignored", reason: "its template gives no text" });
  });

  it.each([
    { title: "loops for long", template: "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}" },
    { title: "loops over more than there is", template: "{% for i in (1..100000000) %}x{% endfor %}" },
    {
      title: "doubles a text",
      template: "{% assign s = 'aaaaaaaaaa' %}{% for i in (1..30) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
    },
    { title: "has one filter after the other for long", template: `{% assign s = (1..40000) %}{{ s${" | sort_natural".repeat(500)} }}` },
  ])("that $title costs its own messages only, and is paused by the third time", async ({ template }) => {
    const rig = new HookRig({}, hookConnection({ template }));
    const kinds: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const rendered = await rig.post(jsonRequest({}));
      kinds.push(rendered.kind === "messages" ? String(rendered.messages.length) : rendered.kind);
    }

    expect(kinds).toEqual(["1", "1", "2", "ignored"]);
  });

  it("writes indented JSON of something nested deeply without its hundreds of megabytes of indentation", async () => {
    const nested: unknown = JSON.parse(`${"[".repeat(390)}${"0,".repeat(40_000)}0${"]".repeat(390)}`);
    const { body } = await worded({ template: "{{ payload | json: 10 | size }} {{ payload[0] | json: 2 | size }}" }, nested);

    expect(Math.max(...String(body).split(" ").map(Number))).toBeLessThan(500_000);
    expect(await worded({ template: "{{ list | json: 1 }}" })).toMatchObject({ body: JSON.stringify(payload.list, null, 1) });
  });

  it.each([
    {
      title: "a filter that works out an expression for each entry",
      template: "{{ list | where_exp: 'i', 'list contains i' | size }}",
      list: [1],
    },
    { title: "a payload with too many values", template: "{{ list | size }}", list: Array.from({ length: 60_000 }, () => 0) },
  ])("takes no $title", async ({ template, list }) => {
    expect(await worded({ template }, { list })).toMatchObject({ body: expect.stringContaining("failed to process") as unknown });
  });

  it("is stopped between its filters, too, when it had its time", () => {
    let nowMs = 0;
    const templates = createTemplates(createMarkdownRenderer(), { now: () => (nowMs += 20) });

    expect(templates.render("{{ 1 | plus: 1 }}", undefined, {})).toMatchObject({ ok: true });
    expect(templates.render("{{ 1 | plus: 1 | plus: 1 | plus: 1 }}", undefined, {})).toMatchObject({ ok: false, isLimit: true });
  });

  it("that fails otherwise says so and is not paused", async () => {
    const rig = new HookRig({}, hookConnection({ template: "{{ title | nosuchfilter }}" }));
    for (let turn = 0; turn < 4; turn += 1) {
      expect(onlyContent(await rig.post(jsonRequest({})))).toMatchObject({
        body: "Webhook received but failed to process via transformation function",
      });
    }
  });
});
