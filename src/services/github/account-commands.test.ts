import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { browserLoginConfig, createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import { PermissionError, StorageError } from "../../core/errors.js";
import type { ConnectionId, UserId } from "../../core/ids.js";
import type { PersonalLogins } from "../../core/ports/personal-logins.js";
import { createAccountCommands } from "./account-commands.js";
import { howToLogIn } from "./login-help.js";

const ada = "@ada:example.org";
const hookshotType = "uk.half-shot.matrix-hookshot.github.password-store:";

let setting: GitHubSetting;

beforeEach(async () => {
  setting = await createGitHubSetting();
});

afterEach(() => setting.gitHub.stop());

async function run(name: string, words: readonly string[] = [], context = setting.context): Promise<string> {
  const command = createAccountCommands(setting.parts).find((candidate) => candidate.name === name);
  const { answer, changes = [] } = await command!.run(words, ada, context);
  await context.commit(changes);
  return answer.text;
}

describe("github setpersonaltoken", () => {
  it("keeps a token that GitHub takes, in Hookshot's form", async () => {
    expect(await run("github setpersonaltoken", ["ghp_ada_token"])).toBe("Connected as ada. Token stored.");

    const kept: unknown = JSON.parse((await setting.context.logins.get(ada, setting.gitHub.url)) ?? "");
    expect(kept).toEqual({ access_token: "ghp_ada_token", token_type: "pat" });
    expect(await run("github status")).toBe("You are logged in as ada");
  });

  it("keeps no token that GitHub does not take", async () => {
    expect(await run("github setpersonaltoken", ["ghp_wrong"])).toBe("Could not authenticate with GitHub. Is your token correct?");

    expect(await setting.context.logins.list(ada)).toEqual([]);
  });

  it("says so when GitHub cannot be asked", async () => {
    setting.gitHub.failWith({ kind: "status", status: 503 });

    await expect(run("github setpersonaltoken", ["ghp_ada_token"])).rejects.toThrow("failed (503). Try again later.");
  });

  it.each([[["ghp_ada_token", "more"]], [["ghp_\u{1f600}"]], [[]]])("does not say again what was typed: %j", async (words) => {
    const refused = run("github setpersonaltoken", words);

    await expect(refused).rejects.toThrow("That is no token.");
    await expect(refused).rejects.not.toThrow("ghp_");
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("is for people with the level login, and takes a secret", () => {
    const command = createAccountCommands(setting.parts).find(({ name }) => name === "github setpersonaltoken");

    expect(command).toMatchObject({ level: "login", takesSecret: true });
  });

  it("takes none where nothing can be kept", async () => {
    const context = { ...setting.context, logins: { ...setting.context.logins, canKeep: false } };

    await expect(run("github setpersonaltoken", ["ghp_ada_token"], context)).rejects.toThrow("`storage.keyFile`");
  });
});

describe("github status", () => {
  it("tells who is not logged in", async () => {
    expect(await run("github status")).toBe("You are not authenticated, please login.");
  });

  it("tells of a token that was revoked", async () => {
    setting.logIn(ada, "ada");
    setting.gitHub.failWith({ kind: "status", status: 401 });

    expect(await run("github status")).toBe("Your authentication is no longer valid, please login again.");
  });

  it("tells of a login that has ended", async () => {
    const ended = { access_token: "gho_x", token_type: "bearer", expires_in: setting.context.now() - 1 };
    setting.context.logins.put(ada, setting.gitHub.url, JSON.stringify(ended));

    expect(await run("github status")).toBe("Your authentication is no longer valid, please login again.");
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("tells when GitHub cannot be asked, and why", async () => {
    setting.logIn(ada, "ada");

    expect(await run("github status", [], { ...setting.context, http: deadHttpClient })).toContain(
      "The bridge was unable to authenticate as you, please login again. GitHub (",
    );
  });
});

describe("logins that Hookshot kept", () => {
  it.each([
    ["as JSON", hookshotType, JSON.stringify({ access_token: "ghp_ada_token", token_type: "pat" })],
    ["bare, under the older name", "uk.half-shot.matrix-github.password-store:", "ghp_ada_token"],
  ])("are taken over: %s", async (_title, type, stored) => {
    setting.logins.ofHookshot.set(`${type}${ada}`, stored);

    expect(await run("github status")).toBe("You are logged in as ada");
    expect(await setting.context.logins.list(ada)).toEqual([setting.gitHub.url]);
  });

  it("do not come back after a logout", async () => {
    setting.logins.ofHookshot.set(`${hookshotType}${ada}`, "ghp_ada_token");

    expect(await run("github logout")).toContain("Your GitHub token is forgotten.");
    expect(await run("github status")).toBe("You are not authenticated, please login.");
    expect(setting.logins.forgotten).toEqual([`${hookshotType}${ada}`, `uk.half-shot.matrix-github.password-store:${ada}`]);
  });

  it.each(["{", "{}", JSON.stringify({ access_token: "" })])("are left alone when they are of no use: %s", async (stored) => {
    setting.logins.ofHookshot.set(`${hookshotType}${ada}`, stored);

    expect(await run("github status")).toBe("You are not authenticated, please login.");
    expect(await setting.context.logins.list(ada)).toEqual([]);
  });
});

describe("github logout and login", () => {
  it("forget the token", async () => {
    setting.logIn(ada, "ada");

    expect(await run("github logout")).toBe(
      `Your GitHub token is forgotten. It works until you revoke it at ${setting.gitHub.url}/settings/tokens`,
    );
    expect(await run("github logout")).toBe("You are not logged in to GitHub.");
  });

  it("say how to log in", async () => {
    expect(await run("github login")).toBe(
      `The bridge is not configured with GitHub OAuth support. Make a personal access token (${setting.gitHub.url}/settings/tokens, with the scope \`repo\`), then type \`github setpersonaltoken <accessToken>\` in a direct chat with me.`,
    );
  });
});

describe("where people log in with the browser", () => {
  beforeEach(async () => {
    await setting.gitHub.stop();
    setting = await createGitHubSetting({ oauth: browserLoginConfig });
  });

  it("github login leads there, and names the other way", async () => {
    const url = "https://remote.example.org/authorize?state=state1";

    expect(await run("github login")).toBe(
      `Open ${url} to link your account to the bridge. The link is good once, for ten minutes, and for you alone: whoever opens it links their own account to you. Without a browser, make a personal access token (${setting.gitHub.url}/settings/tokens, with the scope \`repo\`), then type \`github setpersonaltoken <accessToken>\` in a direct chat with me.`,
    );
    expect(setting.logins.begun).toEqual([{ person: ada, remote: undefined }]);
  });

  it("github login is refused as the logins refuse it", async () => {
    const logins = { ...setting.context.logins, begin: () => Promise.reject(new PermissionError("User does not have permission")) };

    await expect(run("github login", [], { ...setting.context, logins })).rejects.toThrow("User does not have permission");
  });

  it("github status and github logout know that login", async () => {
    setting.logInByBrowser(ada, "ada");

    expect(await run("github status")).toBe("You are logged in as ada");
    expect(await run("github logout")).toBe(
      `Your GitHub login is forgotten. To withdraw it at GitHub as well, revoke the App at ${setting.gitHub.url}/settings/apps/authorizations`,
    );
    expect(await run("github status")).toBe("You are not authenticated, please login.");
  });

  it("github logout forgets a login that was encrypted with another key", async () => {
    setting.logInByBrowser(ada, "ada");
    const kept = setting.logins;
    const logins: PersonalLogins = {
      ...{ canKeep: true, list: (person: UserId) => kept.list(person), get: () => Promise.reject(new StorageError("another key")) },
      remove: (person: UserId, remote: string) => kept.remove(person, remote),
      forgetHookshots: (person: UserId, types: readonly string[]) => kept.forgetHookshots(person, types),
      // It needs no more.
    } as unknown as PersonalLogins;

    expect(await run("github logout", [], { ...setting.context, logins })).toContain("is forgotten");
    expect(kept.kept.size).toBe(0);
  });

  it("github status tells when a login could not be renewed, and keeps it", async () => {
    setting.logInByBrowser(ada, "ada");
    setting.advance(8 * 3_600_000);
    setting.gitHub.failWith({ kind: "status", status: 503 });

    expect(await run("github status")).toMatch(/^The bridge was unable to authenticate as you, please login again\. The token address of /);
    expect(setting.logins.kept.size).toBe(1);
  });

  it("who is not logged in is shown the browser first", async () => {
    expect(howToLogIn(setting.context)).toMatch(
      /^Type `github login` in a direct chat with me to do so with your browser; or make a personal access token \(/,
    );
  });
});

describe("github list-connections", () => {
  it("is for administrators", () => {
    expect(createAccountCommands(setting.parts).find(({ name }) => name === "github list-connections")?.level).toBe("admin");
  });

  it("lists what rooms are connected to, by kind", async () => {
    expect(await run("github list-connections")).toBe("No GitHub bridges");
    // Ids are made of rooms and state keys elsewhere.
    const id = "0123abc" as ConnectionId;
    const issue = { ...repositoryConnection("octo/hello"), kindId: "issue", stateKey: "https://api.github.com/issues/1", id };
    setting.context.connections.list.push({ ...repositoryConnection("octo/hello"), id }, issue);

    expect(await run("github list-connections")).toBe(
      [
        "Repositories:\n\n- octo/hello in `!room:example.org` as `0123abc`",
        "Issues:\n\n- https://api.github.com/issues/1 in `!room:example.org` as `0123abc`",
      ].join("\n\n"),
    );
  });
});
