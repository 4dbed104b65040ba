import { describe, expect, it } from "vitest";
import type { CommandArgument } from "../core/room-commands.js";
import { readArguments } from "./command-arguments.js";

const type: CommandArgument = { name: "type", required: true };
const title: CommandArgument = { name: "title", required: true, isText: true };
const description: CommandArgument = { name: "description", required: false };
const labels: CommandArgument = { name: "labels", required: false };
const create = [type, title, description, labels];
const search = [{ name: "text", required: true, isText: true } as const];

describe("prose before other arguments", () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ["Bug it's broken", { type: "Bug", title: "it's broken" }],
    ["Bug  it's   'n broken ", { type: "Bug", title: "it's   'n broken" }],
    ["Bug one line\nand another", { type: "Bug", title: "one line\nand another" }],
    [`Bug a="b c" is refused`, { type: "Bug", title: `a="b c" is refused` }],
    [`Bug 5" wide`, { type: "Bug", title: `5" wide` }],
    [`Bug "The title"`, { type: "Bug", title: "The title" }],
    [`Bug "The title" "The text" red,blue`, { type: "Bug", title: "The title", description: "The text", labels: "red,blue" }],
    [`Bug “The title” 'it's the text'`, { type: "Bug", title: "The title", description: "it's the text" }],
    [`Bug Broken "On Mondays"`, { type: "Bug", title: "Broken", description: "On Mondays" }],
    [`"User story" As a user`, { type: "User story", title: "As a user" }],
    [`Bug "The title" "" red`, { type: "Bug", title: "The title", labels: "red" }],
  ])("reads %j", (text, values) => {
    expect(readArguments(create, text)).toEqual({ values, isMissing: false, extra: undefined });
  });

  it.each(["", "  ", "Bug", `Bug ""`, `Bug " "`])("is missing in %j", (text) => {
    expect(readArguments(create, text).isMissing).toBe(true);
  });

  it("takes as typed what follows a quoted word, if nothing in it is quoted", () => {
    const twoTexts = [title, { ...description, isText: true } as const, labels];

    expect(readArguments(twoTexts, `"Title" all of this`).values).toEqual({ title: "Title", description: "all of this" });
  });
});

describe("prose at the end", () => {
  it.each([
    ["login broken", "login broken"],
    [`"login broken"`, "login broken"],
    [`"login" and "broken"`, `"login" and "broken"`],
    [`project = PLAY AND text ~ "a b"`, `project = PLAY AND text ~ "a b"`],
    [`text~"a b"`, `text~"a b"`],
    ["  a\n\n  b ", "a\n\n  b"],
  ])("is %j as typed", (typed, text) => {
    expect(readArguments(search, typed)).toEqual({ values: { text }, isMissing: false, extra: undefined });
  });
});

it("names the first word that no argument is left for", () => {
  expect(readArguments([type], "Bug two three").extra).toBe("two");
  expect(readArguments([], "please").extra).toBe("please");
  expect(readArguments([], " ").extra).toBeUndefined();
});
