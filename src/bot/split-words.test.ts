import { describe, expect, it } from "vitest";
import { readWords, splitLikeHookshot, splitWords } from "./split-words.js";

describe("splitWords", () => {
  it.each<[string, readonly string[]]>([
    ["", []],
    ["  !connect   jira\tPLAY \n", ["!connect", "jira", "PLAY"]],
    [`webhook "two words" 'and more'`, ["webhook", "two words", "and more"]],
    ["webhook “two words”", ["webhook", "two words"]],
    ["it's broken", ["it's", "broken"]],
    ["'it's broken'", ["it's broken"]],
    ["rock 'n roll", ["rock", "'n", "roll"]],
    [`label="two words" a=b`, ["label=two words", "a=b"]],
    [`say "" twice`, ["say", "", "twice"]],
    [`5" wide`, [`5"`, "wide"]],
    [`"open`, [`"open`]],
  ])("splits %j", (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });
});

describe("splitWords with quotes after colons, too", () => {
  it.each<[string, readonly string[]]>([
    [`!connect jira:"SD Elements" PLAY`, ["!connect", "jira:SD Elements", "PLAY"]],
    [`!connect jira:“SD Elements” PLAY`, ["!connect", "jira:SD Elements", "PLAY"]],
    [`!connect "jira:SD Elements" PLAY events="a b"`, ["!connect", "jira:SD Elements", "PLAY", "events=a b"]],
    [`!connect jira:'it's' PLAY`, ["!connect", "jira:it's", "PLAY"]],
    [`!connect jira:"SD Elements PLAY`, ["!connect", `jira:"SD`, "Elements", "PLAY"]],
    [`:"a b"`, [":a b"]],
  ])("splits %j", (text, words) => {
    expect(splitWords(text, "=:")).toEqual(words);
  });
});

describe("readWords", () => {
  it("says which words are quoted, and where they begin", () => {
    expect(readWords(` "two words" a="b c" it's`)).toEqual([
      { value: "two words", isQuoted: true, start: 1 },
      { value: "a=b c", isQuoted: false, start: 13 },
      { value: "it's", isQuoted: false, start: 21 },
    ]);
  });

  it("does not search a long text again for each quote that nothing closes", () => {
    const typed = "'a ".repeat(20_000);
    const began = performance.now();

    expect(readWords(typed)).toHaveLength(20_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe("splitLikeHookshot", () => {
  it.each<[string, readonly string[]]>([
    [" jira project https://a/b", ["jira", "project", "https://a/b"]],
    [`webhook "two words" 'and more'`, ["webhook", "two words", "and more"]],
    ["it's broken", ["it", "s", "broken"]],
  ])("splits %j", (text, words) => {
    expect(splitLikeHookshot(text)).toEqual(words);
  });
});
