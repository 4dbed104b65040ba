import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import type { Connection } from "../../core/connection.js";
import { createRepositoryCommands } from "./commands.js";

const ada = "@ada:example.org";

let setting: GitHubSetting;
/** How many requests had been made when the remote was allowed to be changed. */
let begunAfter: number | undefined;

beforeEach(async () => {
  setting = await createGitHubSetting();
  setting.logIn(ada, "ada");
  begunAfter = undefined;
});

afterEach(() => setting.gitHub.stop());

async function run(
  name: string,
  values: Readonly<Record<string, string>> = {},
  connection: Connection = repositoryConnection("octo/hello"),
): Promise<string> {
  const command = createRepositoryCommands(setting.parts).find((candidate) => candidate.name === name);
  const begin = async (): Promise<void> => {
    begunAfter = setting.gitHub.requests.length;
  };
  const call = { values, actor: ada, prefix: "!gh", connection, connections: [connection], begin } as const;
  const answer = await command!.run(call, setting.context);
  return "reaction" in answer ? `(${answer.reaction})` : answer.text;
}

/** Requests from the moment on at which the remote was allowed to be changed; all others are reads. */
function changes(): readonly string[] {
  const names = setting.gitHub.requests.map(({ name }) => name);
  const before = names.slice(0, begunAfter);
  expect(before.filter((name) => !name.startsWith("GET "))).toEqual([]);
  return begunAfter === undefined ? [] : names.slice(begunAfter);
}

async function issue(title = "Oil the swing", body = ""): Promise<void> {
  await setting.gitHub.createIssue("octo/hello", title, "octo", { body });
}

describe("who acts", () => {
  it("is the person, by their own token", async () => {
    await issue();

    await run("view", { number: "1" });

    expect(setting.gitHub.requests.map(({ authorization }) => authorization)).toEqual(["token ghp_ada_token"]);
  });

  it("is nobody else, and the refusal says what to do", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    await expect(run("close", { number: "1" })).rejects.toThrow(
      `You are not logged in. Make a personal access token (${setting.gitHub.url}/settings/tokens, with the scope \`repo\`), then type \`github setpersonaltoken <accessToken>\` in a direct chat with me.`,
    );
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("is not asked for where the connection names no repository that can be", async () => {
    await expect(run("view", { number: "1" }, repositoryConnection("../user"))).rejects.toThrow("has a name that GitHub does not allow");
    expect(setting.gitHub.requests).toEqual([]);
  });
});

describe("create", () => {
  it("makes an issue and answers with its number", async () => {
    const labels = { newIssue: { labels: ["from-chat", "bug"] } };
    const values = { title: "Oil the swing", description: "It squeaks", labels: "bug, urgent,," };

    expect(await run("create", values, repositoryConnection("octo/hello", labels))).toBe("(Issue #1)");

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ title: "Oil the swing", body: "It squeaks", author: { login: "ada" } });
    expect(setting.gitHub.issue("octo/hello", 1).labels.map(({ name }) => name)).toEqual(["bug", "urgent", "from-chat"]);
    expect(changes()).toEqual(["POST /repos/octo/hello/issues"]);
  });

  it("takes what stands below the title's line for the description", async () => {
    await run("create", { title: "Oil the swing\nIt squeaks,\nand loudly." });

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ title: "Oil the swing", body: "It squeaks,\nand loudly." });
  });

  it("takes no blank title", async () => {
    await expect(run("create", { title: " " })).rejects.toThrow("The title is missing.");
  });

  it("tells what GitHub has against it", async () => {
    setting.gitHub.failWith({ kind: "status", status: 410, message: "Issues are disabled for this repo" });

    await expect(run("create", { title: "Oil" })).rejects.toThrow("refuses this (410). Issues are disabled for this repo.");
  });
});

describe("assign", () => {
  it.each([
    ["nobody named", { number: "1" }, ["ada"]],
    ["one name", { number: "#1", users: "ada" }, ["ada"]],
    ["several names, by commas and blanks", { number: "octo/hello#1", users: "@ada,octo bo" }, ["ada", "octo", "bo"]],
    ["me", { number: "1", users: "octo me" }, ["octo", "ada"]],
    ["nothing at all: the newest", {}, ["ada"]],
    ["no number: the newest", { number: "octo", users: "bo" }, ["octo", "bo"]],
  ])("assigns with %s", async (_title, values, assigned) => {
    await issue();

    expect(await run("assign", values)).toBe("(✅)");

    expect(new Set(setting.gitHub.issue("octo/hello", 1).assignees.map(({ login }) => login))).toEqual(new Set(assigned));
    expect(changes()).toEqual(["POST /repos/octo/hello/issues/1/assignees"]);
  });

  it("tells whom GitHub left out", async () => {
    setting.gitHub.addAccount("eve");
    await issue();

    await expect(run("assign", { number: "1", users: "octo eve" })).rejects.toThrow("GitHub did not assign eve to #1.");
  });

  it("says so where there is nothing to assign", async () => {
    await expect(run("assign")).rejects.toThrow("There are no issues on this repository");
    expect(changes()).toEqual([]);
  });

  it("takes no name that leads elsewhere", async () => {
    await expect(run("assign", { number: "1", users: "../x" })).rejects.toThrow('"../x" is no GitHub account.');
  });
});

