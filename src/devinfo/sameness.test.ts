import { describe, expect, it } from "vitest";
import { branchEntry, commitEntry, pullEntry } from "../../test/support/devinfo-outcomes.js";
import { showEntry } from "../core/devinfo-entry.js";
import type { DevinfoEntry } from "../core/devinfo.js";
import { samenessOf, tellerOf, type Place } from "./sameness.js";

const sha = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const at: Place = { provider: "ci", id: "1", url: "https://git.example.org/octo/hello" };
const byOther: Place = { provider: "other", id: "77", url: "http://git.example.org/Octo/hello.git/" };
const elsewhere: Place = { provider: "ci", id: "2", url: "https://git.example.org/octo/fork" };
const folder: Place = { provider: "git-integrations", id: "3", url: "/srv/git/hello" };

function areSame(left: DevinfoEntry, leftPlace: Place, right: DevinfoEntry, rightPlace: Place): boolean {
  return samenessOf(showEntry(left), leftPlace) === samenessOf(showEntry(right), rightPlace);
}

describe("one thing, told by several providers,", () => {
  it.each<[string, boolean, DevinfoEntry, Place, DevinfoEntry, Place]>([
    ["a commit's hash", true, commitEntry(sha), at, commitEntry(sha.toUpperCase()), byOther],
    ["a commit's hash in a fork", true, commitEntry(sha), at, commitEntry(sha), elsewhere],
    ["a commit's hash beside an id", true, commitEntry("17", { hash: sha }), at, commitEntry(sha), byOther],
    ["a commit's short hash", true, commitEntry("abc1234"), at, commitEntry("abc1234"), elsewhere],
    ["another commit", false, commitEntry(sha), at, commitEntry(sha.replace("0", "1")), at],
    ["a revision of one repository", true, commitEntry("1234567"), at, commitEntry("1234567"), byOther],
    ["a revision of another repository", false, commitEntry("1234567"), at, commitEntry("1234567"), elsewhere],
    ["a revision in a folder", false, commitEntry("r7"), folder, commitEntry("r7"), { ...folder, id: "4" }],
    ["a branch's name", true, branchEntry("a", { name: "main" }), at, branchEntry("b", { name: "main" }), byOther],
    ["a branch of another name", false, branchEntry("a", { name: "main" }), at, branchEntry("a", { name: "next" }), at],
    ["a branch elsewhere", false, branchEntry("a", { name: "main" }), at, branchEntry("a", { name: "main" }), elsewhere],
    [
      "a pull request's page",
      true,
      pullEntry("7"),
      at,
      pullEntry("8700", { url: "https://git.example.org/octo/hello/pull/7/", displayId: "7" }),
      byOther,
    ],
    ["another pull request", false, pullEntry("7"), at, pullEntry("8"), at],
    ["pull requests that name one page", false, pullEntry("7", { url: at.url }), at, pullEntry("8", { url: at.url }), at],
    ["pull requests without numbers", false, pullEntry("x", { url: at.url }), at, pullEntry("y", { url: at.url }), at],
    ["a pull request without a page", true, pullEntry("7", { url: "none" }), at, pullEntry("7", { url: "none" }), byOther],
    ["a branch and a commit", false, branchEntry("a", { name: "main" }), at, commitEntry("main"), at],
  ])("is known by %s: %s", (_what, expected, left, leftPlace, right, rightPlace) => {
    expect(areSame(left, leftPlace, right, rightPlace)).toBe(expected);
  });

  it("has a short name without blanks, however long what it is known by", () => {
    const long = "x y".repeat(1_000);

    for (const entry of [commitEntry(long), branchEntry("a", { name: long }), pullEntry("7", { url: `https://x.example/${long}` })]) {
      expect(samenessOf(showEntry(entry), at)).toMatch(/^[cbp][\w-]{22}$/);
    }
  });

  it("has tellers apart", () => {
    expect(tellerOf(at)).toBe(tellerOf({ ...at }));
    expect(new Set([at, byOther, elsewhere, folder, { provider: "c", id: "i1" }].map(tellerOf)).size).toBe(5);
  });
});
