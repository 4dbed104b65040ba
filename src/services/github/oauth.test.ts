import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decide } from "../../../test/support/browser.js";
import { gitHubConfig } from "../../../test/support/github-events.js";
import { browserLoginConfig, createGitHubSetting, gitHubClient, type GitHubSetting } from "../../../test/support/github-setting.js";
import { respond, RecordedHttp } from "../../../test/support/recorded-http.js";
import { createServiceContext, deadHttpClient } from "../../../test/support/service-context.js";
import type { OAuthOutcome, OAuthReturn } from "../../core/oauth.js";
import { createOAuthLogin } from "./oauth.js";
import { createGitHubParts } from "./session.js";

const ada = "@ada:example.org";
const verifier = "verifier-of-forty-three-characters-0123456789";
const challenge = createHash("sha256").update(verifier).digest("base64url");
const start = { actor: ada, state: "planted-state", codeChallenge: challenge } as const;

let setting: GitHubSetting;
const oauth = () => createOAuthLogin(setting.parts);

beforeEach(async () => {
  setting = await createGitHubSetting({ oauth: browserLoginConfig });
});

afterEach(() => setting.gitHub.stop());

async function begin(changes: object = {}): Promise<URL> {
  const context = { ...setting.context, config: { ...setting.config, ...changes } };
  return new URL((await oauth().begin(start, context)).url);
}

/** What comes back when Ada allows it. */
async function comeBack(changes: Partial<OAuthReturn> = {}): Promise<OAuthReturn> {
  const back = new URL(await decide((await begin()).href, { as: "ada", isAllowed: true }));
  const query = Object.fromEntries(back.searchParams);
  return { actor: ada, query, state: start.state, codeVerifier: verifier, ...changes };
}

async function usedUp(): Promise<OAuthReturn> {
  const back = await comeBack();
  await finish(back);
  return back;
}

function finish(back: OAuthReturn, context = setting.context): Promise<OAuthOutcome> {
  return oauth().finish(back, context);
}

