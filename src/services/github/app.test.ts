import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import { installationsStaleKey } from "./remote.js";
import { createIssueReader } from "./issue-reader.js";

const hello = { owner: "Octo", repo: "Hello" };
const hour = 60 * 60 * 1_000;

let setting: GitHubSetting;

beforeEach(async () => {
  setting = await createGitHubSetting();
});

afterEach(() => setting.gitHub.stop());

function names(): readonly string[] {
  return setting.gitHub.requests.map(({ name }) => name);
}

async function tell(): Promise<void> {
  await setting.context.commit([setting.context.store.put(installationsStaleKey, String(setting.context.now()))]);
}

describe("the App's task", () => {
  it("reads where the App is installed, and not again before an hour is over", async () => {
    await setting.parts.app.task.run(setting.context);
    await setting.parts.app.task.run(setting.context);
    expect(names()).toEqual(["GET /app", "GET /app/installations"]);

    setting.advance(hour);
    await setting.parts.app.task.run(setting.context);

    expect(names()).toHaveLength(4);
  });

  it("reads it again when a webhook said so, once", async () => {
    await setting.parts.app.task.run(setting.context);
    await tell();

    await setting.parts.app.task.run(setting.context);
    await setting.parts.app.task.run(setting.context);

    expect(names()).toHaveLength(4);
  });

  it("goes on trying with growing pauses while GitHub cannot be reached, and only warns", async () => {
    const warnings: string[] = [];
    const log = { ...setting.context.log, warn: (_fields: object, message: string) => warnings.push(message) };
    const context = { ...setting.context, http: deadHttpClient, log };

    const pauses = [];
    for (let tries = 0; tries < 9; tries += 1) pauses.push(await setting.parts.app.task.run(context));

    expect(pauses.slice(0, 4)).toEqual([10_000, 20_000, 40_000, 80_000]);
    expect(pauses.at(-1)).toBe(15 * 60 * 1_000);
    expect(warnings[0]).toBe("Could not read where the GitHub App is installed; trying again later");
  });
});

describe("linkFor", () => {
  it("acts as the installation, with one token for all requests", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "ada");

    for (let count = 0; count < 2; count += 1) {
      const link = await setting.parts.app.linkFor(hello, setting.context);
      expect(await setting.parts.client.findIssue(link!, { ...hello, number: 1 })).toMatchObject({ title: "Oil" });
    }

    expect(names().filter((name) => name.startsWith("POST"))).toHaveLength(1);
    expect(setting.gitHub.requests.at(-1)?.authorization).toMatch(/^token ghs_/);
  });

  it("asks GitHub about the repository while the list is not known, and not twice", async () => {
    await setting.parts.app.linkFor(hello, setting.context);
    await setting.parts.app.linkFor({ owner: "octo", repo: "hello" }, setting.context);

    expect(names()).toEqual(["GET /repos/Octo/Hello/installation"]);
  });

  it("needs no question where the App has all of an account's repositories", async () => {
    await setting.parts.app.task.run(setting.context);

    expect(await setting.parts.app.linkFor(hello, setting.context)).toBeDefined();
    expect(names()).toHaveLength(2);
  });

  it("asks about each repository where only some were selected", async () => {
    setting.gitHub.addOrganization("guild");
    for (const name of ["open", "shut"]) setting.gitHub.addRepository(`guild/${name}`);
    await setting.gitHub.install("guild", ["open"]);
    await setting.parts.app.task.run(setting.context);

    expect(await setting.parts.app.linkFor({ owner: "guild", repo: "open" }, setting.context)).toBeDefined();
    expect(await setting.parts.app.linkFor({ owner: "guild", repo: "shut" }, setting.context)).toBeUndefined();
  });

  it("finds nothing for a minute where the App is not installed, unless asked whether it is by now", async () => {
    setting.gitHub.addRepository("ada/toys");
    const toys = { owner: "ada", repo: "toys" };
    expect(await setting.parts.app.linkFor(toys, setting.context)).toBeUndefined();
    await setting.gitHub.install("ada");

    expect(await setting.parts.app.linkFor(toys, setting.context)).toBeUndefined();
    expect(await setting.parts.app.isInstalled(toys, setting.context)).toBe(true);
    expect(await setting.parts.app.linkFor(toys, setting.context)).toBeDefined();
  });

  it("finds nothing where the installation is suspended", async () => {
    await setting.gitHub.suspend(await setting.gitHub.install("bo"));
    setting.gitHub.addRepository("bo/notes");
    await setting.parts.app.task.run(setting.context);

    expect(await setting.parts.app.linkFor({ owner: "bo", repo: "notes" }, setting.context)).toBeUndefined();
  });
});

describe("createIssueReader", () => {
  it("finds what the person commented last within the time", async () => {
    const { gitHub, parts, context } = setting;
    await gitHub.createIssue("octo/hello", "Oil", "ada");
    const installation = await parts.app.linkFor(hello, context);
    const since = Date.now() - 60_000;
    for (const [body, by] of [
      ["First", "ada"],
      ["Fixed", "ada"],
      ["Thanks", "bo"],
    ] as const)
      await gitHub.comment("octo/hello", 1, body, by);
    const [{ id: installationId } = { id: 0 }] = await parts.client.installations(installation!);

    const query = { ...hello, number: 1, installationId, login: "Ada", since };
    const reader = createIssueReader(parts);

    expect(await reader.lastCommentBy({ ...query, until: Date.now() + 1_000 }, context)).toBe("Fixed");
    expect(await reader.lastCommentBy({ ...query, until: since + 1 }, context)).toBeUndefined();
  });

  it("reads diffs through the installation, and what is public without one", async () => {
    const { gitHub, parts, context } = setting;
    await gitHub.createPull("octo/hello", "Oil", "ada", { diff: "diff --git a/x b/x\n+oil\n" });
    gitHub.addRepository("bo/notes");
    await gitHub.createPull("bo/notes", "Tidy", "bo", { diff: "diff --git a/y b/y\n" });
    const reader = createIssueReader(parts);

    expect(await reader.diff({ ...hello, number: 1 }, context)).toBe("diff --git a/x b/x\n+oil\n");
    expect(await reader.diff({ owner: "bo", repo: "notes", number: 1 }, context)).toBe("diff --git a/y b/y\n");
    expect(gitHub.requests.at(-1)?.authorization).toBeUndefined();
  });
});
