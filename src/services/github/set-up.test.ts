import { describe, expect, it } from "vitest";
import { gitHubSetUp } from "./set-up.js";

const all = {
  "github-app-id": "4711",
  "github-private-key-file": "app.pem",
  "github-enterprise-url": "https://git.example.org",
  "github-webhook-secret": "word",
};

describe("gitHubSetUp", () => {
  it("writes the section, with the key's file and not the key", () => {
    expect(gitHubSetUp.section(all)).toEqual({
      enterpriseUrl: "https://git.example.org",
      auth: { id: 4711, privateKeyFile: "app.pem" },
      webhook: { secret: "word" },
    });
  });

  it("leaves the section and the steps out where nothing was answered, although a secret was made", () => {
    expect(gitHubSetUp.section({ "github-webhook-secret": "word" })).toBeUndefined();
    expect(gitHubSetUp.nextSteps({ "github-webhook-secret": "word" }, 9000)).toEqual([]);
  });

  it.each([
    [all, undefined],
    [{}, undefined],
    [{ "github-app-id": "4711" }, "--github-private-key-file is missing: the App shows with it who it is."],
    [{ "github-enterprise-url": "https://git.example.org" }, "--github-app-id is missing: nothing of GitHub works without its App."],
  ])("judges answers together: %j", (answers, problem) => {
    expect(gitHubSetUp.problem?.(answers)).toBe(problem);
  });

  it("says what is left to do, without a secret", () => {
    const steps = gitHubSetUp.nextSteps(all, 9000).join("\n");

    expect(steps).toContain("port 9000 here, followed by /github/webhook");
    expect(steps).not.toContain("word");
  });

  it.each([
    ["github-app-id", "4711", true],
    ["github-app-id", "my app", false],
    ["github-enterprise-url", "git.example.org", false],
  ])("judges %s: %s", (flag, answer, isGood) => {
    const question = gitHubSetUp.questions.find((candidate) => candidate.flag === flag);

    expect(question?.problem?.(answer) === undefined).toBe(isGood);
  });
});
