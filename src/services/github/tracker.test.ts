import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import type { IssueTracker } from "../../core/issue-tracker.js";
import { Secret } from "../../shared/secret.js";
import { personLink } from "./access.js";
import { createTracker } from "./tracker.js";

let setting: GitHubSetting;
let tracker: IssueTracker;

beforeEach(async () => {
  setting = await createGitHubSetting();
  const link = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, setting.context, { retryPauseMs: 0, isSpaced: false });
  tracker = createTracker(setting.parts.client, link);
});

afterEach(() => setting.gitHub.stop());

describe("createTracker", () => {
  it("makes issues whose texts are no markup, and reads them", async () => {
    const issue = {
      projectKey: "octo/hello",
      type: "Issue",
      summary: "Oil\nthe swing",
      description: "It *squeaks*\nloudly",
      labels: ["bug"],
    };

    const made = await tracker.create(issue);

    expect(made).toEqual({ key: "octo/hello#1", url: `${setting.gitHub.url}/octo/hello/issues/1` });
    expect(setting.gitHub.issue("octo/hello", 1).body).toBe("It \\*squeaks\\*\nloudly");
    expect(await tracker.read(made.key)).toEqual({
      ...made,
      projectKey: "octo/hello",
      summary: "Oil the swing",
      type: "Issue",
      status: "open",
      reporter: "ada",
      labels: ["bug"],
      description: "It \\*squeaks\\*\nloudly",
    });
  });

  it("closes and opens: issues have no other moves", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "ada");
    const key = "octo/hello#1";

    const [close] = await tracker.transitions(key);
    expect(close).toEqual({ id: "closed", name: "Close", to: "closed" });
    await tracker.transition(key, close!);

    expect(await tracker.read(key)).toMatchObject({ status: "closed" });
    expect(await tracker.transitions(key)).toEqual([{ id: "open", name: "Reopen", to: "open" }]);
    await expect(tracker.transition(key, { id: "41", name: "Ship", to: "shipped" })).rejects.toThrow("open or closed, and nothing else");
  });

  it("comments, assigns and finds", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil the swing", "ada");
    const key = "octo/hello#1";

    await tracker.comment(key, "@bo: *now*");
    const [octo] = await tracker.findAssignable(key, "@octo");
    await tracker.assign(key, octo!);

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ comments: [{ body: "@bo: \\*now\\*" }], assignees: [{ login: "octo" }] });
    expect(await tracker.findAssignable(key, "nobody-here")).toEqual([]);
    expect(await tracker.findAssignable(key, "../x")).toEqual([]);
    expect(await tracker.search("repo:octo/hello swing", 10)).toMatchObject([{ key, assignee: "octo" }]);
    await expect(tracker.assign(key, { id: "nobody-here", displayName: "Nobody" })).rejects.toThrow("GitHub did not assign nobody-here");
  });

  it("knows one type of issue, where there is such a repository", async () => {
    expect(await tracker.issueTypes("octo/hello")).toEqual(["Issue"]);
    expect(await tracker.issueTypes("octo/none")).toBeUndefined();
    expect(await tracker.read("octo/hello#9")).toBeUndefined();
    expect(await tracker.whoAmI()).toEqual({ id: "ada", displayName: "ada" });
  });

  it.each(["PLAY-1", "12", "../x#1"])("takes no key %s", async (key) => {
    await expect(Promise.resolve().then(() => tracker.read(key))).rejects.toThrow("is no issue. Its key looks like `octo/hello#12`.");
  });
});
