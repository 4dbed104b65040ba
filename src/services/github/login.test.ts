import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { browserLoginConfig, createGitHubSetting, gitHubClient, type GitHubSetting } from "../../../test/support/github-setting.js";
import { respond, RecordedHttp } from "../../../test/support/recorded-http.js";
import { RemoteError } from "../../core/errors.js";
import { Secret } from "../../shared/secret.js";
import { findPerson } from "./session.js";

const ada = "@ada:example.org";
const hookshotType = `uk.half-shot.matrix-hookshot.github.password-store:${ada}`;
const eightHoursMs = 28_800_000;

let setting: GitHubSetting;

beforeEach(async () => {
  setting = await createGitHubSetting({ oauth: browserLoginConfig });
  setting.logInByBrowser(ada, "ada");
});

afterEach(() => setting.gitHub.stop());

interface Stored {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly expires_in?: number;
}

function stored(): Stored | undefined {
  const text = setting.logins.kept.get(`${ada} ${setting.gitHub.url}`);
  return text === undefined ? undefined : (JSON.parse(text) as Stored);
}

function keep(login: object): void {
  setting.logins.put(ada, setting.gitHub.url, JSON.stringify(login));
}

async function whoAmI(context = setting.context): Promise<string | undefined> {
  const link = await findPerson(setting.parts, ada, context);
  return link && (await setting.parts.client.whoAmI(link)).login;
}

function names(): readonly string[] {
  return setting.gitHub.requests.map(({ name }) => name);
}

describe("a login with the browser", () => {
  it("is used as long as it lasts", async () => {
    expect(await whoAmI()).toBe("ada");

    expect(names()).toEqual(["GET /user"]);
  });

  it("is renewed when it has ended, and kept in Hookshot's form", async () => {
    const before = stored();
    setting.advance(eightHoursMs);

    expect(await whoAmI()).toBe("ada");

    const after = stored();
    expect(after?.access_token).not.toBe(before?.access_token);
    expect(after?.refresh_token).not.toBe(before?.refresh_token);
    expect(after?.expires_in).toBeGreaterThan(setting.context.now());
    const [renewal] = setting.gitHub.requests;
    expect(Object.fromEntries(new URLSearchParams(renewal?.body))).toEqual({
      client_id: gitHubClient.clientId,
      client_secret: gitHubClient.clientSecret,
      grant_type: "refresh_token",
      refresh_token: before?.refresh_token,
    });
  });

  it("is written for Hookshot as well when it is renewed", async () => {
    setting.advance(eightHoursMs);

    await whoAmI();

    expect(setting.logins.writtenForHookshot).toEqual([{ accountDataType: hookshotType, text: JSON.stringify(stored()) }]);
  });

  it("keeps its refresh token where GitHub gives no other", async () => {
    const tokenUrl = "https://token.example.org/";
    const http = new RecordedHttp({
      [`POST ${tokenUrl}`]: { access_token: "ghu_new" },
      [`GET ${setting.gitHub.url}/api/v3/user`]: respond(200, { login: "ada" }, { "content-type": "application/json" }),
    });
    const { refresh_token: refresh } = stored() ?? {};
    setting.advance(eightHoursMs);

    const config = { ...setting.config, oauth: { ...browserLoginConfig, tokenUrl } };
    expect(await whoAmI({ ...setting.context, config, http })).toBe("ada");

    expect(stored()).toEqual({ access_token: "ghu_new", token_type: "bearer", refresh_token: refresh });
  });

  it("is renewed once when GitHub does not take it although it should last, and the request is sent again", async () => {
    const link = await findPerson(setting.parts, ada, setting.context);
    setting.gitHub.oauth.grants.endAccess();

    const both = await Promise.all([
      setting.parts.client.whoAmI(link!),
      setting.parts.client.createIssue(link!, { owner: "octo", repo: "hello" }, { title: "Oil", labels: [] }),
    ]);

    expect(both).toMatchObject([{ login: "ada" }, { number: 1 }]);
    expect(setting.gitHub.oauth.grants.renewals).toBe(1);
    expect(setting.gitHub.changes).toHaveLength(1);
    expect(await setting.parts.client.whoAmI(link!)).toEqual(expect.objectContaining({ login: "ada" }));
    expect(setting.gitHub.oauth.grants.renewals).toBe(1);
  });

  it("is asked for once more and not again when GitHub takes none", async () => {
    setting.gitHub.failWith({ kind: "status", status: 401, only: /^GET \/user$/ });

    await expect(whoAmI()).rejects.toThrow(
      `GitHub (${setting.gitHub.url}) does not accept your login (401). Type \`github login\` in a direct chat with me to log in again.`,
    );

    expect(names()).toEqual(["GET /user", "POST /login/oauth/access_token", "GET /user"]);
  });

  it("ends when GitHub says so for certain", async () => {
    keep({ ...stored(), refresh_token: "ghr_unknown" });
    setting.advance(eightHoursMs);

    expect(await whoAmI()).toBeUndefined();
    expect(stored()).toBeUndefined();
  });

  it("ends when a token has ended that cannot be renewed", async () => {
    keep({ access_token: "ghu_x", token_type: "bearer", expires_in: setting.context.now() - 1 });

    expect(await whoAmI()).toBeUndefined();
    expect(stored()).toBeUndefined();
    expect(names()).toEqual([]);
  });

  it("ends within a request that GitHub did not take, whose person is told to log in again", async () => {
    keep({ ...stored(), refresh_token: "ghr_unknown" });
    setting.gitHub.oauth.grants.endAccess();

    await expect(whoAmI()).rejects.toThrow("does not accept your login (401)");

    expect(stored()).toBeUndefined();
  });

  it.each([
    ["the App's secret is wrong", "planted-other", "GitHub refuses it (incorrect_client_credentials)"],
    ["the configuration has lost the way", undefined, "the configuration has no `github.oauth`"],
  ])("is kept when %s", async (_title, secret, reason) => {
    const before = stored();
    setting.advance(eightHoursMs);
    const { oauth: _oauth, ...config } = setting.config;
    if (secret !== undefined) setting.gitHub.oauth.register({ ...gitHubClient, clientSecret: secret });

    const failed = whoAmI(secret === undefined ? { ...setting.context, config } : setting.context);

    await expect(failed).rejects.toMatchObject({ isTransient: false, message: expect.stringContaining(reason) as unknown });
    await expect(failed).rejects.toThrow("The administrator has to check `github.oauth`.");
    expect(stored()).toEqual(before);
  });

  it("is kept while GitHub cannot be asked, before a request and within one", async () => {
    const before = stored();
    const link = await findPerson(setting.parts, ada, setting.context);
    setting.gitHub.oauth.grants.endAccess();
    setting.gitHub.failWith({ kind: "status", status: 503, only: /access_token$/ });

    await expect(setting.parts.client.createIssue(link!, { owner: "octo", repo: "hello" }, { title: "Oil", labels: [] })).rejects.toThrow(
      /^The token address of 127\.0\.0\.1:\d+ failed \(503\)\. Try again later\.$/,
    );
    await expect(setting.parts.client.workflows(link!, { owner: "octo", repo: "hello" })).rejects.toThrow(
      /^The token address of 127\.0\.0\.1:\d+ failed \(503\)\. Try again later\.$/,
    );
    setting.advance(eightHoursMs);
    const failed = whoAmI();

    await expect(failed).rejects.toMatchObject({ isTransient: true });
    await expect(failed).rejects.toBeInstanceOf(RemoteError);
    expect(stored()).toEqual(before);
    expect(setting.gitHub.changes).toEqual([]);
  });

  it("that cannot be renewed is kept when GitHub does not take it: a proxy may say so as well", async () => {
    keep({ access_token: "ghu_unknown", token_type: "bearer" });

    await expect(whoAmI()).rejects.toThrow("Type `github login` in a direct chat with me to log in again.");

    expect(stored()).toEqual({ access_token: "ghu_unknown", token_type: "bearer" });
    expect(names()).toEqual(["GET /user"]);
  });

  it("that may not do something is told who lacks the right, with none of its tokens", async () => {
    const { access_token: token } = stored() ?? { access_token: "" };
    setting.gitHub.failWith({ kind: "status", status: 403, message: `Resource not accessible with ${token}` });

    const failed = whoAmI();

    await expect(failed).rejects.toThrow("You may lack the right, or the GitHub App that you logged in through does.");
    await expect(failed).rejects.toThrow("Resource not accessible with [secret]");
  });
});

