import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { Consent, ConnectionTarget, Resolution, SetupOperations } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { authorizeRepository } from "./authorize-repository.js";
import { resolveRepository } from "./resolve.js";
import { createSetupCommands } from "./setup-commands.js";

const ada = "@ada:example.org";

let setting: GitHubSetting;

beforeEach(async () => {
  setting = await createGitHubSetting();
  setting.logIn(ada, "ada");
});

afterEach(() => setting.gitHub.stop());

function resolve(typed: string, remoteName?: string): Promise<Resolution> {
  const input = { typed, actor: ada, ...(remoteName === undefined ? {} : { remoteName }) } as const;
  return resolveRepository(setting.resolveParts, input, setting.context);
}

const found = {
  kind: "found",
  target: { kindId: "repository", stateKey: "octo/hello", state: { org: "octo", repo: "hello" }, name: "octo/hello" },
};

describe("resolveRepository", () => {
  it.each(["octo/hello", "Octo/HELLO", " octo/hello "])("finds %j, as GitHub writes it", async (typed) => {
    expect(await resolve(typed)).toEqual(found);
  });

  it("finds it by its address, by its host's name, and by a former name", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    expect(await resolve(`${setting.gitHub.url}/octo/hello/issues`)).toEqual(found);
    expect(await resolve("octo/hello", new URL(setting.gitHub.url).host)).toEqual(found);
    expect(await resolve("octo/old")).toEqual(found);
  });

  it.each([
    ["hello", "`hello` is no repository at"],
    ["https://gitlab.com/octo/hello", "is no repository at"],
    ["octo/none", "Could not determine if the user has access to this repository, does the repository exist?"],
  ])("refuses %s", async (typed, reason) => {
    expect(await resolve(typed)).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) as unknown });
  });

  it("knows one GitHub only", async () => {
    expect(await resolve("octo/hello", "other")).toMatchObject({
      kind: "refused",
      reason: `There is no GitHub called \`other\` here, only the one at ${setting.gitHub.url}. Type \`!connect github octo/hello\`.`,
    });
  });

  it("asks people to log in", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    expect(await resolve("octo/hello")).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/^You are not logged into GitHub\. Make a personal access token/) as unknown,
    });
  });

  it("is for people who may write", async () => {
    setting.logIn(ada, "bo");

    expect(await resolve("octo/hello")).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("You must at least have write permissions to bridge this repository") as unknown,
    });
  });

  it("leads to the App's page where it is not installed, and works once it is", async () => {
    setting.gitHub.addRepository("ada/toys");

    expect(await resolve("ada/toys")).toEqual({
      kind: "refused",
      reason: `You need to add a GitHub App to this organisation / repository before you can bridge it. Open the link to add the app, and then retry this request: ${setting.gitHub.url}/apps/switchboard/installations/new`,
    });
    await setting.gitHub.install("ada");
    expect(await resolve("ada/toys")).toMatchObject({ kind: "found", target: { name: "ada/toys" } });
  });

  it("says why when GitHub cannot be asked", async () => {
    const context = { ...setting.context, http: deadHttpClient };

    expect(await resolveRepository(setting.resolveParts, { typed: "octo/hello", actor: ada }, context)).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("gave no answer") as unknown,
    });
  });
});

describe("authorizeRepository", () => {
  function authorize(state: Readonly<Record<string, unknown>>): Promise<Consent> {
    return authorizeRepository(setting.parts, { kindId: "repository", state, actor: ada }, setting.context);
  }

  it("grants what the sender may write to", async () => {
    expect(await authorize({ org: "octo", repo: "hello" })).toEqual({ granted: true });
  });

  it.each([
    [
      "a repository that is not there",
      { org: "octo", repo: "none" },
      "whoever wrote the state cannot show that they may write to octo/none",
    ],
    ["names that cannot be", { org: "..", repo: "x" }, "no repository can be called so"],
  ])("grants nothing for %s", async (_title, state, reason) => {
    expect(await authorize(state)).toMatchObject({ granted: false, reason: expect.stringContaining(reason) as unknown });
  });

  it("grants nothing to who may only read, and tells the room nothing of what GitHub said to them", async () => {
    setting.logIn(ada, "bo");

    const consent = await authorize({ org: "octo", repo: "hello" });

    expect(consent).toMatchObject({ granted: false });
    expect(JSON.stringify(consent)).not.toContain("403");
  });

  it("grants nothing to who is not logged in", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    expect(await authorize({ org: "octo", repo: "hello" })).toMatchObject({
      granted: false,
      reason: expect.stringContaining("is not logged into GitHub") as unknown,
    });
  });

  it("grants nothing under a former name, which may become another repository's", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    expect(await authorize({ org: "octo", repo: "old" })).toMatchObject({ granted: false });
  });

  it("cannot tell while GitHub fails", async () => {
    setting.gitHub.failWith({ kind: "status", status: 500 });

    await expect(authorize({ org: "octo", repo: "hello" })).rejects.toMatchObject({ isTransient: true });
  });
});

