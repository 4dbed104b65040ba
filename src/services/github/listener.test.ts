import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import type { UserId } from "../../core/ids.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { RoomEventAnswer } from "../../core/room-listener.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { repositoryListener } from "./listener.js";
import type { GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";
const bot = "@bot:example.org";
const renderer = createMarkdownRenderer();
const issueKey = "uk.half-shot.matrix-hookshot.github.issue";
const pullKey = "uk.half-shot.matrix-hookshot.github.pull_request";
const repositoryKey = "uk.half-shot.matrix-hookshot.github.repo";

let setting: GitHubSetting;
let state: Readonly<Record<string, unknown>>;
let begun: boolean;
/** Who wrote the message that is answered or reacted to. */
let writer: UserId;

beforeEach(async () => {
  setting = await createGitHubSetting();
  state = {};
  begun = false;
  writer = bot;
});

afterEach(() => setting.gitHub.stop());

function eventOf(type: string, content: Readonly<Record<string, unknown>>): MatrixEvent {
  return { type, content, event_id: "$typed", room_id: "!room:example.org", sender: ada, origin_server_ts: 0 };
}

function message(body: string, more: object = {}): MatrixEvent {
  return eventOf("m.room.message", { msgtype: "m.text", body, ...more });
}

function reply(body: string, more: object = {}): MatrixEvent {
  return message(body, { "m.relates_to": { "m.in_reply_to": { event_id: "$ours" } }, ...more });
}

function react(key: string): MatrixEvent {
  return eventOf("m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: "$ours", key } });
}

function hears(event: MatrixEvent): boolean {
  return repositoryListener(setting.parts, renderer).hears(event, repositoryConnection("octo/hello", state));
}

async function handle(
  event: MatrixEvent,
  related?: Readonly<Record<string, unknown>>,
  context = setting.context,
): Promise<RoomEventAnswer> {
  const connection = repositoryConnection("octo/hello", state);
  const call = {
    ...{ event, connection },
    actor: ada,
    related: async () => (related === undefined ? undefined : { ...eventOf("m.room.message", related), sender: writer }),
    isOurs: (userId: string) => userId === bot,
    async begin() {
      expect(setting.gitHub.changes).toEqual([]);
      begun = true;
    },
  } as const;
  // `handle` is optional in the contract, and this listener has it.
  return repositoryListener(setting.parts, renderer).handle!(call, context);
}

describe("hotlinks", () => {
  beforeEach(async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil <the> *swing*", "octo");
    await setting.gitHub.createPull("octo/hello", "Grease it", "ada");
  });

  it("answer a message that names an issue, as a notice", async () => {
    const { isHandled, messages = [] } = await handle(message("look at #1 please"));

    expect(isHandled).toBe(true);
    expect(messages).toEqual([
      {
        type: "m.room.message",
        content: {
          msgtype: "m.notice",
          body: `Issue [#1](${setting.gitHub.url}/octo/hello/issues/1): Oil <the> *swing* (open)`,
          format: "org.matrix.custom.html",
          formatted_body: `Issue <a href="${setting.gitHub.url}/octo/hello/issues/1">#1</a>: Oil &lt;the&gt; *swing* (open)`,
          "m.mentions": {},
        },
      },
    ]);
  });

  it("tell pull requests apart, and link to the issue's room where that is wanted", async () => {
    state = { showIssueRoomLink: true };

    expect((await handle(message("#2"))).messages?.[0]?.content["body"]).toBe(
      `Pull Request [#2](${setting.gitHub.url}/octo/hello/pull/2): Grease it (open) [Issue Room](https://matrix.to/#/#github_octo_hello_2:example.org)`,
    );
  });

  it("only read as the App: nobody has to be logged in", async () => {
    await handle(message("#1"));

    expect(setting.gitHub.requests.at(-1)).toMatchObject({ name: "GET /repos/octo/hello/issues/1" });
    expect(setting.gitHub.requests.at(-1)?.authorization).toMatch(/^token ghs_/);
  });

  it.each([
    ["the first of several", "see #2 and #1", 2],
    ["on its own line", "well\n#1\nyes", 1],
    ["in an emote", "#1", 1],
    ["beside code", "`x` #1 ```y```", 1],
  ])("find the number: %s", async (_title, body, number) => {
    const { messages } = await handle(message(body, _title === "in an emote" ? { msgtype: "m.emote" } : {}));

    expect(messages?.[0]?.content["body"]).toContain(`[#${number}]`);
  });

  it.each(["#1.", "a#1", "(#1)", "# 1", "issue 1", "`#1`", "```\n#1\n```", "> #1", "  > #1 and more", "no number"])(
    "find none in %j",
    async (body) => {
      expect(await handle(message(body))).toEqual({ isHandled: false });
      expect(setting.gitHub.requests).toEqual([]);
    },
  );

  it.each([
    ["an edit", message("* #1", { "m.relates_to": { rel_type: "m.replace", event_id: "$x" } })],
    ["a notice", message("#1", { msgtype: "m.notice" })],
    ["what is no message", eventOf("m.sticker", { body: "#1" })],
    ["a body that is no text", eventOf("m.room.message", { msgtype: "m.text", body: 1 })],
  ])("do not look at %s", async (_title, event) => {
    expect(hears(event)).toBe(false);
    expect(await handle(event)).toEqual({ isHandled: false });
  });

  it.each<{
    readonly title: string;
    room?: unknown;
    config?: NonNullable<GitHubConfig["defaultOptions"]>["hotlinkIssues"];
    body: string;
    found: boolean;
  }>([
    { title: "a room's own prefix, taken as it stands", room: { prefix: "(.*)-" }, body: "(.*)-1", found: true },
    { title: "nothing else beside it", room: { prefix: "(.*)-" }, body: "x-1", found: false },
    { title: "off in the room", room: false, body: "#1", found: false },
    { title: "on in the room goes before off in the configuration", room: true, config: false, body: "#1", found: true },
    { title: "off in the configuration", config: false, body: "#1", found: false },
    { title: "the configuration's prefix", config: { prefix: "hello-" }, body: "hello-1", found: true },
    {
      title: "the room's prefix goes before the configuration's",
      room: { prefix: "!" },
      config: { prefix: "#" },
      body: "#1",
      found: false,
    },
    { title: "an empty prefix", room: { prefix: "" }, body: "1", found: true },
    { title: "null means nothing", room: null, body: "#1", found: true },
  ])("follow the settings: $title", async ({ room, config, body, found }) => {
    state = room === undefined ? {} : { hotlinkIssues: room };
    const context =
      config === undefined
        ? setting.context
        : { ...setting.context, config: { ...setting.config, defaultOptions: { hotlinkIssues: config } } };

    const answer = await handle(message(body), undefined, context);

    expect(answer.isHandled).toBe(found);
    if (found) expect(hears(message(body))).toBe(true);
  });

  it("leave it to other connections where there is no such issue, or no App", async () => {
    expect(await handle(message("#9"))).toEqual({ isHandled: false });
    expect(await handle(message("#1"), undefined, { ...setting.context, http: deadHttpClient, config: { ...setting.config } })).toEqual({
      isHandled: false,
    });
  });

  it("carry keys where GitHub says which repository it is", async () => {
    const http = {
      request: async (request: Parameters<typeof setting.context.http.request>[0]) => {
        const response = await setting.context.http.request(request);
        if (!request.url.endsWith("/issues/1")) return response;
        const repository = {
          id: 7,
          name: "hello",
          full_name: "octo/hello",
          html_url: "https://x.org/octo/hello",
          owner: { login: "octo" },
        };
        const body = JSON.stringify({ ...(JSON.parse(response.body) as object), repository });
        return { ...response, body, bytes: Buffer.from(body) };
      },
    };

    const { messages } = await handle(message("#1"), undefined, { ...setting.context, http, config: { ...setting.config } });

    expect(messages?.[0]?.content).toMatchObject({
      external_url: `${setting.gitHub.url}/octo/hello/issues/1`,
      [repositoryKey]: { id: 7, name: "octo/hello", url: "https://x.org/octo/hello" },
      [issueKey]: { number: 1, title: "Oil <the> *swing*" },
    });
  });

  it("judge long nonsense quickly", () => {
    const began = performance.now();

    for (const body of ["`".repeat(60_000) + "1", "> ".repeat(30_000) + "1", " ".repeat(60_000) + "1x", "```".repeat(20_000) + "1"])
      hears(message(body));
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe("reactions", () => {
  const about = { [repositoryKey]: { name: "Octo/Hello" }, [issueKey]: { number: 1 } };

  beforeEach(async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "octo");
    setting.logIn(ada, "ada");
  });

  it.each([
    ["👍", "+1"],
    ["👍🏽", "+1"],
    ["👎", "-1"],
    ["😄", "laugh"],
    ["🎉", "hooray"],
    ["😕", "confused"],
    ["❤️", "heart"],
    ["❤", "heart"],
    ["🚀", "rocket"],
    ["👀", "eyes"],
  ])("%s becomes %s at GitHub, as the person", async (key, content) => {
    expect(hears(react(key))).toBe(true);

    expect(await handle(react(key), about)).toEqual({ isHandled: true });

    expect(setting.gitHub.issue("octo/hello", 1).reactions).toEqual([{ content, by: "ada" }]);
    expect(begun).toBe(true);
  });

  it.each(["🗑️", "🚮"])("%s closes the issue", async (key) => {
    expect(await handle(react(key), about)).toEqual({ isHandled: true });

    expect(setting.gitHub.issue("octo/hello", 1).state).toBe("closed");
  });

  it("👐 opens the issue again", async () => {
    await setting.gitHub.setState("octo/hello", 1, "closed", "octo");

    await handle(react("👐"), about);

    expect(setting.gitHub.issue("octo/hello", 1).state).toBe("open");
  });

  it("mean nothing below what others wrote, whatever it carries", async () => {
    writer = "@eve:example.org";

    expect(await handle(react("🚮"), about)).toEqual({ isHandled: false });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it.each([
    ["another emoji", react("🍕"), about],
    ["another kind of relation", eventOf("m.reaction", { "m.relates_to": { rel_type: "m.thread", event_id: "$ours", key: "👍" } }), about],
    ["a message about nothing", react("👍"), {}],
    ["a message about another repository", react("👍"), { ...about, [repositoryKey]: { name: "octo/other" } }],
    ["keys that hold something else", react("👍"), { [repositoryKey]: "octo/hello", [issueKey]: { number: "1" } }],
    ["a message that is not to be seen", react("👍"), undefined],
  ])("mean nothing: %s", async (_title, event, related) => {
    expect(await handle(event, related)).toEqual({ isHandled: false });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("mean nothing of people who are not logged in", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    expect(await handle(react("🚮"), about)).toEqual({ isHandled: false });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("tell the person when GitHub refuses", async () => {
    setting.gitHub.failWith({ kind: "status", status: 403, message: "Must have admin rights to Repository." });

    await expect(handle(react("🚮"), about)).rejects.toThrow("forbids this (403). Must have admin rights to Repository.");
    expect(begun).toBe(true);
  });
});

describe("reviews by reply", () => {
  const threaded = { rel_type: "m.thread", event_id: "$ours", is_falling_back: true, "m.in_reply_to": { event_id: "$ours" } };
  const about = { [repositoryKey]: { name: "octo/hello" }, [pullKey]: { number: 1 }, [issueKey]: { number: 1 } };

  beforeEach(async () => {
    await setting.gitHub.createPull("octo/hello", "Oil", "octo");
    setting.logIn(ada, "ada");
  });

  it.each([
    ["✅", "APPROVE", ""],
    ["✔️ well done", "APPROVE", "well done"],
    ["☑ fine", "APPROVE", "fine"],
    ["🔴 too much\n\noil", "REQUEST_CHANGES", "too much\n\noil"],
    ["🚫 no", "REQUEST_CHANGES", "no"],
    ["⛔️ no", "REQUEST_CHANGES", "no"],
    ["> <@bot:example.org> opened a new PR\n\n✅ nice", "APPROVE", "nice"],
  ])("%j reviews as the person", async (body, event, text) => {
    expect(hears(reply(body))).toBe(true);

    expect(await handle(reply(body), about)).toEqual({ isHandled: true });

    expect(setting.gitHub.issue("octo/hello", 1).pull?.reviews).toMatchObject([{ event, body: text, author: { login: "ada" } }]);
    expect(begun).toBe(true);
  });

  it("work below messages that only carry an issue and a pull request's address", async () => {
    const merged = { ...about, [pullKey]: undefined, external_url: "https://github.com/octo/hello/pull/1" };

    expect(await handle(reply("✅"), merged)).toEqual({ isHandled: true });
  });

  it.each([
    ["words", reply("looks good"), about],
    ["a mark within the text", reply("so ✅"), about],
    ["a mark that goes on as a word", reply("✅nice"), about],
    ["no reply", message("✅"), about],
    ["an edit of a reply", reply("* ✅", { "m.relates_to": { rel_type: "m.replace", "m.in_reply_to": { event_id: "$ours" } } }), about],
    ["a message in a thread", message("✅", { "m.relates_to": threaded }), about],
    ["a reply about an issue", reply("✅"), { ...about, [pullKey]: undefined, external_url: "https://github.com/octo/hello/issues/1" }],
    ["a reply about another repository", reply("✅"), { ...about, [repositoryKey]: { name: "octo/other" } }],
  ])("are not meant by %s", async (_title, event, related) => {
    expect(await handle(event, related)).toEqual({ isHandled: false });
    expect(setting.gitHub.changes).toEqual([]);
  });

  it("are not meant below what others wrote", async () => {
    writer = "@eve:example.org";

    expect(await handle(reply("✅"), about)).toEqual({ isHandled: false });
  });

  it("tell of a failure in Hookshot's words, with what GitHub says", async () => {
    const { isHandled, messages } = await handle(reply("🔴"), about);

    expect(isHandled).toBe(true);
    expect(messages).toMatchObject([
      { type: "m.reaction", content: { "m.relates_to": { event_id: "$typed", key: "⛔" } } },
      { content: { msgtype: "m.notice", body: expect.stringMatching(/^Failed to submit review: .*Body is missing/) as unknown } },
    ]);
  });

  it("tell who is not logged in what to do", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    const { messages } = await handle(reply("✅"), about);

    expect(messages?.[1]?.content["body"]).toContain("Failed to submit review: You are not logged in. Make a personal access token");
  });
});