describe("close and reopen", () => {
  it("closes, with the comment before", async () => {
    await issue();

    expect(await run("close", { number: "1", comment: "Oiled `now`" })).toBe("(✅)");

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ state: "closed", comments: [{ body: "Oiled `now`" }] });
    expect(changes()).toEqual(["POST /repos/octo/hello/issues/1/comments", "PATCH /repos/octo/hello/issues/1"]);
  });

  it("closes without a comment, and reopens", async () => {
    await issue();

    await run("close", { number: "1" });
    expect(changes()).toEqual(["PATCH /repos/octo/hello/issues/1"]);
    await run("reopen", { number: "1" });

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ state: "open", comments: [] });
  });

  it.each([
    ["abc", '"abc" is no issue. Type its number'],
    ["0", '"0" is no issue.'],
    ["octo/other#1", "That is in octo/other, and this room is connected to octo/hello. Connect it with `!connect github octo/other`."],
    ["https://github.com/octo/hello/issues/1", "is no issue"],
    ["7", "does not find this (404), or your account may not see it"],
  ])("says what is wrong with %s", async (number, sentence) => {
    await expect(run("close", { number })).rejects.toThrow(sentence);
  });

  it("tells who lacks the right", async () => {
    await issue();
    setting.logIn(ada, "bo");

    await expect(run("close", { number: "1" })).rejects.toThrow("forbids this (403). Must have admin rights to Repository.");
  });
});

describe("workflow run", () => {
  const [build, nightly] = [0, 1];

  it("starts a workflow on the default branch", async () => {
    expect(await run("workflow run", { name: "build" })).toBe("Workflow started.");

    expect(setting.gitHub.repository("octo/hello").workflows[build]?.runs).toEqual([{ ref: "main", inputs: {}, by: "ada" }]);
    expect(changes()).toHaveLength(1);
  });

  it("passes arguments and the ref, and finds a workflow by its file", async () => {
    await run("workflow run", { name: "nightly-tests.yml", args: "os=linux, flags=a=b", ref: "feature" });

    expect(setting.gitHub.repository("octo/hello").workflows[nightly]?.runs).toEqual([
      { ref: "feature", inputs: { os: "linux", flags: "a=b" }, by: "ada" },
    ]);
  });

  it("lists the workflows when there is none by that name", async () => {
    await expect(run("workflow run", { name: "deploy" })).rejects.toThrow(
      'Could not find a workflow by the name of "deploy". The workflows on this repository are Build, Nightly tests',
    );
  });

  it("says how arguments are written", async () => {
    await expect(run("workflow run", { name: "build", args: "linux" })).rejects.toThrow("Arguments are written `name=value`");
    expect(setting.gitHub.requests).toEqual([]);
  });
});

describe("view, comment and review", () => {
  it("show an issue; what GitHub says stays text", async () => {
    await issue("Oil <b>the</b> *swing*", "It [squeaks](x)\n\nloudly");

    const text = await run("view", { number: "1" });

    expect(text).toBe(
      [
        `[#1](${setting.gitHub.url}/octo/hello/issues/1): Oil <b>the</b> *swing*`,
        "- Type: issue\n- State: open\n- Author: octo\n- Assignees: nobody",
        "> It [squeaks](x)\n>\n> loudly",
      ].join("\n\n"),
    );
    expect(begunAfter).toBeUndefined();
  });

  it("comment", async () => {
    await issue();

    expect(await run("comment", { number: "1", text: "Bring *oil*" })).toBe(
      `Commented on [#1](${setting.gitHub.url}/octo/hello/issues/1): Oil the swing`,
    );

    expect(setting.gitHub.issue("octo/hello", 1).comments).toMatchObject([{ body: "Bring *oil*", author: { login: "ada" } }]);
    expect(changes()).toEqual(["POST /repos/octo/hello/issues/1/comments"]);
  });

  it.each([
    ["approve", {}, { event: "APPROVE", body: "" }, "Approved"],
    ["request-changes", { text: "More oil" }, { event: "REQUEST_CHANGES", body: "More oil" }, "Requested changes of"],
    ["comment", { text: "Hm" }, { event: "COMMENT", body: "Hm" }, "Commented on"],
  ])("review: %s", async (verdict, text, review, said) => {
    await setting.gitHub.createPull("octo/hello", "Oil the swing", "octo");

    expect(await run("review", { number: "1", verdict, ...text })).toBe(
      `${said} [#1](${setting.gitHub.url}/octo/hello/pull/1): Oil the swing`,
    );

    expect(setting.gitHub.issue("octo/hello", 1).pull?.reviews).toMatchObject([review]);
  });

  it("do not review without a text where GitHub wants one, nor issues, nor with other words", async () => {
    await issue();

    await expect(run("review", { number: "1", verdict: "request-changes" })).rejects.toThrow("The text is missing");
    await expect(run("review", { number: "1", verdict: "approve" })).rejects.toThrow(
      "#1 is an issue, and only pull requests are reviewed.",
    );
    await expect(run("review", { number: "1", verdict: "constructor" })).rejects.toThrow('"constructor" is no verdict.');
    expect(begunAfter).toBeUndefined();
  });

  it("say so when there is no such issue", async () => {
    await expect(run("view", { number: "9" })).rejects.toThrow(
      `There is no #9 in octo/hello at ${setting.gitHub.url}, or your account may not see it.`,
    );
  });
});
