import { describe, expect, it } from "vitest";
import { adfToText, toAdf } from "./adf.js";

function text(words: string): object {
  return { type: "text", text: words };
}

function document(...paragraphs: readonly (readonly object[])[]): object {
  return { type: "doc", version: 1, content: paragraphs.map((content) => ({ type: "paragraph", content })) };
}

describe("a person's text as a document of Jira Cloud", () => {
  it.each([
    ["it's *broken* {code} [a|b] @ada :) <b>", document([text("it's *broken* {code} [a|b] @ada :) <b>")])],
    ["one\ntwo", document([text("one"), { type: "hardBreak" }, text("two")])],
    ["one\r\ntwo\rthree", document([text("one"), { type: "hardBreak" }, text("two"), { type: "hardBreak" }, text("three")])],
    ["one\n\n \ntwo", document([text("one")], [text("two")])],
    ["a\u0000b\u0007\ud800c", document([text("ab\uFFFDc")])],
    ["", document()],
    [" \n ", document()],
  ])("is text, with its line breaks: %j", (typed, expected) => {
    expect(toAdf(typed)).toEqual(expected);
  });

  it("mentions whom it is typed to, as Jira writes that, and nobody else", () => {
    const typed = "[~accountid:5b10a2844c20165700ede21g] see [~accountid:712020:0a-b] [~ada] [~accountid:] @ada";

    expect(toAdf(typed)).toEqual(
      document([
        { type: "mention", attrs: { id: "5b10a2844c20165700ede21g" } },
        text(" see "),
        { type: "mention", attrs: { id: "712020:0a-b" } },
        text(" [~ada] [~accountid:] @ada"),
      ]),
    );
  });

  it.each(["one", "one\ntwo", "one\n\ntwo\nthree", "a [b|c] *d*"])("reads as what was typed: %j", (typed) => {
    expect(adfToText(toAdf(typed))).toBe(typed);
  });
});

describe("a document as text", () => {
  it("keeps what lists, code, tables and cards say", () => {
    const node = (type: string, ...content: readonly object[]): object => ({ type, content });
    const item = (words: string): object => node("listItem", node("paragraph", text(words)));
    const inline = (type: string, attrs: object): object => ({ type, attrs });
    const parts = [
      node("heading", text("Title")),
      node("bulletList", item("first"), item("second")),
      node("codeBlock", text("let x;")),
      node("table", node("tableRow", node("tableCell", text("a")), node("tableCell", text("b")))),
      node(
        "paragraph",
        inline("mention", { id: "1", text: "@Ada" }),
        text(" "),
        inline("emoji", { shortName: ":smile:" }),
        text(" "),
        inline("inlineCard", { url: "https://example.org/" }),
        text(" "),
        inline("date", { timestamp: "1767225600000" }),
      ),
      node("panel", node("paragraph", text("within"))),
    ];

    expect(adfToText({ type: "doc", version: 1, content: parts })).toBe(
      "Title\n\n- first\n- second\n\nlet x;\n\na\tb\n\n@Ada :smile: https://example.org/ 2026-01-01\n\nwithin",
    );
  });

  it.each([undefined, null, 1, "text", [], {}, { type: "doc" }, { type: "doc", content: {} }, { type: "text", text: 1 }])(
    "is empty for %j",
    (value) => {
      expect(adfToText(value)).toBe("");
    },
  );

  it("survives a document made to be deep", () => {
    let deep: object = text("bottom");
    for (let depth = 0; depth < 100_000; depth += 1) deep = { type: "panel", content: [deep] };

    expect(adfToText({ type: "doc", content: [text("top"), deep] })).toBe("top");
  });
});
