import { describe, expect, it } from "vitest";
import { createMarkdownRenderer } from "../shared/markdown.js";
import { devinfoCardEvent, devinfoCardMessage, devinfoCardOf, type DevinfoCard, type EntityWords, type RoomCard } from "./devinfo-card.js";

const renderer = createMarkdownRenderer();

type Told = RoomCard["entities"][number];

const hello = { name: "hello", teller: "t" };
const play = { key: "PLAY-1", url: "https://tracker.example/browse/PLAY-1" };

function told(type: Told["type"], words?: Partial<EntityWords>, given: Partial<Told> = {}): Told {
  return { type, repository: 0, ...(words === undefined ? {} : { words: { label: "abc", ...words } }), ...given };
}

function textsOf(card: Partial<RoomCard>): { readonly body: string; readonly html: string } {
  const { content } = devinfoCardMessage({ repositories: [hello], entities: [told("commit", {})], issues: [play], ...card }, renderer);
  return { body: String(content["body"]), html: String(content["formatted_body"]) };
}

describe("a card of development information", () => {
  it("counts what is new, links its issues and lists it", () => {
    const entities = [
      told("commit", { label: "abc1234", url: "https://git.example/abc1234", title: "Fix it", author: "Ada" }),
      told("branch", { label: "feature", url: "https://git.example/feature" }),
      told("pull_request", { label: "#7", url: "https://git.example/7", title: "Fix it all", author: "Ada" }, { status: "MERGED" }),
      told("commit", { label: "def" }),
    ];

    expect(devinfoCardMessage({ repositories: [hello], entities, issues: [play, { ...play, key: "PLAY-2" }] }, renderer)).toEqual({
      type: "m.room.message",
      content: {
        msgtype: "m.notice",
        body: [
          "**hello**: 1 pull request, 1 branch, 2 commits on [PLAY-1](https://tracker.example/browse/PLAY-1), [PLAY-2](https://tracker.example/browse/PLAY-1)",
          "",
          "- [abc1234](https://git.example/abc1234) Fix it (Ada)",
          "- branch [feature](https://git.example/feature)",
          "- pull request [#7](https://git.example/7) merged: Fix it all (Ada)",
          "- def",
        ].join("\n"),
        format: "org.matrix.custom.html",
        formatted_body: [
          '<p><strong>hello</strong>: 1 pull request, 1 branch, 2 commits on <a href="https://tracker.example/browse/PLAY-1">PLAY-1</a>, <a href="https://tracker.example/browse/PLAY-1">PLAY-2</a></p>',
          "<ul>",
          '<li><a href="https://git.example/abc1234">abc1234</a> Fix it (Ada)</li>',
          '<li>branch <a href="https://git.example/feature">feature</a></li>',
          '<li>pull request <a href="https://git.example/7">#7</a> merged: Fix it all (Ada)</li>',
          "<li>def</li>",
          "</ul>",
        ].join("\n"),
        "m.mentions": {},
      },
    });
  });

  it("lists ten, and counts the rest and those that have no words", () => {
    const entities = [...Array.from({ length: 15 }, (_, index) => told("commit", { label: `c${index}` })), told("commit"), told("branch")];

    const { body } = textsOf({ entities });

    expect(body.split("\n").slice(2)).toHaveLength(11);
    expect(body).toContain("1 branch, 16 commits");
    expect(body.endsWith("\n- and 7 more")).toBe(true);
  });

  it("is one line where nothing has words", () => {
    expect(textsOf({ entities: [told("commit"), told("commit")] }).body).toBe(
      "**hello**: 2 commits on [PLAY-1](https://tracker.example/browse/PLAY-1)",
    );
  });

  it("names three repositories and five issues, and each line's repository where there are several", () => {
    const repositories = ["a", "b", "c", "d", "silent"].map((name) => ({ name, teller: name }));
    const entities = [0, 1, 2, 3].map((repository) => told("commit", { label: `c${repository}` }, { repository }));
    const issues = Array.from({ length: 7 }, (_, index) => ({ key: `PLAY-${index}`, url: "" }));

    const { body } = textsOf({ repositories, entities, issues });

    expect(body.split("\n")[0]).toBe("**a**, **b**, **c** and 1 more: 4 commits on PLAY-0, PLAY-1, PLAY-2, PLAY-3, PLAY-4 and 2 more");
    expect(body).toContain("\n- d: c3");
  });

  it.each([
    ["OPEN", "pull request abc open: x"],
    ["DECLINED", "pull request abc declined: x"],
    ["DRAFT", "pull request abc draft: x"],
    ["UNKNOWN", "pull request abc: x"],
  ] as const)("says of a pull request that it is %s", (status, line) => {
    expect(textsOf({ entities: [told("pull_request", { title: "x" }, { status })] }).body).toContain(`- ${line}`);
  });

  it.each(['<img src="x" onerror="x">', "**bold** [x](https://evil.example)", "a\n\n# b\n- c", "`code` &lt; _x_", "@room"])(
    "shows text from outside as it is: %j",
    (text) => {
      const entities = [
        told("pull_request", { label: text, title: text, author: text, url: "https://git.example/7" }),
        told("commit", { title: text }),
      ];

      const { html } = textsOf({
        repositories: [{ name: text, teller: "t" }],
        entities,
        issues: [{ key: text, url: "https://git.example/7" }],
      });

      expect(html.replace(/<\/?(?:p|strong|ul|li)>|<a href="https:\/\/git\.example\/7">|<\/a>/g, "")).not.toMatch(/[<>]/);
      expect(html.match(/<(?:p|ul|li|strong|a|em|code|h1)\b/g)).toEqual(["<p", "<strong", "<a", "<ul", "<li", "<a", "<li"]);
    },
  );

  it.each(["javascript:alert(1)", "data:text/html,x", "", "ftp://x.example/"])("links no address that is none: %j", (url) => {
    const { body, html } = textsOf({ entities: [told("commit", { url })], issues: [{ key: "PLAY-1", url }] });

    expect(html).not.toContain("<a");
    expect(body).not.toContain("](");
  });

  it("comes in an event of its own, and no other event brings one", () => {
    const card: DevinfoCard = { repositories: [], issueKeys: [], entities: [] };
    const event = devinfoCardEvent(card, ["key"]);

    expect(devinfoCardOf(event)).toBe(card);
    expect(event).toMatchObject({ name: "devinfo", routingKeys: ["key"] });
    expect(devinfoCardOf({ ...event, name: "issue_created" })).toBeUndefined();
  });
});
