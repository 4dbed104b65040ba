import { describe, expect, it } from "vitest";
import { splitLikeHookshot, splitWords } from "./split-words.js";

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

describe("splitLikeHookshot", () => {
  it.each<[string, readonly string[]]>([
    [" jira project https://a/b", ["jira", "project", "https://a/b"]],
    [`webhook "two words" 'and more'`, ["webhook", "two words", "and more"]],
    ["it's broken", ["it", "s", "broken"]],
  ])("splits %j", (text, words) => {
    expect(splitLikeHookshot(text)).toEqual(words);
  });
});
