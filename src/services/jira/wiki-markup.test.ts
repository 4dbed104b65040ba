import { describe, expect, it } from "vitest";
import { readWiki } from "../../../test/support/jira-wiki.js";
import { toWikiMarkup, wikiToText } from "./wiki-markup.js";

describe("a person's text as wiki markup", () => {
  it.each([
    ["*bold* _em_ -del- +ins+ ^sup^ ~sub~ ??cite??", "\\*bold\\* \\_em\\_ \\-del\\- \\+ins\\+ \\^sup\\^ \\~sub\\~ \\?\\?cite\\?\\?"],
    ["{code}x{code} {{mono}}", "\\{code\\}x\\{code\\} \\{\\{mono\\}\\}"],
    ["[text|https] !image.png!", "\\[text\\|https\\] \\!image.png\\!"],
    ["||head|| |cell|", "\\|\\|head\\|\\| \\|cell\\|"],
    ["h1. Title", "h1\\. Title"],
    ["one\n  H3. Title\nbq. quote", "one\n  H3\\. Title\nbq\\. quote"],
    ["# one\n* two\n- three\n----", "\\# one\n\\* two\n\\- three\n\\-\\-\\-\\-"],
    [":) :( :D :P ;) (!) (on) (*r)", ":\\) :\\( \\:D \\:P ;\\) \\(\\!\\) \\(on\\) \\(\\*r\\)"],
    ["C:\\temp\\*", "C:&#92;temp&#92;\\*"],
    ["a \\\\ b", "a &#92;&#92; b"],
    ["&lt; &#42; & co; AT&T", "&amp;lt; &amp;\\#42; & co; AT&T"],
    ["it's 50% = 5 < 6 > @room $x", "it's 50% = 5 < 6 > @room $x"],
    ["PLAY-12 and snake_case, not -this- or _that_", "PLAY-12 and snake_case, not \\-this\\- or \\_that\\_"],
    ["see https://example.org/a_b-c?d=e#f.", "see https://example.org/a_b-c?d=e#f."],
    ["https://example.org/{color:red}*x*", "https://example.org/\\{color:red\\}\\*x\\*"],
    ["one\r\ntwo\u0000", "one\ntwo"],
  ])("escapes %j", (typed, expected) => {
    expect(toWikiMarkup(typed)).toBe(expected);
  });

  it.each([
    ["[~ada] please", "[~ada] please"],
    ["[~ada.example@example.org]", "[~ada.example@example.org]"],
    ["\\[~ada\\]", "&#92;\\[\\~ada&#92;\\]"],
    ["[~ada|x] [~] [~a b] [~accountid:1]", "\\[\\~ada\\|x\\] \\[\\~\\] \\[\\~a b\\] \\[\\~accountid:1\\]"],
    ["@ada ~ada", "@ada \\~ada"],
  ])("mentions only where typed so: %j", (typed, expected) => {
    expect(toWikiMarkup(typed)).toBe(expected);
  });

  const signs = [
    "*",
    "_",
    "-",
    "+",
    "^",
    "~",
    "?",
    "{",
    "}",
    "[",
    "]",
    "|",
    "!",
    "#",
    "\\",
    "(",
    ")",
    ":",
    ";",
    "&",
    "/",
    "h1. ",
    "bq. ",
    "\n",
  ];
  const pairs = signs.flatMap((first) => signs.flatMap((second) => [`${first}${second}a b${second}${first}`, `x${first}y ${second}z`]));

  it("shows exactly what was typed, whatever signs meet", () => {
    const wrong = pairs.filter((typed) => {
      const shown = readWiki(toWikiMarkup(typed));
      return shown.text !== typed || shown.formatting.length > 0 || shown.mentions.length > 0;
    });

    expect(wrong).toEqual([]);
  });

  it("reads as what was typed", () => {
    expect(pairs.filter((typed) => wikiToText(toWikiMarkup(typed)) !== typed.trim())).toEqual([]);
  });
});

describe("wiki markup as text", () => {
  it.each([
    ["h1. As *it* is\r\n{code}x{code}", "h1. As *it* is\n{code}x{code}"],
    ["one\\\\two", "one\\\\two"],
    [null, ""],
    [undefined, ""],
    [{ type: "doc" }, ""],
  ])("of %j", (markup, expected) => {
    expect(wikiToText(markup)).toBe(expected);
  });
});