describe("an organisation's single sign-on", () => {
  it.each([
    [
      "a login with the browser",
      () => setting.logInByBrowser(ada, "ada"),
      "Sign in at the organisation's single sign-on first, then type `github login` again.",
    ],
    ["a token", () => setting.logIn(ada, "ada"), "Authorise the token for the organisation's single sign-on, too."],
  ])("is named to %s", async (_title, arrange, remedy) => {
    arrange();
    setting.gitHub.failWith({ kind: "status", status: 403, headers: { "x-github-sso": "required; url=https://github.com/orgs/octo/sso" } });

    await expect(whoAmI()).rejects.toThrow(remedy);
  });
});

describe("a personal access token", () => {
  it("is not renewed", async () => {
    setting.logIn(ada, "nobody");

    await expect(whoAmI()).rejects.toThrow("Make a new one there, then type `github setpersonaltoken <accessToken>`");

    expect(names()).toEqual(["GET /user"]);
  });

  it("is written for Hookshot as well", async () => {
    const { parts, context, logins } = setting;

    parts.logins.keepToken(ada, new Secret("ghp_ada_token"), context);

    const text = JSON.stringify({ access_token: "ghp_ada_token", token_type: "pat" });
    expect(logins.writtenForHookshot).toEqual([{ accountDataType: hookshotType, text }]);
  });
});

describe("a login that cannot be read", () => {
  it("is told to its person, and kept", async () => {
    setting.logins.put(ada, setting.gitHub.url, "{");

    await expect(whoAmI()).rejects.toThrow("Your GitHub login cannot be read any more. Type `github login` in a direct chat with me");
    expect(setting.logins.kept.size).toBe(1);
  });
});
