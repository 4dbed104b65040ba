import { describe, expect, it } from "vitest";
import { isProjectKey, parseProjectUrl, projectOfState, projectUrl } from "./project-url.js";

describe("parseProjectUrl", () => {
  it.each([
    "https://jira.example.org/projects/PLAY",
    "https://jira.example.org/projects/play/",
    "https://jira.example.org/jira/projects/PLAY/issues/PLAY-1?filter=allopenissues",
    "https://acme.atlassian.net/jira/software/projects/PLAY/boards/1",
    "https://acme.atlassian.net/jira/software/c/projects/PLAY/boards/1?assignee=x",
    "https://jira.example.org/secure/RapidBoard.jspa?rapidView=1&projectKey=PLAY",
    "https://jira.example.org/browse/PLAY",
    "https://jira.example.org/browse/PLAY-12",
    " HTTP://jira.example.org/browse/play-12#comment ",
  ])("finds PLAY in %s", (typed) => {
    expect(parseProjectUrl(typed)?.key).toBe("PLAY");
  });

  it.each([
    "PLAY",
    "jira.example.org/projects/PLAY",
    "https://jira.example.org/",
    "https://jira.example.org/projects/",
    "https://jira.example.org/projects/..%2F..%2Fadmin",
    "https://jira.example.org/projects/%E0%A4%A",
    "https://jira.example.org/browse/12",
    "https://jira.example.org/secure/RapidBoard.jspa?projectKey=",
    "javascript:alert('/projects/PLAY')",
  ])("finds none in %s", (typed) => {
    expect(parseProjectUrl(typed)).toBeUndefined();
  });
});

describe("projectOfState", () => {
  it.each([
    ["https://jira.example.org/projects/PLAY", "PLAY"],
    ["https://example.org/my/test/project/tp", "TP"],
    ["https://example.org/my/test/project/TP/?a=b", "TP"],
    ["https://example.org", undefined],
    ["PLAY", undefined],
    [undefined, undefined],
  ])("takes the last part of %s: %s", (url, key) => {
    expect(projectOfState(url)?.key).toBe(key);
  });
});

describe("isProjectKey", () => {
  it.each(["PLAY", "p", "A_1", "ÜBER", "A".repeat(255)])("takes %s", (text) => {
    expect(isProjectKey(text)).toBe(true);
  });

  it.each(["", "1A", "A-1", "A/B", "A B", "_A", "A".repeat(256)])("does not take %j", (text) => {
    expect(isProjectKey(text)).toBe(false);
  });
});

describe("projectUrl", () => {
  it("puts the key below the instance", () => {
    expect(projectUrl("https://jira.example.org/jira", "PLAY")).toBe("https://jira.example.org/jira/projects/PLAY");
  });
});
