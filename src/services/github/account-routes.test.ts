import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserLoginConfig, createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import { respond, RecordedHttp } from "../../../test/support/recorded-http.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import type { AccountRoute } from "../../core/account-route.js";
import { SwitchboardError } from "../../core/errors.js";
import { createAccountRoutes } from "./account-routes.js";
import type { GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";

let setting: GitHubSetting;
// Compiles its schemas when it is asked first.
let routes: readonly AccountRoute<GitHubConfig>[] = [];

beforeAll(async () => {
  const { gitHub, parts } = await createGitHubSetting();
  routes = createAccountRoutes(parts);
  await gitHub.stop();
});

beforeEach(async () => {
  setting = await createGitHubSetting({ oauth: browserLoginConfig });
  setting.logInByBrowser(ada, "ada");
});

afterEach(() => setting.gitHub.stop());

interface Wish {
  readonly page?: number;
  readonly perPage?: number;
  readonly orgName?: string;
}

async function ask(path: string, { page = 1, perPage = 10, orgName }: Wish = {}, context = setting.context): Promise<unknown> {
  const route = routes.find((candidate) => candidate.path === path);
  const params = orgName === undefined ? {} : { orgName };
  return route!.run({ actor: ada, params, query: { page, perPage } }, context);
}

const account = "/github/account";
const all = "/github/repositories";
const ofOrg = "/github/orgs/:orgName/repositories";

interface Repositories {
  readonly loggedIn: boolean;
  readonly page: number;
  readonly repositories: readonly { readonly fullName: string }[];
  readonly changeSelectionUrl?: string;
}

async function list(path: string, wish?: Wish): Promise<Repositories> {
  // The route's schema of its answer says so.
  return (await ask(path, wish)) as Repositories;
}

async function fullNames(path: string, wish?: Wish): Promise<readonly string[]> {
  return (await list(path, wish)).repositories.map(({ fullName }) => fullName);
}

function names(): readonly string[] {
  return setting.gitHub.requests.map(({ name }) => name);
}

/** An organisation with the App and so many repositories that Ada may write to. */
async function addOrganization(login: string, count: number, selected?: readonly string[]): Promise<number> {
  setting.gitHub.addOrganization(login);
  for (let number = 1; number <= count; number += 1) setting.gitHub.addRepository(`${login}/r${number}`, { permissions: { ada: "write" } });
  return (await setting.gitHub.install(login, selected)).id;
}

describe("GET /github/oauth", () => {
  it("leads to the login and to the App's installation", async () => {
    expect(await ask("/github/oauth")).toEqual({
      user_url: "https://remote.example.org/authorize?state=state1",
      org_url: `${setting.gitHub.url}/apps/switchboard/installations/new`,
    });
    expect(setting.logins.begun).toEqual([{ person: ada, remote: undefined }]);
  });

  it("is refused where nobody logs in with the browser", async () => {
    const { oauth: _oauth, ...config } = setting.config;

    await expect(ask("/github/oauth", {}, { ...setting.context, config })).rejects.toMatchObject({
      code: "HS_DISABLED_FEATURE",
      message: "Bridge is not configured with OAuth support",
    });
  });

  it("fails while GitHub cannot be asked", async () => {
    const context = { ...setting.context, config: { ...setting.config }, http: deadHttpClient };

    await expect(ask("/github/oauth", {}, context)).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
  });
});

describe("GET /github/account", () => {
  it("names the person and every account that they reach, their own included", async () => {
    setting.gitHub.addRepository("ada/toys", { permissions: { ada: "admin" } });
    await setting.gitHub.install("ada");
    setting.gitHub.addOrganization("elsewhere");
    await setting.gitHub.install("elsewhere");

    expect(await ask(account)).toEqual({
      loggedIn: true,
      username: "ada",
      organisations: [
        { name: "octo", avatarUrl: expect.stringContaining("http") as unknown },
        { name: "ada", avatarUrl: expect.stringContaining("http") as unknown },
      ],
    });
  });

  it("leaves out where the App is suspended, so that pages stay full", async () => {
    await addOrganization("guild", 1);
    const suspended = setting.gitHub.addOrganization("asleep");
    setting.gitHub.addRepository("asleep/one", { permissions: { ada: "write" } });
    await setting.gitHub.suspend(await setting.gitHub.install(suspended.login));
    await addOrganization("last", 1);

    const pages = await Promise.all([1, 2].map((page) => ask(account, { page, perPage: 2 })));

    expect(pages).toMatchObject([{ organisations: [{ name: "octo" }, { name: "guild" }] }, { organisations: [{ name: "last" }] }]);
  });

  it("asks for no more than it tells", async () => {
    for (let number = 1; number <= 150; number += 1) await addOrganization(`org${number}`, 1);

    await ask(account, { page: 2, perPage: 10 });
    expect(names()).toEqual(["GET /user", "GET /user/installations"]);

    expect(await ask(account, { page: 16, perPage: 10 })).toMatchObject({ organisations: { length: 1 } });
  });

  it.each([
    ["nobody is logged in", () => setting.logins.remove(ada, setting.gitHub.url)],
    ["the login cannot be read", () => setting.logins.put(ada, setting.gitHub.url, "{")],
    ["GitHub does not take the token", () => setting.logins.put(ada, setting.gitHub.url, "ghp_unknown")],
  ])("says so when %s", async (_title, arrange) => {
    arrange();

    expect(await ask(account)).toEqual({ loggedIn: false, organisations: [] });
  });

  it("names nobody but the person to a personal access token, which GitHub tells nothing more", async () => {
    setting.logIn(ada, "ada");

    expect(await ask(account)).toEqual({ loggedIn: true, username: "ada", organisations: [] });
  });
});

describe("GET /github/repositories", () => {
  it("lists what the person reaches", async () => {
    setting.gitHub.addRepository("octo/described", { permissions: { ada: "read" }, description: "Swings" });

    const { repositories, ...rest } = await list(all);

    expect(rest).toEqual({ loggedIn: true, page: 1 });
    const avatarUrl: unknown = expect.stringContaining("http");
    expect(repositories).toEqual([
      { name: "hello", owner: "octo", fullName: "octo/hello", description: "", avatarUrl },
      { name: "described", owner: "octo", fullName: "octo/described", description: "Swings", avatarUrl },
    ]);
  });

  it.each([3, 7, 10, 100])("pages over all installations by %i, gives everything once, and ends", async (perPage) => {
    await addOrganization("guild", 23);
    await addOrganization("empty", 0);
    await addOrganization("band", 9);
    const told: string[] = [];
    let page = 1;
    for (; ; page += 1) {
      const found = await fullNames(all, { page, perPage });
      told.push(...found);
      if (found.length < perPage) break;
    }

    expect(page).toBe(Math.floor(33 / perPage) + 1);
    expect(told).toHaveLength(33);
    expect(new Set(told).size).toBe(33);
    expect([told[0], told[1], told[24], told[32]]).toEqual(["octo/hello", "guild/r1", "band/r1", "band/r9"]);
  });

  it("asks once for what begins where a page does, and at most twice within an installation", async () => {
    await addOrganization("guild", 230);
    const count = async (wish: Wish): Promise<number> => {
      const before = names().length;
      await list(all, wish);
      return names().length - before;
    };

    // The installations, then those of octo and those of guild.
    expect(await count({ page: 1, perPage: 1 })).toBe(2);
    expect(await count({ page: 1, perPage: 10 })).toBe(3);
    expect(await count({ page: 11, perPage: 10 })).toBe(4);
    expect(await count({ page: 12, perPage: 10 })).toBe(3);
    expect(await count({ page: 1_000_000, perPage: 100 })).toBe(3);
  });

  it("leads to the choice of repositories only where the own account's installation is limited", async () => {
    await addOrganization("guild", 2, ["r1"]);
    setting.gitHub.addRepository("bo/notes", { permissions: { ada: "write" } });
    await setting.gitHub.install("bo", ["notes"]);
    expect(await list(all)).not.toHaveProperty("changeSelectionUrl");
    setting.gitHub.addRepository("ada/toys", { permissions: { ada: "admin" } });

    const { id } = await setting.gitHub.install("ada", ["toys"]);

    const { changeSelectionUrl, repositories } = await list(all, { page: 2, perPage: 1 });
    expect(changeSelectionUrl).toBe(`${setting.gitHub.url}/settings/installations/${id}`);
    expect(repositories).toMatchObject([{ fullName: "guild/r1" }]);
  });

  it.each([all, ofOrg])("%s is for people who are logged in", async (path) => {
    setting.logins.kept.clear();
    const refused = { code: "HS_FORBIDDEN_USER", message: "Not logged in" };
    await expect(ask(path, { orgName: "octo" })).rejects.toMatchObject(refused);

    setting.logins.put(ada, setting.gitHub.url, "ghp_unknown");

    await expect(ask(path, { orgName: "octo" })).rejects.toMatchObject(refused);
  });

  it.each([all, ofOrg, account])("%s fails as a remote does while GitHub fails", async (path) => {
    setting.gitHub.failWith({ kind: "status", status: 503, only: /installations/ });

    await expect(ask(path, { orgName: "octo" })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
  });

  it("goes on where an installation is gone between two requests", async () => {
    await addOrganization("guild", 2);
    setting.gitHub.failWith({ kind: "status", status: 404, only: /installations\/\d+\/repositories$/, times: 1 });

    expect(await fullNames(all)).toEqual(["guild/r1", "guild/r2"]);
  });

  it("ends where GitHub's pages do not, as soon as nobody waits for the answer any more", async () => {
    const type = { "content-type": "application/json" };
    const api = `GET ${setting.gitHub.url}/api/v3/user/installations`;
    const installation = { id: 1, account: { login: "octo", type: "Organization" } };
    const http = new RecordedHttp({
      [api]: respond(200, { total_count: 1, installations: Array(100).fill(installation) }, type),
      [`${api}/1/repositories`]: respond(200, { total_count: 0, repositories: [] }, type),
    });
    // Every look at the time is a second.
    let seconds = 0;
    const now = (): number => (seconds += 1) * 1_000;

    await expect(ask(all, {}, { ...setting.context, http, now })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
    expect(http.calls.length).toBeLessThan(20);
  });

  it("tells what a personal access token lacks", async () => {
    setting.logIn(ada, "ada");

    const refused: unknown = await ask(all).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(SwitchboardError);
    expect(refused).toMatchObject({ code: "HS_ADDITIONAL_ACTION_REQUIRED" });
    expect(String(refused)).toContain("Could not fetch accessible repos for GitHub user: GitHub does not tell a personal access token");
  });
});

describe("GET /github/orgs/{org}/repositories", () => {
  it.each(["guild", "GUILD"])("lists those of %s alone, page by page", async (orgName) => {
    await addOrganization("guild", 11);

    expect(await fullNames(ofOrg, { orgName })).toHaveLength(10);
    expect(await fullNames(ofOrg, { orgName, page: 2 })).toEqual(["guild/r11"]);
    expect(await list(ofOrg, { orgName, page: 3 })).toEqual({ loggedIn: true, page: 3, repositories: [] });
  });

  it("leads to the organisation's choice of repositories, or to the own account's", async () => {
    const guild = await addOrganization("guild", 2, ["r1"]);
    setting.gitHub.addRepository("ada/toys", { permissions: { ada: "admin" } });
    const own = await setting.gitHub.install("ada", ["toys"]);

    expect(await list(ofOrg, { orgName: "guild" })).toMatchObject({
      changeSelectionUrl: `${setting.gitHub.url}/organizations/guild/settings/installations/${guild}`,
      repositories: [{ fullName: "guild/r1" }],
    });
    expect((await list(ofOrg, { orgName: "ada" })).changeSelectionUrl).toBe(`${setting.gitHub.url}/settings/installations/${own.id}`);
    expect(await list(ofOrg, { orgName: "octo" })).not.toHaveProperty("changeSelectionUrl");
  });

  it("leads nobody to the settings of another person", async () => {
    setting.gitHub.addRepository("bo/notes", { permissions: { ada: "write" } });
    await setting.gitHub.install("bo", ["notes"]);

    const { changeSelectionUrl, repositories } = await list(ofOrg, { orgName: "bo" });

    expect(repositories).toMatchObject([{ fullName: "bo/notes" }]);
    expect(changeSelectionUrl).toBeUndefined();
  });

  it.each(["guild", "no/such", "../user", ""])("is refused for %j, which they do not reach", async (orgName) => {
    setting.gitHub.addOrganization("guild");
    setting.gitHub.addRepository("guild/secret");
    await setting.gitHub.install("guild");

    await expect(ask(ofOrg, { orgName })).rejects.toMatchObject({
      code: "HS_ADDITIONAL_ACTION_REQUIRED",
      message: "Could not fetch accessible repos for GitHub org",
      details: { installUrl: `${setting.gitHub.url}/apps/switchboard/installations/new` },
    });
  });

  it("is refused in the same words where GitHub tells a token nothing", async () => {
    setting.logIn(ada, "ada");

    await expect(ask(ofOrg, { orgName: "octo" })).rejects.toMatchObject({
      code: "HS_ADDITIONAL_ACTION_REQUIRED",
      message: "Could not fetch accessible repos for GitHub org",
    });
  });
});
