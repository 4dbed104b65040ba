import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient, fetchHttpClient } from "../../../test/support/service-context.js";
import type { IssueTracker } from "../../core/issue-tracker.js";
import type { HttpClient, HttpRequest } from "../../core/ports/http-client.js";
import { Secret } from "../../shared/secret.js";
import { personLink } from "./access.js";
import { createTracker, findingKeys, trackerLink } from "./tracker.js";

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
    expect(close).toEqual({ id: "closed", name: "Close", to: "closed", toDone: true });
    await tracker.transition(key, close!);

    expect(await tracker.read(key)).toMatchObject({ status: "closed", isDone: true });
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
    expect(await tracker.issueTypes("Octo/Hello")).toEqual(["Issue"]);
    expect(await tracker.issueTypes("octo/none")).toBeUndefined();
    expect(await tracker.read("octo/hello#9")).toBeUndefined();
    expect(await tracker.whoAmI()).toEqual({ id: "ada", displayName: "ada" });
  });

  it("takes no repository by another name than its own", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    for (const name of ["octo/old", "octo/hello.git", `${setting.gitHub.url}/octo/hello`]) {
      expect(await tracker.issueTypes(name), name).toBeUndefined();
    }
  });

  it("sets title and text, each without the other", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "ada", { body: "Squeaks" });

    await tracker.edit("octo/hello#1", { summary: "Oil\nit" });
    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ title: "Oil it", body: "Squeaks" });
    await tracker.edit("octo/hello#1", { description: "*now*" });

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ title: "Oil it", body: "\\*now\\*" });
  });

  it("finds issues by a label, in any state, the oldest first", async () => {
    const labels = ["scan"];
    await setting.gitHub.createIssue("octo/hello", "One", "ada", { labels });
    await setting.gitHub.createIssue("octo/hello", "Other", "ada", { labels: ["other"] });
    await setting.gitHub.createPull("octo/hello", "Pull", "ada", { labels });
    await setting.gitHub.createIssue("octo/hello", "Two", "ada", { labels: ["Scan"] });
    await setting.gitHub.setState("octo/hello", 1, "closed", "ada");

    const found = await tracker.findLabelled("octo/hello", "scan");

    expect(found.map(({ key, isDone }) => [key, isDone])).toEqual([
      ["octo/hello#1", true],
      ["octo/hello#4", undefined],
    ]);
    expect(await tracker.findLabelled("octo/hello", "none")).toEqual([]);
  });

  it("says that an account cannot find its issues again where GitHub drops its labels", async () => {
    const link = personLink({ token: new Secret("ghp_bo_token"), by: "token" }, setting.context, { retryPauseMs: 0, isSpaced: false });
    const bos = createTracker(setting.parts.client, link);

    await expect(bos.findLabelled("octo/hello", "scan")).rejects.toThrow(
      "The account may not set labels in octo/hello, and without them its issues cannot be found again. Give it the role Write there.",
    );
  });

  it("takes the role Triage for too little", async () => {
    const { client } = setting.parts;
    const link = personLink({ token: new Secret("ghp_bo_token"), by: "token" }, setting.context, { retryPauseMs: 0, isSpaced: false });
    const permissions = { triage: true, push: false };
    const findRepository: typeof client.findRepository = async (...asked) => ({
      ...((await client.findRepository(...asked)) ?? expect.fail("no repository")),
      permissions,
    });

    await expect(createTracker({ ...client, findRepository }, link).findLabelled("octo/hello", "scan")).rejects.toThrow(
      "may not set labels in octo/hello",
    );
  });

  it("finds no issue that was deleted", async () => {
    setting.gitHub.failWith({ kind: "status", status: 410, message: "This issue was deleted" });

    expect(await tracker.read("octo/hello#1")).toBeUndefined();
  });

  it.each(["PLAY-1", "12", "../x#1"])("takes no key %s", async (key) => {
    await expect(Promise.resolve().then(() => tracker.read(key))).rejects.toThrow("is no issue. Its key looks like `octo/hello#12`.");
  });
});

describe("the tracker of a registered account", () => {
  it.each([
    { title: "a token", access: { token: new Secret("ghp_ada_token"), isToken: true }, sent: "Bearer ghp_ada_token" },
    {
      title: "a token with a name, which does not count",
      access: { username: "ada", token: new Secret("ghp_ada_token"), isToken: true },
      sent: "Bearer ghp_ada_token",
    },
    {
      title: "a password",
      access: { username: "ada", token: new Secret("pass") },
      sent: `Basic ${Buffer.from("ada:pass").toString("base64")}`,
    },
  ] as const)("asks at its own address, by its own way, with $title", async ({ access, sent }) => {
    const asked: HttpRequest[] = [];
    const http: HttpClient = {
      request: (request) => {
        asked.push(request);
        return fetchHttpClient.request(request);
      },
    };
    const elsewhere = {
      ...setting.context,
      config: { ...setting.config, enterpriseUrl: "https://configured.example" },
      http: deadHttpClient,
    };
    const { client, pace } = setting.parts;
    const registered = createTracker(client, trackerLink({ url: setting.gitHub.url, http, ...access }, elsewhere, pace));

    await registered.issueTypes("octo/hello").catch(() => undefined);

    expect(asked.map(({ url }) => url)).toEqual([`${setting.gitHub.url}/api/v3/repos/octo/hello`]);
    expect(setting.gitHub.requests[0]?.authorization).toBe(sent);
  });

  it.each([
    { url: "https://github.example.org", keys: ["octo/hello", "github.example.org octo/hello"] },
    { url: "https://other.example.org/api/v3", keys: ["other.example.org octo/hello"] },
  ])("tells rooms of the repository at $url", ({ url, keys }) => {
    const config = { ...setting.config, enterpriseUrl: "https://github.example.org" };

    expect(findingKeys(url, "Octo/Hello", config)).toEqual(keys);
    expect(findingKeys(url, "no-repository", config)).toEqual([]);
  });
});
