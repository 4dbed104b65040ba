import { describe, expect, it } from "vitest";
import { BotDirectory } from "./bots.js";

const bots = new BotDirectory(
  { userId: "@hookshot:example.org", prefix: "!hookshot" },
  [{ userId: "@news:example.org", service: "news", prefix: "!news" }],
  [/@_news_.*/],
);

describe("our users", () => {
  it.each([
    ["the main bot", "@hookshot:example.org", true],
    ["a service bot", "@news:example.org", true],
    ["a ghost", "@_news_ada:example.org", true],
    ["anybody else on our server", "@ada:example.org", false],
    ["a ghost's namesake on another server", "@_news_ada:evil.example", false],
    ["a namesake on a server whose name begins like ours", "@_news_ada:example.org.evil.example", false],
    ["a bot's namesake on another server", "@hookshot:evil.example", false],
    ["what is no user id", "@_news_ada", false],
  ])("%s: %s", (_title, userId, isOurs) => {
    expect(bots.isOurs(userId)).toBe(isOurs);
  });

  it.each([
    ["its own bot goes before the main one", "news", ["@hookshot:example.org", "@news:example.org"], "@news:example.org"],
    ["the main bot serves what has no own one there", "news", ["@hookshot:example.org"], "@hookshot:example.org"],
    ["another service's bot serves nothing else", "weather", ["@news:example.org"], undefined],
  ] as const)("speak for a service: %s", (_title, service, joined, speaker) => {
    expect(bots.forService(service, joined)?.userId).toBe(speaker);
  });
});
