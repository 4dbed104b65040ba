import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../../test/support/service-context.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createProjectKind } from "./kind-project.js";
import type { JiraConfig } from "./schema.js";

const kind = createProjectKind(createMarkdownRenderer());
const context = createServiceContext<JiraConfig>({
  webhook: { secret: new Secret("secret") },
  instances: { main: { url: "https://jira.example.org/jira" }, other: { url: "https://other.example.org" } },
});

function state(url: string, further: object = {}): Readonly<Record<string, unknown>> {
  return { url, events: ["issue_created"], ...further };
}

describe("the kind project of Jira", () => {
  it("reads both state types that Hookshot ever wrote", () => {
    expect(kind.stateTypes).toEqual(["uk.half-shot.matrix-hookshot.jira.project", "uk.half-shot.matrix-github.jira.project"]);
  });

  it("drops events in Hookshot's oldest form, so that the default holds", () => {
    expect(kind.normalise?.({ url: "u", events: ["issue.created"] }, "")).toEqual({ url: "u" });
    expect(kind.normalise?.({ url: "u", events: ["issue_updated"] }, "")).toEqual({ url: "u", events: ["issue_updated"] });
  });

  it("finds events by host and key, by host and id where it has one, and by the key at whatever host", () => {
    expect(kind.remoteKeys(state("https://Jira.example.org/jira/projects/play"), "")).toEqual(["jira.example.org/PLAY", "<any>/PLAY"]);
    expect(kind.remoteKeys(state("https://jira.example.org/jira/projects/PLAY", { id: "7" }), "")).toEqual([
      "jira.example.org/PLAY",
      "jira.example.org#7",
      "<any>/PLAY",
    ]);
  });

  it("does not load an address without a project", () => {
    expect(() => kind.remoteKeys(state("https://jira.example.org/"), "")).toThrow("'url' must be the http or https address of a project");
  });

  it.each([
    "http://jira.example.org/projects/PLAY",
    "https://JIRA.example.org/jira/projects/play",
    "https://jira.example.org/browse/PLAY/",
  ])("means the same by %s", (url) => {
    const usual = kind.resourceKey(state("https://jira.example.org/jira/projects/PLAY"), "");

    expect(kind.resourceKey(state(url), "")).toBe(usual);
  });

  it("asks for the grant that Hookshot hashes from the url", () => {
    expect(kind.grant?.(state("https://example.org/my/test/project/TP"))).toEqual({
      type: "jira",
      id: "url:https://example.org/my/test/project/TP",
    });
  });

  it("is shown by its key, or by its state key when it could not be read", () => {
    expect(kind.describe(state("https://jira.example.org/projects/play"), "key")).toEqual({
      name: "PLAY",
      url: "https://jira.example.org/projects/play",
    });
    expect(kind.describe({ url: "javascript:x" }, "key")).toEqual({ name: "key" });
  });

  it.each([
    ["PLAY", undefined, true],
    ["play", undefined, true],
    ["main:PLAY", undefined, true],
    ["PLAY", "main", true],
    ["PLAY", "jira.example.org", true],
    ["https://jira.example.org/jira/projects/PLAY", undefined, true],
    ["https://jira.example.org/jira/browse/PLAY-3", "main", true],
    ["the state key", undefined, true],
    ["PLAYS", undefined, false],
    ["PLAY", "other", false],
    ["other:PLAY", undefined, false],
    ["PLAY", "unknown", false],
    ["https://other.example.org/projects/PLAY", undefined, false],
    ["https://jira.example.org/jira/projects/PLAY", "other", false],
  ])("is named by %s at %s: %s", (typed, remoteName, expected) => {
    const named = kind.isNamed(state("https://jira.example.org/jira/projects/PLAY"), "the state key", typed, remoteName, context);

    expect(named).toBe(expected);
  });

  it.each([
    ["acme", true],
    ["other", false],
    ["play", false],
  ])("at a site of Jira Cloud that the configuration does not name goes by the site's name: %s", (remoteName, expected) => {
    const site = state("https://acme.atlassian.net/projects/PLAY");

    expect(kind.isNamed(site, "the state key", "PLAY", remoteName, context)).toBe(expected);
  });

  it.each([
    ["PLAY-1", true],
    ["play-12", true],
    ["https://jira.example.org/jira/browse/PLAY-1", true],
    ["http://jira.example.org/browse/play-1", true],
    ["https://other.example.org/browse/PLAY-1", false],
    ["OPS-1", false],
    ["PLAYS-1", false],
    ["PLAY", false],
    ["1", false],
  ])("owns %s: %s", (typed, expected) => {
    expect(kind.ownsItem?.(state("https://jira.example.org/jira/projects/play"), "", typed)).toBe(expected);
  });
});
