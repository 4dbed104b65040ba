import { describe, expect, it } from "vitest";
import { isAdf, toAdf } from "./jira-adf.js";
import { plainText, readText } from "./jira-texts.js";
import { readWiki } from "./jira-wiki.js";

describe("wiki markup reads as", () => {
  it.each([
    ["plain words, it's 3-4 a_b c*d", "plain words, it's 3-4 a_b c*d", []],
    ["*strong* and _soft_", "strong and soft", ["strong", "emphasis"]],
    ["\\*not strong\\* \\{code\\}", "*not strong* {code}", []],
    ["{code}x{code}", "x", ["macro", "macro"]],
    ["h1. Title", "Title", ["heading"]],
    ["a h1. b", "a h1. b", []],
    ["* one\n# two", "one\ntwo", ["list", "list"]],
    ["[text|https://evil.example]", "text", ["link"]],
    ["\\[~bob\\]", "[~bob]", []],
    ["!https://evil.example/x.png!", "", ["image"]],
    ["||a||", "a||", ["table"]],
    ["one\\\\two", "one\ntwo", []],
    ["C:&#92;temp &amp; &lt;b&gt; &#42;x&#42;", "C:\\temp & <b> *x*", []],
    ["fine :)", "fine ", ["smiley"]],
  ])("%j", (source, text, formatting) => {
    expect(readWiki(source)).toEqual({ text, mentions: [], formatting });
  });

  it.each([
    ["hello [~bob] and [~accountid:712020:x]", ["bob", "712020:x"]],
    ["\\[~bob] [\\~bob]", []],
  ])("%j with its mentions", (source, mentions) => {
    expect(readWiki(source).mentions).toEqual(mentions);
  });
});

describe("documents", () => {
  const paragraph = (...content: readonly unknown[]): object => ({ type: "paragraph", content });
  const doc = (...content: readonly unknown[]): object => ({ type: "doc", version: 1, content });

  it.each([
    ["a paragraph", doc(paragraph({ type: "text", text: "x" })), true],
    ["nothing", doc(), true],
    ["a mention", doc(paragraph({ type: "mention", attrs: { id: "a" } })), true],
    ["a list", doc({ type: "bulletList", content: [{ type: "listItem", content: [paragraph()] }] }), true],
    ["no version", { type: "doc", content: [] }, false],
    ["no content", { type: "doc", version: 1 }, false],
    ["an empty text", doc(paragraph({ type: "text", text: "" })), false],
    ["text outside of a paragraph", doc({ type: "text", text: "x" }), false],
    ["a mention of nobody", doc(paragraph({ type: "mention" })), false],
    ["an unknown node", doc({ type: "marquee" }), false],
    ["a document in a document", doc(doc()), false],
  ])("with %s", (_what, value, isRight) => {
    expect(isAdf(value)).toBe(isRight);
  });

  it("show what a reader sees, whom they mention, and what is more than text", () => {
    const strong = { type: "text", text: "bold", marks: [{ type: "strong" }] };
    const document = {
      type: "doc",
      version: 1,
      content: [paragraph({ type: "text", text: "[~bob] " }, strong), paragraph({ type: "mention", attrs: { id: "b" } })],
    };
    if (!isAdf(document)) throw new TypeError("not a document");

    expect(readText({ kind: "adf", document })).toEqual({ text: "[~bob] bold\n@b", mentions: ["b"], formatting: ["strong"] });
  });

  it("of plain text read as that text", () => {
    expect(readText({ kind: "adf", document: toAdf("one\n\ntwo") }).text).toBe("one\n\ntwo");
    expect(readText(plainText("[~bob] {code}", "server"))).toEqual({ text: "[~bob] {code}", mentions: [], formatting: [] });
  });
});
