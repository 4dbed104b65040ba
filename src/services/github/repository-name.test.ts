import { describe, expect, it } from "vitest";
import { isLogin, ownsIssue, parseIssueName, parseIssueNumber, parseRepository, repositoryName } from "./repository-name.js";
import { siteOf } from "./site.js";

const cloud = siteOf({});
const enterprise = siteOf({ enterpriseUrl: "https://git.example.org/hub/" });

describe("siteOf", () => {
  it("is GitHub's cloud, or where the Enterprise Server has its API", () => {
    expect(cloud).toEqual({ webUrl: "https://github.com", apiUrl: "https://api.github.com", isCloud: true });
    expect(siteOf({ enterpriseUrl: "https://github.com/" })).toEqual(cloud);
    expect(enterprise).toEqual({ webUrl: "https://git.example.org/hub", apiUrl: "https://git.example.org/hub/api/v3", isCloud: false });
  });
});

describe("repositoryName", () => {
  it.each([
    ["..", "hello"],
    ["octo", ".."],
    ["octo", "."],
    ["octo", "a/b"],
    ["octo", ""],
    ["oc to", "hello"],
    ["octo", "hello?x"],
    [1, "hello"],
    [undefined, undefined],
  ])("does not take %j and %j, which could lead elsewhere in a path", (owner, repo) => {
    expect(repositoryName(owner, repo)).toBeUndefined();
  });

  it.each([
    ["octo", ".github"],
    ["octo_corp", "hello.world-1_2"],
  ])("takes %s/%s", (owner, repo) => {
    expect(repositoryName(owner, repo)).toEqual({ owner, repo });
  });
});

describe("parseRepository", () => {
  it.each([
    ["octo/hello", cloud],
    [" octo/hello ", cloud],
    ["https://github.com/octo/hello", cloud],
    ["https://www.github.com/octo/hello/", cloud],
    ["https://github.com/octo/hello.git", cloud],
    ["https://github.com/octo/hello/issues/3?x#y", cloud],
    ["https://git.example.org/hub/octo/hello", enterprise],
    ["octo/hello", enterprise],
  ])("reads %j", (typed, site) => {
    expect(parseRepository(typed, site)).toEqual({ owner: "octo", repo: "hello" });
  });

  it.each([
    ["octo", cloud],
    ["octo/hello/more", cloud],
    ["github:octo/hello", cloud],
    ["https://gitlab.com/octo/hello", cloud],
    ["https://github.com/octo", cloud],
    ["https://github.com.evil.org/octo/hello", cloud],
    ["https://github.com/octo/hello", enterprise],
    ["https://git.example.org/octo/hello", enterprise],
    ["", cloud],
  ])("reads no repository in %j", (typed, site) => {
    expect(parseRepository(typed, site)).toBeUndefined();
  });
});

describe("issues", () => {
  it.each(["octo/hello#12", "https://github.com/octo/hello/issues/12", "https://github.com/octo/hello/pull/12/files"])(
    "are named by %s",
    (typed) => {
      expect(parseIssueName(typed, cloud)).toEqual({ owner: "octo", repo: "hello", number: 12 });
    },
  );

  it.each(["12", "octo#12", "octo/hello#0", "octo/hello#x", "https://github.com/octo/hello", "https://gitlab.com/octo/hello/issues/1"])(
    "are not named by %s",
    (typed) => {
      expect(parseIssueName(typed, cloud)).toBeUndefined();
    },
  );

  it("have numbers, with or without the sign", () => {
    expect(["12", "#12", " 12 ", "0", "-1", "1.5", "x12", "12345678901"].map(parseIssueNumber)).toEqual([
      12,
      12,
      12,
      ...Array.from({ length: 5 }, () => undefined),
    ]);
  });
});

describe("ownsIssue", () => {
  const state = { org: "Octo", repo: "Hello" };

  it.each(["octo/hello#1", "https://github.com/octo/hello/issues/1", "https://git.example.org/hub/octo/hello/pull/1#top"])(
    "owns %s",
    (typed) => {
      expect(ownsIssue(state, typed)).toBe(true);
    },
  );

  it.each(["1", "#1", "octo/other#1", "octo/hello", "https://github.com/octo/other/issues/1"])("does not own %s", (typed) => {
    expect(ownsIssue(state, typed)).toBe(false);
  });

  it("judges long nonsense quickly", () => {
    const began = performance.now();

    ownsIssue(state, `https://${"a/".repeat(20_000)}`);
    ownsIssue(state, `${"/".repeat(40_000)}#`);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("isLogin", () => {
  it.each(["ada", "dependabot[bot]", "ada-1", "ada_corp"])("takes %s", (login) => {
    expect(isLogin(login)).toBe(true);
  });

  it.each(["", "-ada", "a b", "ada/..", "ada[bot]x"])("does not take %j", (login) => {
    expect(isLogin(login)).toBe(false);
  });
});
