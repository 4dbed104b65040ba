import { describe, expect, it } from "vitest";
import { gitHubConfig } from "../../../test/support/github-events.js";
import { createServiceContext, type TestContext } from "../../../test/support/service-context.js";
import type { HttpClient, HttpResponse } from "../../core/ports/http-client.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import { ghostOf } from "./ghosts.js";
import { toComment } from "./room-comment.js";
import { createRoomText, spoken } from "./room-text.js";
import type { GitHubConfig } from "./schema.js";

const toRoomText = createRoomText();
const png = Buffer.from("not really a picture");

function answering(answer: Partial<HttpResponse>): HttpClient {
  return { request: async () => ({ status: 200, headers: { "content-type": "image/png" }, body: "", bytes: png, ...answer }) };
}

function contextWith(guarded?: HttpClient): TestContext<GitHubConfig> {
  return createServiceContext(gitHubConfig, guarded === undefined ? {} : { guarded });
}

describe("what somebody wrote at GitHub", () => {
  it.each([
    ["has its pictures taken to the homeserver", "![a cat](https://web.test/cat.png)"],
    ["has pictures taken that GitHub wrote as HTML", '<img width="3" alt="a cat" src="https://web.test/cat.png" />'],
  ])("%s", async (_what, source) => {
    const context = contextWith(answering({}));

    const { body, html } = await toRoomText(source, context);

    expect(body).toBe("![a cat](mxc://example.org/file0)");
    expect(html).toBe('<p><img src="mxc://example.org/file0" alt="a cat"></p>\n');
    expect(context.media.files.get("mxc://example.org/file0")).toEqual({ bytes: png, contentType: "image/png" });
  });

  it.each([
    ["cannot be had", undefined],
    ["is not there", answering({ status: 404 })],
    ["is no picture", answering({ headers: { "content-type": "image/svg+xml" } })],
  ])("links a picture that %s", async (_what, guarded) => {
    const { html } = await toRoomText("![a cat](https://web.test/cat.png)", contextWith(guarded));

    expect(html).toBe('<p><a href="https://web.test/cat.png">a cat</a></p>\n');
  });

  it.each([
    ["ask @ada-l, please", "ask [ada-l](https://matrix.to/#/@_github_ada-l:example.org), please"],
    ["(@ada)", "([ada](https://matrix.to/#/@_github_ada:example.org))"],
    ["@Ada", "[Ada](https://matrix.to/#/@_github_Ada:example.org)"],
    ["a@b.example, @octo/team, `@ada`, https://x.test/@ada", "a@b.example, @octo/team, `@ada`, https://x.test/@ada"],
    ["```\n@ada\n```", "```\n@ada\n```"],
    ["seen <!-- @ada: a template -->", "seen"],
  ])("has its mentions linked: %j", async (source, body) => {
    expect((await toRoomText(source, contextWith())).body).toBe(body);
  });

  it.each([
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    '![x" onerror="alert(1)](https://web.test/a.png)',
    '<img src="javascript:alert(1)">',
    "<b onclick=alert(1)>x</b>",
  ])("brings no HTML of its own: %j", async (source) => {
    const { html } = await toRoomText(source, contextWith());

    expect(html.replace(/<\/?(?:p|em|strong|code|pre)>|<a href="https:\/\/[^"<>]*">|<\/a>/g, "")).not.toMatch(/[<>]/);
  });

  it("is told with its author's name where there are no ghosts", () => {
    const { content } = spoken({ body: "Hi", html: "<p>Hi</p>" }, { login: "a<b" }, undefined);

    expect(content).toMatchObject({ body: "a<b: Hi", formatted_body: "<strong>a&lt;b</strong>: <p>Hi</p>" });
  });

  it("is told by a ghost that is called and looks like its author", () => {
    expect(ghostOf({ login: "ada", avatarUrl: "https://web.test/ada.png" }, contextWith())).toEqual({
      userId: "@_github_ada:example.org",
      displayName: "ada",
      avatarUrl: "https://web.test/ada.png",
    });
  });
});

describe("a message as a comment", () => {
  const eventOf = (content: Readonly<Record<string, unknown>>): MatrixEvent => ({
    ...{ type: "m.room.message", event_id: "$e", room_id: "!r", sender: "@a:b", origin_server_ts: 1 },
    content: { msgtype: "m.text", ...content },
  });

  it.each([
    ["Mend it", "Mend it"],
    ["@_github_ada:example.org: mend it", "@ada: mend it"],
    ["[ada](https://matrix.to/#/@_github_ada:example.org) mend it", "@ada mend it"],
    ["@_github_ada:example.organic", "@_github_ada:example.organic"],
    ["> <@x:y> quoted\n> more\n\nMend it", "Mend it"],
    ["> a quote of mine\n\nMend it", "> a quote of mine\n\nMend it"],
    ["   ", ""],
  ])("%j is %j", (body, comment) => {
    expect(toComment(eventOf({ body }), contextWith())).toBe(comment);
  });

  it.each([
    [{ msgtype: "m.emote", body: "waves" }, "*waves*"],
    [{ msgtype: "m.file", body: "a]b.txt", url: "mxc://s/f" }, "[a b.txt](https://media.example.org/_matrix/media/v3/download/s/f)"],
    [{ msgtype: "m.image", body: "a.png", file: { url: "mxc://s/f" } }, ""],
  ])("%j is %j", (content, comment) => {
    expect(toComment(eventOf(content), contextWith())).toBe(comment);
  });
});
