import { describe, expect, it } from "vitest";
import { BotDirectory } from "../core/bots.js";
import { ghostIdOf } from "./ghost-ids.js";

const bots = new BotDirectory(
  { userId: "@_hooks:example.org", prefix: "!hookshot" },
  [{ userId: "@_hooks_bot:example.org", prefix: "!hooks", service: "generic" }],
  [/@_hooks.*:example\.org/, /@_github_.*/],
);

describe("the user id of a ghost", () => {
  it.each([
    { localpart: "_github_alice", userId: "@_github_alice:example.org" },
    { localpart: "_github_Alice-B.2", userId: "@_github_alice-b.2:example.org" },
    { localpart: "_github_a b", userId: "@_github_a=20b:example.org" },
    { localpart: "_github_a=b/c+d", userId: "@_github_a=b/c+d:example.org" },
    { localpart: "_github_renovate[bot]", userId: "@_github_renovate=5bbot=5d:example.org" },
    { localpart: "_github_ä🎉", userId: "@_github_=c3=a4=f0=9f=8e=89:example.org" },
    { localpart: "_github_a:evil.example", userId: "@_github_a=3aevil.example:example.org" },
    { localpart: "_github_\ud800", userId: "@_github_=ef=bf=bd:example.org" },
  ])("is made of $localpart", ({ localpart, userId }) => {
    expect(ghostIdOf(localpart, bots)).toBe(userId);
  });

  it.each([
    { what: "the registration reserves nothing of the kind", localpart: "alice" },
    { what: "it is empty", localpart: "" },
    { what: "it is one of our bots", localpart: "_hooks" },
    { what: "it is a service bot", localpart: "_hooks_bot" },
    { what: "it is too long", localpart: `_github_${"ä".repeat(60)}` },
  ])("is none where $what", ({ localpart }) => {
    expect(ghostIdOf(localpart, bots)).toBeUndefined();
  });
});
