import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { browserLoginConfig, createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import type { Provisioned } from "../../core/provisioning.js";
import { createGitHubService } from "./index.js";
import { createRepositoryProvisioning } from "./provision-repository.js";
import { resolveRepository } from "./resolve.js";

const ada = "@ada:example.org";
const roomId = "!room:example.org";

let setting: GitHubSetting;

beforeEach(async () => {
  setting = await createGitHubSetting();
  setting.logIn(ada, "ada");
});

afterEach(() => setting.gitHub.stop());

function provision(config: Readonly<Record<string, unknown>>, current?: string, context = setting.context): Promise<Provisioned> {
  const changed = current === undefined ? {} : { current: repositoryConnection(current) };
  return createRepositoryProvisioning(setting.parts).provision({ roomId, config, actor: ada, ...changed }, context);
}

const hello = { org: "octo", repo: "hello", enableHooks: ["push"] };

describe("a program connects a repository", () => {
  it("as chat does, with the configuration as it was sent", async () => {
    expect(await provision(hello)).toEqual({
      target: { kindId: "repository", stateKey: "octo/hello", state: hello, name: "octo/hello" },
    });
  });

  it("in its own spelling, but under the name that it has now", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    expect(await provision({ org: "Octo", repo: "HELLO" })).toMatchObject({ target: { state: { org: "Octo", repo: "HELLO" } } });
    expect(await provision({ org: "octo", repo: "old" })).toMatchObject({
      target: { stateKey: "octo/hello", state: { org: "octo", repo: "hello" } },
    });
  });

  it("under the names that the API has for it", () => {
    const [kind] = createGitHubService().kinds;

    expect(kind?.provisioning).toMatchObject({ type: "GithubRepo", service: "github" });
  });

  it.each([
    ["nobody is logged in", () => setting.logins.remove(ada, setting.gitHub.url), "User is not authenticated with GitHub"],
    ["the login cannot be read", () => setting.logins.put(ada, setting.gitHub.url, "{"), "User is not authenticated with GitHub"],
    ["the token was revoked", () => setting.gitHub.failWith({ kind: "status", status: 401 }), "User is not authenticated with GitHub"],
    [
      "GitHub lets them see nothing",
      () => setting.gitHub.failWith({ kind: "status", status: 404, only: /^GET \/repos/ }),
      "Could not determine if the user has access to this repository, does the repository exist?",
    ],
    ["they may only read", () => setting.logIn(ada, "bo"), "You must at least have write permissions to bridge this repository"],
    [
      "an organisation forbids it",
      () => setting.gitHub.failWith({ kind: "status", status: 403, only: /^GET \/repos/, message: "SAML enforcement" }),
      "You must at least have write permissions to bridge this repository",
    ],
  ])("never when %s, in exactly Hookshot's words", async (_title, arrange, message) => {
    arrange();

    await expect(provision(hello)).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER", message });
  });

  it("never where the App is not installed, and is told where that is done", async () => {
    setting.gitHub.addRepository("ada/toys");

    await expect(provision({ org: "ada", repo: "toys" })).rejects.toMatchObject({
      code: "HS_ADDITIONAL_ACTION_REQUIRED",
      message:
        "You need to add a GitHub App to this organisation / repository before you can bridge it. Open the link to add the app, and then retry this request",
      details: { installUrl: `${setting.gitHub.url}/apps/switchboard/installations/new` },
    });
  });

  it.each([
    { org: "..", repo: "hello" },
    { org: "octo", repo: "hello/../other" },
    { org: "octo", repo: "hello", workflowRun: { matchingBranch: "(" } },
  ])("never by %j, and nobody is asked", async (config) => {
    await expect(provision(config)).rejects.toMatchObject({ code: "HS_BAD_VALUE" });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("never while GitHub cannot be asked", async () => {
    await expect(provision(hello, undefined, { ...setting.context, http: deadHttpClient })).rejects.toMatchObject({
      code: "HS_REMOTE_ERROR",
    });
  });
});

describe("a login with the browser, which learns nothing where the App is not installed,", () => {
  const forbid = (status: number): void =>
    setting.gitHub.failWith({ kind: "status", status, only: /permission$/, message: "Resource not accessible by integration" });

  beforeEach(async () => {
    await setting.gitHub.stop();
    setting = await createGitHubSetting({ oauth: browserLoginConfig });
    setting.logInByBrowser(ada, "ada");
    setting.gitHub.addRepository("bo/notes", { permissions: { ada: "write" } });
  });

  it("is led to the App's page", async () => {
    forbid(403);

    await expect(provision({ org: "bo", repo: "notes" })).rejects.toMatchObject({
      code: "HS_ADDITIONAL_ACTION_REQUIRED",
      details: { installUrl: `${setting.gitHub.url}/apps/switchboard/installations/new` },
    });
  });

  it("is told in chat that this may be why nothing is seen, and programs are told what they know", async () => {
    forbid(404);
    const sentence = "Could not determine if the user has access to this repository, does the repository exist?";

    await expect(provision({ org: "bo", repo: "notes" })).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER", message: sentence });
    expect(await resolveRepository(setting.resolveParts, { typed: "bo/notes", actor: ada }, setting.context)).toEqual({
      kind: "refused",
      reason: `${sentence} If it does, the GitHub App may not be installed there: ${setting.gitHub.url}/apps/switchboard/installations/new`,
    });
  });

  it("is not told whether a repository that it does not see is there", async () => {
    setting.gitHub.addRepository("octo/secret");
    forbid(404);
    const reasonFor = async (repo: string): Promise<string> => {
      const resolution = await resolveRepository(setting.resolveParts, { typed: `octo/${repo}`, actor: ada }, setting.context);
      return resolution.kind === "refused" ? resolution.reason : resolution.kind;
    };

    expect(await reasonFor("secret")).toBe(await reasonFor("nowhere"));
  });

  it("is refused as everybody where it is installed", async () => {
    forbid(403);

    await expect(provision(hello)).rejects.toMatchObject({
      code: "HS_FORBIDDEN_USER",
      message: "You must at least have write permissions to bridge this repository",
    });
  });
});

describe("a program changes a connection", () => {
  it.each(["octo/hello", "Octo/HELLO"])("of %s without a question as long as it stays the repository", async (current) => {
    setting.logins.kept.clear();

    expect(await provision(hello, current)).toMatchObject({ target: { state: hello } });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("to another repository only where the person may write", async () => {
    setting.gitHub.addRepository("octo/other");

    await expect(provision({ org: "octo", repo: "other" }, "octo/hello")).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER" });
    expect(await provision(hello, "octo/other")).toMatchObject({ target: { name: "octo/hello" } });
  });
});
