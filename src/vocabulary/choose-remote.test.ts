import { describe, expect, it } from "vitest";
import { kindAndId, remotesCalled, remoteWords, wordToChoose, type ChoosableRemote } from "./choose-remote.js";

const instance: ChoosableRemote = { kind: "instance", name: "main" };
const main: ChoosableRemote = { kind: "connector", id: 1, name: "main" };
const upper: ChoosableRemote = { kind: "connector", id: 2, name: "Main" };
const blank: ChoosableRemote = { kind: "connector", id: 3, name: "SD Elements" };
const scanner: ChoosableRemote = { kind: "ticketing", id: 1, name: "main" };
const git: ChoosableRemote = { kind: "integration", id: 7, name: "octo" };
const twin: ChoosableRemote = { kind: "integration", id: 8, name: "octo" };
const odd: ChoosableRemote = { kind: "connector", id: 4, name: 'the "best"' };
const slashed: ChoosableRemote = { kind: "connector", id: 5, name: "connector/main" };
const numbered: ChoosableRemote = { kind: "connector", id: 6, name: "#2" };
const all = [instance, main, upper, blank, scanner, git, twin, odd, slashed, numbered];

describe("a typed name", () => {
  it.each<{ typed: string; means: readonly ChoosableRemote[] }>([
    { typed: "main", means: [instance, main, scanner] },
    { typed: "Main", means: [upper] },
    { typed: "MAIN", means: [instance, main, upper, scanner] },
    { typed: "sd elements", means: [blank] },
    { typed: "octo", means: [git, twin] },
    { typed: "instance/main", means: [instance] },
    { typed: "connector/main", means: [main] },
    { typed: "CONNECTOR/MAIN", means: [main, upper] },
    { typed: "connector/SD Elements", means: [blank] },
    { typed: "ticketing/main", means: [scanner] },
    { typed: "connector/#1", means: [main] },
    { typed: "connector/#2", means: [upper] },
    { typed: "integration/#8", means: [twin] },
    { typed: "connector/#99", means: [] },
    { typed: "connector/connector/main", means: [slashed] },
    { typed: "integration/main", means: [] },
    { typed: "#2", means: [numbered] },
    { typed: "other/main", means: [] },
    { typed: "", means: [] },
    { typed: "toString", means: [] },
  ])("$typed means $means.length of them", ({ typed, means }) => {
    expect(remotesCalled(all, typed)).toEqual(means);
  });

  it("in the form of a kind and a name means what is really called so, where there is no such kind of that name", () => {
    expect(remotesCalled([scanner, slashed], "connector/main")).toEqual([slashed]);
  });
});

describe("what to type", () => {
  it.each<{ remote: ChoosableRemote; word: string }>([
    { remote: instance, word: "jira:instance/main" },
    { remote: main, word: "jira:connector/main" },
    { remote: upper, word: "jira:connector/Main" },
    { remote: blank, word: '"jira:connector/SD Elements"' },
    { remote: scanner, word: "jira:ticketing/main" },
    { remote: git, word: "jira:integration/#7" },
    { remote: twin, word: "jira:integration/#8" },
    { remote: odd, word: "jira:connector/#4" },
    { remote: numbered, word: "jira:connector/#6" },
  ])("to choose $remote.kind $remote.name is $word", ({ remote, word }) => {
    expect(wordToChoose("jira", remote, all)).toBe(word);
    expect(remotesCalled(all, word.replaceAll('"', "").slice("jira:".length))).toEqual([remote]);
  });

  it.each(["a\nb", "a`b", " a", "a ", "a'b", "“a”", "a\u2028b"])("never is the name %j, but the id", (name) => {
    const remote: ChoosableRemote = { kind: "connector", id: 9, name };

    expect(wordToChoose("jira", remote, [remote])).toBe("jira:connector/#9");
  });
});

it("is called by its kind and name in sentences, and told from others by its id", () => {
  expect([instance, blank].map(remoteWords)).toEqual(["main", "connector SD Elements"]);
  expect([instance, blank].map(kindAndId)).toEqual(["instance", "connector #3"]);
});
