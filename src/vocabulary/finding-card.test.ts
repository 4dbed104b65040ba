import { describe, expect, it } from "vitest";
import { createMarkdownRenderer } from "../shared/markdown.js";
import { findingCardEvent, findingCardMessage, findingCardOf, type CardIssue, type FindingCard } from "./finding-card.js";

const renderer = createMarkdownRenderer();

const card: FindingCard = {
  ...{ remoteUrl: "https://tracker.example", scanner: "trivy", project: "PLAY" },
  ...{ created: 1, updated: 0, reopened: 0, closed: 0, issues: [issue("PLAY-1")] },
};

function issue(key: string, given: Partial<CardIssue> = {}): CardIssue {
  return { what: "created", key, url: `https://tracker.example/browse/${key}`, title: `Title of ${key}`, ...given };
}

function textsOf(given: Partial<FindingCard>): { readonly body: string; readonly html: string } {
  const { content } = findingCardMessage({ ...card, ...given }, renderer);
  return { body: String(content["body"]), html: String(content["formatted_body"]) };
}

describe("a card", () => {
  it("counts what was done, and links the issues", () => {
    const issues = [issue("PLAY-1", { severity: "high" }), issue("PLAY-2", { what: "closed" })];

    expect(findingCardMessage({ ...card, closed: 1, failed: 3, issues }, renderer)).toEqual({
      type: "m.room.message",
      content: {
        msgtype: "m.notice",
        body: [
          "**trivy** in PLAY: 1 created, 1 closed, 3 failed",
          "",
          "- [PLAY-1](https://tracker.example/browse/PLAY-1) created: Title of PLAY-1 (high)",
          "- [PLAY-2](https://tracker.example/browse/PLAY-2) closed: Title of PLAY-2",
        ].join("\n"),
        format: "org.matrix.custom.html",
        formatted_body: [
          "<p><strong>trivy</strong> in PLAY: 1 created, 1 closed, 3 failed</p>",
          "<ul>",
          '<li><a href="https://tracker.example/browse/PLAY-1">PLAY-1</a> created: Title of PLAY-1 (high)</li>',
          '<li><a href="https://tracker.example/browse/PLAY-2">PLAY-2</a> closed: Title of PLAY-2</li>',
          "</ul>",
        ].join("\n"),
        "m.mentions": {},
      },
    });
  });

  it("lists ten issues and says how many more there are", () => {
    const issues = Array.from({ length: 15 }, (_, index) => issue(`PLAY-${index}`));

    const { body } = textsOf({ created: 20, reopened: 2, issues });

    expect(body.split("\n").slice(2)).toHaveLength(11);
    expect(body).toContain("20 created, 2 reopened\n");
    expect(body.endsWith("\n- and 12 more")).toBe(true);
  });

  it.each(['<img src="x" onerror="x">', "**bold** [x](https://evil.example)", "a\n\n# b\n- c", "`code` &lt; _x_", "javascript:alert(1)"])(
    "shows text from outside as it is: %j",
    (text) => {
      const issues = [issue("PLAY-1", { title: text, severity: text, key: text })];

      const { html } = textsOf({ scanner: text, project: text, issues });

      // Nothing but what every card has.
      expect(html.replace(/<\/?(?:p|strong|ul|li)>|<a href="https:\/\/tracker\.example\/browse\/PLAY-1">|<\/a>/g, "")).not.toMatch(/[<>]/);
      expect(html.match(/<(?:p|ul|li|strong|a)\b/g)).toEqual(["<p", "<strong", "<ul", "<li", "<a"]);
    },
  );

  it.each(["javascript:alert(1)", "", "https://x.example/) [y](https://evil.example", 'https://x.example/"onclick="x'])(
    "links no address that is none, and nothing besides one: %j",
    (url) => {
      const { html } = textsOf({ issues: [issue("PLAY-1", { url })] });

      expect(html).not.toContain("javascript:");
      expect(html.match(/href="[^"]*"/g)?.every((href) => href.startsWith('href="https://x.example/')) ?? true).toBe(true);
      expect(html).not.toMatch(/"\s*onclick/);
    },
  );

  it("cuts long texts, whole characters left", () => {
    const { body } = textsOf({ issues: [issue("PLAY-1", { title: `${"x".repeat(159)}😀` })] });

    expect(body).toContain(`${"x".repeat(159)}…`);
    expect(body).not.toMatch(/\p{Surrogate}/u);
  });

  it("comes in an event of its own, and no other event brings one", () => {
    const event = findingCardEvent(card, ["key"]);

    expect(findingCardOf(event)).toBe(card);
    expect(event.routingKeys).toEqual(["key"]);
    expect(findingCardOf({ ...event, name: "issue_created" })).toBeUndefined();
  });
});
