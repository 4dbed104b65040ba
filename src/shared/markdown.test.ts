import { describe, expect, it } from "vitest";
import { createMarkdownRenderer, joinMarkdown, markdown, markdownCode, markdownLink } from "./markdown.js";

const renderer = createMarkdownRenderer();

describe("markdown", () => {
  it("leaves outside text as it is in the text, and makes it mean nothing in the source", () => {
    const name = "*Ada* [x](https://example.org)";

    const message = markdown`**hello** ${name}`;

    expect(message.text).toBe("**hello** *Ada* [x](https://example.org)");
    expect(renderer.inline(message)).toBe("<strong>hello</strong> *Ada* [x](https://example.org)");
  });

  it("takes in Markdown of ours without escaping it again", () => {
    const inner = markdown`**${"a*b"}**`;

    const outer = markdown`see ${inner}!`;

    expect(renderer.inline(outer)).toBe("see <strong>a*b</strong>!");
  });

  it.each([
    { title: "a heading", text: "# one" },
    { title: "a quote", text: "> one" },
    { title: "a list", text: "- one" },
    { title: "another list", text: "+ one" },
    { title: "a numbered list", text: "1. one" },
    { title: "another numbered list", text: "1) one" },
    { title: "indented code", text: "    one" },
    { title: "fenced code", text: "~~~ one" },
    { title: "a rule", text: "***" },
    { title: "a definition", text: "[one]: https://example.org" },
    { title: "HTML", text: "<b>one</b>" },
    { title: "an automatic link", text: "<https://example.org>" },
    { title: "an entity", text: "&lt;" },
  ])("does not let outside text begin $title", ({ text }) => {
    const html = renderer.block(markdown`${text}`);

    expect(html.replace(/^<p>|<\/p>\n$/g, "")).not.toMatch(/<[^>]*>/);
    expect(decode(html)).toContain(text.trim());
  });

  it("keeps line breaks of outside text without letting them end a line of ours", () => {
    const html = renderer.block(markdown` - ${"one\n - two\r\n\nthree"}`);

    expect(html).toBe("<ul>\n<li>one\n - two\r\n\nthree</li>\n</ul>\n");
  });

  it("keeps emphasis around text with white space at its edges", () => {
    expect(renderer.inline(markdown`**${" a\u00a0"}** b`)).toBe("<strong> a </strong> b");
  });

  it("replaces half a surrogate pair, which no homeserver takes", () => {
    const message = markdown`${"a\ud83d b"}`;

    expect(message).toMatchObject({ text: "a\uFFFD b", source: "a\uFFFD b" });
  });

  it.each([
    "plain",
    `<b>"it's" & more</b>`,
    "*a* _b_ `c` [d](e) ![f](g) \\ ~~h~~ **",
    "# one",
    "&lt; &#60; &amp;",
    " edges ",
    "two\nlines",
    "tab\tand\u0000nul",
    "javascript:alert(1) https://example.org/?a=1&b=2",
    "  ",
    "",
    "日本 😀 \u202e",
    "double  spaces",
  ])("says without parsing what parsing says, for %j", (text) => {
    const lead = markdown`${text} made ${markdownLink(text, "https://example.org/browse/PLAY-1")}: "${text}"`;
    const message = joinMarkdown([lead, markdown`${text}`, markdown`and ${text}`], ", ");

    expect(renderer.inline(message)).toBe(renderer.inline({ text: message.text, source: message.source }));
  });

  it("cuts text that no event could hold, and not within a character", () => {
    const { text } = markdown`${`a${"😀".repeat(20_000)}`}`;

    expect(text).toHaveLength(32_768);
    expect(text.endsWith("😀…")).toBe(true);
  });

  it("takes no longer for long runs of white space", () => {
    const { source } = markdown`${`a${" ".repeat(30_000)}b`}`;

    expect(source).toHaveLength(30_002);
  });
});

describe("markdownLink", () => {
  it("shows label and address", () => {
    const link = markdownLink("PLAY-1", "https://example.org/browse/PLAY-1");

    expect(link.text).toBe("[PLAY-1](https://example.org/browse/PLAY-1)");
    expect(renderer.inline(link)).toBe('<a href="https://example.org/browse/PLAY-1">PLAY-1</a>');
  });

  it("does not let the label end the link", () => {
    expect(renderer.inline(markdownLink("a](https://evil.example.org)", "https://example.org"))).toBe(
      '<a href="https://example.org">a](https://evil.example.org)</a>',
    );
  });

  it.each([
    ["https://example.org/a(b)c", "https://example.org/a%28b%29c"],
    ["https://example.org/a b\\c", "https://example.org/a%20b%5Cc"],
    ["https://example.org/?a=1&lt;=2", "https://example.org/?a=1&amp;lt;=2"],
    ['https://example.org/?q="onload="x', "https://example.org/?q=%22onload=%22x"],
  ])("does not let the address %s end the link", (url, href) => {
    expect(renderer.inline(markdownLink("label", url))).toBe(`<a href="${href}">label</a>`);
  });
});

describe("markdownCode", () => {
  it.each([
    ["main", "`main`", "<code>main</code>"],
    ["a*b_c <d> &amp;", "`a*b_c <d> &amp;`", "<code>a*b_c &lt;d&gt; &amp;amp;</code>"],
    ["a`b``c", "`a`b``c`", "<code>a`b``c</code>"],
    ["`", "```", "<code>`</code>"],
    ["` `", "`` ``", "<code>` `</code>"],
    [" a ", "` a `", "<code> a </code>"],
    ["a\n\n# b", "`a  # b`", "<code>a  # b</code>"],
    ["\\", "`\\`", "<code>\\</code>"],
    ["a\ud83d", "`a\uFFFD`", "<code>a\uFFFD</code>"],
  ])("holds %j, whatever stands in it", (value, text, html) => {
    const code = markdownCode(value);

    expect(code.text).toBe(text);
    expect(renderer.inline(markdown`on ${code} now`)).toBe(`on ${html} now`);
  });

  it.each(["", "  ", "\n"])("is no span for %j", (value) => {
    expect(renderer.inline(markdown`on ${markdownCode(value)}.`)).not.toContain("code");
  });
});

describe("joinMarkdown", () => {
  it("puts the separator between the parts in both forms", () => {
    const { text, source } = joinMarkdown([markdown`${"a*"}`, markdown`${"b"}`], "\n - ");

    expect({ text, source }).toEqual({ text: "a*\n - b", source: "a\\*\n - b" });
  });
});

function decode(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}
