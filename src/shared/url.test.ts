import { describe, expect, it } from "vitest";
import { baseUrl, parseHttpUrl, pathSegment } from "./url.js";

describe("parseHttpUrl", () => {
  it.each(["https://example.org", "http://127.0.0.1:8080/a?b#c", "HTTPS://EXAMPLE.ORG/"])("takes %s", (text) => {
    expect(parseHttpUrl(text)?.protocol).toMatch(/^https?:$/);
  });

  it.each([
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "//example.org",
    "example.org",
    "https://",
    "",
    1,
    null,
    {},
  ])("does not take %j", (text) => {
    expect(parseHttpUrl(text)).toBeUndefined();
  });
});

describe("baseUrl", () => {
  it.each([
    ["https://Example.org", "https://example.org"],
    ["https://example.org/", "https://example.org"],
    ["https://example.org/jira///", "https://example.org/jira"],
    ["https://user:word@example.org:443/jira/?a=b#c", "https://example.org/jira"],
    ["http://example.org:8080/jira", "http://example.org:8080/jira"],
  ])("makes %s into %s", (text, base) => {
    expect(baseUrl(new URL(text))).toBe(base);
  });

  it("does not search a long run of slashes again for each of them", () => {
    const url = new URL(`https://example.org${"/".repeat(60_000)}a`);
    const began = performance.now();

    expect(baseUrl(url)).toBe(url.href);
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe("pathSegment", () => {
  it.each([
    ["PLAY-1", "PLAY-1"],
    ["../a b", "..%2Fa%20b"],
    ["a)(*'!?#", "a%29%28%2A%27%21%3F%23"],
    ["\ud800", "%EF%BF%BD"],
  ])("makes %j into %s", (text, segment) => {
    expect(pathSegment(text)).toBe(segment);
  });
});