describe("set-up commands", () => {
  const commands = () => createSetupCommands(setting.parts, createMarkdownRenderer());
  let connected: Connection[];
  let targets: ConnectionTarget[];

  beforeEach(() => {
    connected = [];
    targets = [];
  });

  async function run(name: string, url = ""): Promise<string> {
    const setup: SetupOperations = {
      roomId: "!room:example.org",
      actor: ada,
      connections: async () => connected,
      async connect(target) {
        targets.push(target);
        return { kind: "created", connection: repositoryConnection(target.stateKey) };
      },
      async disconnect(connection) {
        connected = connected.filter((other) => other !== connection);
      },
      secretIdOf: async () => undefined,
    };
    const command = commands().find((candidate) => candidate.name === name);
    return (await command!.run({ url }, setup, setting.context)).body;
  }

  it("connect a repository by its address, in lower case", async () => {
    expect(await run("github repo", `${setting.gitHub.url}/Octo/Hello`)).toBe("Room configured to bridge octo/hello");
    expect(targets).toMatchObject([{ stateKey: "octo/hello", state: { org: "octo", repo: "hello" } }]);
  });

  it("connect a repository under the name that it has now", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    expect(await run("github repo", `${setting.gitHub.url}/octo/old`)).toBe("Room configured to bridge octo/hello");
    expect(targets).toMatchObject([{ stateKey: "octo/hello" }]);
  });

  it.each(["octo/hello", "https://gitlab.com/octo/hello", "nonsense"])("take no %s", async (url) => {
    await expect(run("github repo", url)).rejects.toThrow("The GitHub url you entered was not valid.");
  });

  it("ask for the login before they judge the address", async () => {
    setting.context.logins.remove(ada, setting.gitHub.url);

    await expect(run("github repo", "nonsense")).rejects.toThrow(
      "You are not logged into GitHub. Start a DM with this bot and use the command `github login`.",
    );
  });

  it("refuse in Hookshot's words", async () => {
    setting.logIn(ada, "bo");

    await expect(run("github repo", `${setting.gitHub.url}/octo/hello`)).rejects.toMatchObject({
      sentence: "You must at least have write permissions to bridge this repository",
    });
  });

  it("do not make the room wait for a GitHub that is away", async () => {
    setting.gitHub.failWith({ kind: "status", status: 500 });

    const refused = run("github repo", `${setting.gitHub.url}/octo/hello`);

    await expect(refused).rejects.toThrow("failed (500)");
    await expect(refused).rejects.not.toHaveProperty("isTransient");
  });

  it("list and remove", async () => {
    connected = [repositoryConnection("Octo/Hello"), { ...repositoryConnection("octo/other"), kindId: "issue" }];
    const url = `${setting.gitHub.url}/Octo/Hello`;

    expect(await run("github list")).toBe(`Currently connected to these GitHub repositories:\n\n * ${url}`);
    expect(await run("github remove", `${setting.gitHub.url}/octo/hello`)).toBe(
      `Room no longer bridged to GitHub repository ${setting.gitHub.url}/octo/hello.`,
    );
    expect(await run("github list")).toBe("Not connected to any GitHub repositories");
    await expect(run("github remove", url)).rejects.toThrow(`GitHub repository "${url}" is not currently bridged to this room`);
    expect(connected).toHaveLength(1);
  });
});