describe("a login with the browser begins", () => {
  it("at the configured GitHub, with PKCE and no secret", async () => {
    const url = await begin();

    expect(`${url.origin}${url.pathname}`).toBe(`${setting.gitHub.url}/login/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: gitHubClient.clientId,
      redirect_uri: gitHubClient.redirectUri,
      state: "planted-state",
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    expect(setting.gitHub.requests).toEqual([]);
  });

  it("at the address that the configuration gives, whatever stands in it", async () => {
    const url = await begin({ oauth: { ...browserLoginConfig, authorizationUrl: "https://sso.example.org/authorize?tenant=a&state=old" } });

    expect(url.href).toMatch(/^https:\/\/sso\.example\.org\/authorize\?tenant=a&/);
    expect(url.searchParams.getAll("state")).toEqual(["planted-state"]);
  });

  it("at GitHub's cloud where no Enterprise Server is configured", async () => {
    const context = createServiceContext({ ...gitHubConfig, oauth: browserLoginConfig });

    expect((await oauth().begin(start, context)).url).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/);
  });

  it("nowhere without the configuration", async () => {
    const begun = oauth().begin(start, createServiceContext(gitHubConfig));

    await expect(begun).rejects.toMatchObject({ code: "HS_DISABLED_FEATURE", message: "Bridge is not configured with OAuth support" });
    expect(oauth().callbackUrl(gitHubConfig)).toBeUndefined();
  });

  it("and comes back to the path of either generation", () => {
    expect(oauth().callbackPaths).toEqual(["/github/oauth", "/oauth"]);
    expect(oauth().callbackUrl(setting.config)).toBe(gitHubClient.redirectUri);
  });
});

describe("a login with the browser ends", () => {
  it("with who it is, and a login in Hookshot's form", async () => {
    const before = setting.context.now();

    const outcome = await finish(await comeBack());

    expect(outcome).toMatchObject({
      kind: "joined",
      remote: setting.gitHub.url,
      account: { name: "ada", at: `GitHub (${setting.gitHub.url})` },
      logoutCommand: "github logout",
      forHookshot: { accountDataType: `uk.half-shot.matrix-hookshot.github.password-store:${ada}` },
    });
    if (outcome.kind !== "joined") throw new TypeError("it was refused");
    expect(outcome.forHookshot?.text).toBe(outcome.login);
    const login = JSON.parse(outcome.login) as Record<string, unknown>;
    expect(login).toMatchObject({ access_token: expect.stringMatching(/^ghu_/), token_type: "bearer" });
    expect(login).toMatchObject({ refresh_token: expect.stringMatching(/^ghr_/) });
    // Eight hours and six months, as milliseconds since the epoch.
    expect(Number(login["expires_in"]) - before).toBeGreaterThanOrEqual(28_800_000);
    expect(Number(login["refresh_token_expires_in"]) - before).toBeGreaterThanOrEqual(15_811_200_000);
  });

  it("with a request that carries its secrets in the body alone", async () => {
    const back = await comeBack();

    await finish(back);

    const [exchange, whoAmI] = setting.gitHub.requests.slice(-2);
    expect(exchange).toMatchObject({ name: "POST /login/oauth/access_token", query: "", authorization: undefined });
    expect(Object.fromEntries(new URLSearchParams(exchange?.body))).toEqual({
      client_id: gitHubClient.clientId,
      client_secret: gitHubClient.clientSecret,
      code: back.query["code"],
      redirect_uri: gitHubClient.redirectUri,
      code_verifier: verifier,
    });
    expect(whoAmI).toMatchObject({ name: "GET /user", authorization: expect.stringMatching(/^token ghu_/) as unknown });
  });

  it("without an end where the App's tokens have none", async () => {
    const tokenUrl = "https://token.example.org/access_token";
    const http = new RecordedHttp({
      [`POST ${tokenUrl}`]: { access_token: "ghu_lasting", token_type: "bearer", scope: "" },
      "GET https://api.github.com/user": respond(200, { login: "ada" }, { "content-type": "application/json" }),
    });
    const context = createServiceContext({ ...gitHubConfig, oauth: { ...browserLoginConfig, tokenUrl } }, { http });

    const outcome = await createOAuthLogin(createGitHubParts({ retryPauseMs: 0, isSpaced: false })).finish(
      { actor: ada, query: { code: "c" }, state: "s", codeVerifier: verifier },
      context,
    );

    expect(outcome).toMatchObject({
      remote: "https://github.com",
      login: JSON.stringify({ access_token: "ghu_lasting", token_type: "bearer" }),
    });
  });

  it.each([
    ["a code that was used", usedUp, "does not take the code"],
    ["another's verifier", () => comeBack({ codeVerifier: "other" }), "does not take the code"],
    ["no code", () => comeBack({ query: {} }), "GitHub sent no code along."],
  ])("in a refusal for %s", async (_title, back, reason) => {
    const outcome = await finish(await back());

    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringContaining(reason) as unknown });
    expect(outcome).toMatchObject({ reason: expect.stringContaining("Type `github login` in the direct chat") as unknown });
  });

  it("in a refusal that is the administrator's where GitHub does not know us", async () => {
    const back = await comeBack();
    setting.gitHub.oauth.register({ ...gitHubClient, clientSecret: "another" });

    expect(await finish(back)).toEqual({
      kind: "refused",
      reason:
        "GitHub refused to log you in (incorrect_client_credentials). The administrator has to check `github.oauth` in the configuration and the GitHub App's page.",
    });
  });

  it("in a refusal where GitHub does not tell who it is", async () => {
    const back = await comeBack();
    setting.gitHub.failWith({ kind: "status", status: 403, only: /^GET \/user$/ });

    expect(await finish(back)).toMatchObject({ kind: "refused", reason: expect.stringContaining("did not tell who you are") as unknown });
  });

  it.each([/access_token$/, /^GET \/user$/])("nowhere while GitHub fails at %s", async (only) => {
    const back = await comeBack();
    setting.gitHub.failWith({ kind: "status", status: 503, only });

    const finished = finish(back);

    await expect(finished).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
    await expect(finished).rejects.not.toThrow(back.query["code"]);
  });

  it("nowhere when GitHub cannot be reached", async () => {
    const back = await comeBack();

    await expect(finish(back, { ...setting.context, http: deadHttpClient })).rejects.toMatchObject({ code: "HS_REMOTE_ERROR" });
  });
});

describe("a return that belongs to no login", () => {
  it.each([
    ["install", true, "The GitHub App is installed"],
    ["update", true, "The GitHub App's repositories were changed"],
    ["request", true, "The GitHub App was asked for"],
    ["<b>other</b>", false, "Nothing was done"],
  ])("is told of: %s", (action, isGood, title) => {
    const note = oauth().otherReturn?.({ setup_action: action, installation_id: "7" });

    expect(note).toMatchObject({ isGood, title });
    expect(JSON.stringify(note)).not.toContain("<b>");
  });

  it("is nothing without GitHub's word for it", () => {
    expect(oauth().otherReturn?.({ code: "c" })).toBeUndefined();
  });
});
