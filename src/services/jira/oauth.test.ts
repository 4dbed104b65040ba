import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import { RemoteError } from "../../core/errors.js";
import type { OAuthOutcome, OAuthQuery } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createCommitAuthors } from "./commit-authors.js";
import { signatureBase } from "./oauth1-signature.js";
import { createJiraOauth } from "./oauth.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";

const parts = { client: createJiraClient(), logins: createLoginBook() };
const oauth = createJiraOauth({ ...parts, authors: createCommitAuthors(parts) });
const ada = "@ada:example.org";
const webhook = { secret: new Secret("s") };
const redirect_uri = "https://bot.example.org/jira/oauth";
const app = { redirect_uri, client_id: "an id", client_secret: new Secret("planted-client-secret") };
const jiraUrl = "https://jira.example.org/jira";
const start = { actor: ada, state: "a state", codeChallenge: "a challenge" } as const;

const cloud: JiraConfig = { webhook, oauth: app };
const server: JiraConfig = { webhook, instances: { main: { url: `${jiraUrl}/`, oauth: app } } };
const now = 1_700_000_000_000;

let folder: string;
let consumer: JiraConfig;
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jira-oauth-"));
  const file = join(folder, "key.pem");
  writeFileSync(file, privateKey.export({ type: "pkcs1", format: "pem" }));
  consumer = { webhook, url: jiraUrl, oauth: { redirect_uri, consumerKey: "a consumer", privateKey: file } };
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function contextOf(config: JiraConfig, http: RecordedHttp): ServiceContext<JiraConfig> {
  return { ...createServiceContext(config, { http }), now: () => now };
}

async function begin(
  config: JiraConfig,
  remote?: string,
  http = new RecordedHttp(),
): Promise<{ readonly address: URL; readonly kept?: string }> {
  const { url, ...others } = await oauth.begin({ ...start, ...(remote === undefined ? {} : { remote }) }, contextOf(config, http));
  return { address: new URL(url), ...others };
}

function finish(config: JiraConfig, http: RecordedHttp, query: OAuthQuery, kept?: string): Promise<OAuthOutcome> {
  const back = { actor: ada, state: "a state", codeVerifier: "a verifier", query } as const;
  return oauth.finish({ ...back, ...(kept === undefined ? {} : { kept }) }, contextOf(config, http));
}

function loginOf(outcome: OAuthOutcome): unknown {
  return outcome.kind === "joined" ? JSON.parse(outcome.login) : undefined;
}

describe("a login at Jira Cloud", () => {
  const tokenCall = "POST https://auth.atlassian.com/oauth/token";
  const sitesCall = "GET https://api.atlassian.com/oauth/token/accessible-resources";
  const meCall = "GET https://api.atlassian.com/me";
  const site = { id: "site/1", name: "acme", url: "https://acme.atlassian.net", scopes: ["read:jira-work"] };
  const tokens = { access_token: "planted-access", refresh_token: "planted-refresh", expires_in: 3600, scope: "x" };
  const me = { account_id: "5b10", name: "Ada Example" };
  const answers = { [tokenCall]: tokens, [sitesCall]: [site], [meCall]: me };

  it("begins where Atlassian documents it", async () => {
    const { address } = await begin(cloud);

    expect(`${address.origin}${address.pathname}`).toBe("https://auth.atlassian.com/authorize");
    expect(Object.fromEntries(address.searchParams)).toEqual({
      audience: "api.atlassian.com",
      client_id: "an id",
      scope: "read:jira-work write:jira-work read:jira-user read:me read:account offline_access",
      redirect_uri,
      state: "a state",
      response_type: "code",
      prompt: "consent",
    });
    expect(oauth.callbackUrl(cloud)).toBe(redirect_uri);
  });

  it("exchanges the code, and joins the Atlassian account", async () => {
    const http = new RecordedHttp(answers);

    const outcome = await finish(cloud, http, { code: "planted-code", state: "a state" });

    const login = { accessToken: "planted-access", refreshToken: "planted-refresh", expiresAt: now + 3_600_000 };
    expect(outcome).toMatchObject({
      kind: "joined",
      remote: "https://api.atlassian.com",
      account: { name: "Ada Example", at: "https://acme.atlassian.net" },
      logoutCommand: "jira logout api.atlassian.com",
      forHookshot: { accountDataType: `uk.half-shot.matrix-hookshot.jira.password-store:${ada}` },
    });
    expect(loginOf(outcome)).toEqual({ ...login, id: "5b10", displayName: "Ada Example" });
    expect(outcome.kind === "joined" && JSON.parse(outcome.forHookshot?.text ?? "")).toEqual({
      access_token: "planted-access",
      refresh_token: "planted-refresh",
      instance: "api.atlassian.com",
      expires_in: now + 3_600_000,
    });
    expect(http.requests[0]).toMatchObject({
      call: tokenCall,
      body: {
        grant_type: "authorization_code",
        client_id: "an id",
        client_secret: "planted-client-secret",
        code: "planted-code",
        redirect_uri,
      },
    });
    expect(http.requests.slice(1).map(({ authorization }) => authorization)).toEqual(["Bearer planted-access", "Bearer planted-access"]);
  });

  // 401 is what Atlassian says to a scope that is missing.
  it.each([401, 403])("asks a site who the person is, where the app may not ask for the account (%i)", async (status) => {
    const myself = "GET https://api.atlassian.com/ex/jira/site%2F1/rest/api/3/myself";
    const http = new RecordedHttp({ ...answers, [meCall]: respond(status), [myself]: { accountId: "5b10", displayName: "Ada" } });

    expect(await finish(cloud, http, { code: "c" })).toMatchObject({ kind: "joined", account: { name: "Ada" } });
  });

  it("names sites by their addresses alone", async () => {
    const url = "https://ada:x@ACME.atlassian.net/\n and is yours, go on at https://evil.example.org?x";

    expect(await finish(cloud, new RecordedHttp({ ...answers, [sitesCall]: [{ ...site, url }] }), { code: "c" })).toMatchObject({
      account: { at: expect.not.stringMatching(/\s|\?|@/) as unknown },
    });
  });

  it("goes to the addresses of the configuration", async () => {
    const at = (path: string): string => `http://127.0.0.1:1234${path}`;
    const config = { webhook, oauth: { ...app, authorizationUrl: at("/agree?x=1"), tokenUrl: at("/token"), apiUrl: at("/api/") } };
    const http = new RecordedHttp({
      [`POST ${at("/token")}`]: tokens,
      [`GET ${at("/api/oauth/token/accessible-resources")}`]: [site],
      [`GET ${at("/api/me")}`]: me,
    });

    const { address } = await begin(config);

    expect(address.href).toMatch(/^http:\/\/127\.0\.0\.1:1234\/agree\?x=1&audience=/);
    expect(await finish(config, http, { code: "c" })).toMatchObject({ kind: "joined", remote: at("/api") });
  });

  it.each<{
    readonly title: string;
    readonly query: OAuthQuery;
    readonly further?: Readonly<Record<string, unknown>>;
    readonly says: string;
  }>([
    { title: "the person refuses", query: { error: "access_denied" }, says: "You did not let me in at Jira, so nothing was kept." },
    {
      title: "Atlassian refuses",
      query: { error: "<b>planted", code: "c" },
      says: "Jira sent no code along, so nothing was kept. Start again.",
    },
    { title: "there is no code", query: {}, says: "Jira sent no code along, so nothing was kept. Start again." },
    {
      title: "the code is old",
      query: { code: "c" },
      further: { [tokenCall]: respond(403, { error: "invalid_grant" }) },
      says: "Jira does not take this code: it is too old, or was used before. Start again.",
    },
    {
      title: "there is no site with Jira",
      query: { code: "c" },
      further: { [sitesCall]: [{ ...site, scopes: ["read:confluence-content.all"] }] },
      says: "Your Atlassian account has no site with Jira, or you chose none. Start again and choose one.",
    },
  ])("joins nothing where $title", async ({ query, further = {}, says }) => {
    expect(await finish(cloud, new RecordedHttp({ ...answers, ...further }), query)).toEqual({ kind: "refused", reason: says });
  });

  it.each([
    {
      title: "a wrong client secret",
      further: { [tokenCall]: respond(401, { error: "invalid_client" }) },
      says: /^auth\.atlassian\.com refuses this app \(invalid_client\)\. The administrator has to check `jira\.oauth`/,
    },
    { title: "no answer", further: { [tokenCall]: new RemoteError("cut") }, says: /gave no answer: cut/ },
    { title: "a failure", further: { [sitesCall]: respond(500) }, says: /failed \(500\)/ },
  ])("fails with reason and remedy, and without a secret: $title", async ({ further, says }) => {
    const failed = finish(cloud, new RecordedHttp({ ...answers, ...further }), { code: "planted-code" });

    await expect(failed).rejects.toThrow(RemoteError);
    await expect(failed).rejects.toThrow(says);
    await expect(failed).rejects.not.toThrow("planted");
  });
});

describe("a login at Data Center by OAuth 2", () => {
  const tokenCall = `POST ${jiraUrl}/rest/oauth2/latest/token`;
  const myselfCall = `GET ${jiraUrl}/rest/api/2/myself`;

  it("begins with PKCE where Atlassian documents it", async () => {
    const { address } = await begin(server, "main");

    expect(`${address.origin}${address.pathname}`).toBe(`${jiraUrl}/rest/oauth2/latest/authorize`);
    expect(Object.fromEntries(address.searchParams)).toEqual({
      client_id: "an id",
      redirect_uri,
      response_type: "code",
      state: "a state",
      scope: "WRITE",
      code_challenge: "a challenge",
      code_challenge_method: "S256",
    });
  });

  it("exchanges code and verifier, and joins the account", async () => {
    const http = new RecordedHttp({
      [tokenCall]: { access_token: "planted-access", refresh_token: "planted-refresh", expires_in: 7200 },
      [myselfCall]: { name: "ada", displayName: "Ada Example" },
    });

    const outcome = await finish(server, http, { code: "planted-code" });

    expect(outcome).toMatchObject({
      kind: "joined",
      remote: jiraUrl,
      account: { name: "Ada Example", at: `main (${jiraUrl})` },
      logoutCommand: "jira logout main",
    });
    expect(outcome).not.toHaveProperty("forHookshot");
    expect(loginOf(outcome)).toMatchObject({ accessToken: "planted-access", refreshToken: "planted-refresh", id: "ada" });
    expect(Object.fromEntries(new URLSearchParams(String(http.requests[0]?.body)))).toEqual({
      grant_type: "authorization_code",
      client_id: "an id",
      client_secret: "planted-client-secret",
      code: "planted-code",
      redirect_uri,
      code_verifier: "a verifier",
    });
  });
});

describe("a login at Data Center by OAuth 1.0a", () => {
  const at = (step: string): string => `${jiraUrl}/plugins/servlet/oauth/${step}`;
  const requestCall = `POST ${at("request-token")}`;
  const accessCall = `POST ${at("access-token")}`;
  const myselfCall = `GET ${jiraUrl}/rest/api/2/myself`;
  const form = (values: Readonly<Record<string, string>>): unknown => respond(200, new URLSearchParams(values).toString());
  const temporary = form({ oauth_token: "temporary", oauth_token_secret: "x", oauth_callback_confirmed: "true" });
  const lasting = form({ oauth_token: "planted-token", oauth_token_secret: "planted-secret", oauth_expires_in: "157680000" });
  const myself = { name: "ada", displayName: "Ada Example" };

  /** What was signed, if the signature is good. */
  function signed({ call, query, authorization = "" }: RecordedHttp["requests"][number]): Readonly<Record<string, string>> {
    const pairs = authorization.slice("OAuth ".length).split(", ");
    const read = pairs.map(
      (pair) => [pair.slice(0, pair.indexOf("=")), decodeURIComponent(pair.slice(pair.indexOf("=") + 2, -1))] as const,
    );
    const { oauth_signature: signature = "", ...parameters } = Object.fromEntries(read);
    const [method = "", url = ""] = call.split(" ");
    const base = signatureBase({ method, url }, [...Object.entries(query), ...Object.entries(parameters)]);
    expect(verify("sha1", Buffer.from(base), publicKey, Buffer.from(signature, "base64"))).toBe(true);
    return parameters;
  }

  it("asks for a temporary token first, and keeps it", async () => {
    const http = new RecordedHttp({ [requestCall]: temporary });

    const { address, kept } = await begin(consumer, undefined, http);

    expect(address.href).toBe(`${at("authorize")}?oauth_token=temporary`);
    expect(kept).toBe("temporary");
    expect(http.requests.map(signed)).toMatchObject([
      { oauth_consumer_key: "a consumer", oauth_callback: `${redirect_uri}?state=a%20state` },
    ]);
  });

  it("exchanges it, and joins the account", async () => {
    const http = new RecordedHttp({ [accessCall]: lasting, [myselfCall]: myself });

    const outcome = await finish(consumer, http, { state: "a state", oauth_token: "temporary", oauth_verifier: "v" }, "temporary");

    const accessToken = "jira-oauth1.0:planted-token/planted-secret";
    expect(outcome).toMatchObject({
      kind: "joined",
      remote: jiraUrl,
      account: { name: "Ada Example", at: `jira.example.org (${jiraUrl})` },
      forHookshot: {
        accountDataType: `uk.half-shot.matrix-hookshot.jira.password-store:${ada}`,
        text: JSON.stringify({ access_token: accessToken, instance: "jira.example.org" }),
      },
    });
    expect(loginOf(outcome)).toEqual({ accessToken, id: "ada", displayName: "Ada Example" });
    expect(http.requests.map(signed)).toMatchObject([{ oauth_token: "temporary", oauth_verifier: "v" }, { oauth_token: "planted-token" }]);
  });

  it.each<{ readonly title: string; readonly query: OAuthQuery; readonly access?: unknown; readonly says: RegExp }>([
    { title: "the person refuses", query: { oauth_token: "temporary", oauth_verifier: "denied" }, says: /^You did not let me in/ },
    { title: "there is no proof", query: { oauth_token: "temporary" }, says: /^You did not let me in/ },
    { title: "it is another's temporary token", query: { oauth_token: "another", oauth_verifier: "v" }, says: /^This is not the way back/ },
    { title: "there is no temporary token", query: { oauth_verifier: "v" }, says: /^This is not the way back/ },
    {
      title: "it is too late",
      query: { oauth_token: "temporary", oauth_verifier: "v" },
      access: respond(401, "oauth_problem=token_rejected"),
      says: /^Jira does not take this any more/,
    },
  ])("joins nothing where $title", async ({ query, access = lasting, says }) => {
    const http = new RecordedHttp({ [accessCall]: access, [myselfCall]: myself });

    expect(await finish(consumer, http, query, "temporary")).toEqual({ kind: "refused", reason: expect.stringMatching(says) });
  });

  it.each([
    {
      title: "an unknown consumer",
      answer: respond(401, "oauth_problem=consumer_key_unknown"),
      says: "gives no token (consumer_key_unknown). The administrator has to check `jira.oauth` and the application link in Jira",
    },
    { title: "a page", answer: respond(200, "<html>planted-secret"), says: "gives no token. The administrator has to check" },
    { title: "a failure", answer: respond(503), says: "failed (503). Try again later." },
    {
      title: "no answer",
      answer: new RemoteError("cut"),
      says: "gave no answer: cut. Try again later; if it stays so, the administrator has to check `jira.url`.",
    },
  ])("fails with reason and remedy: $title", async ({ answer, says }) => {
    const failed = begin(consumer, undefined, new RecordedHttp({ [requestCall]: answer }));

    await expect(failed).rejects.toThrow(RemoteError);
    await expect(failed).rejects.toThrow(`The Jira jira.example.org (${jiraUrl}) ${says}`);
    await expect(failed).rejects.not.toThrow("planted");
  });

  it.each(["missing.pem", "no-key.pem"])("names the key of the configuration where the private key is %s", async (name) => {
    writeFileSync(join(folder, "no-key.pem"), "planted-key");
    const config = { ...consumer, oauth: { redirect_uri, consumerKey: "k", privateKey: join(folder, name) } };

    const failed = begin(config);

    await expect(failed).rejects.toMatchObject({
      code: "HS_DISABLED_FEATURE",
      message: expect.stringContaining("`jira.oauth.privateKey`"),
    });
    await expect(failed).rejects.not.toThrow("planted");
  });
});

describe("a name that means two Jiras", () => {
  it("is refused", async () => {
    const instances = { one: { url: `${jiraUrl}/1`, oauth: app }, two: { url: `${jiraUrl}/2`, oauth: app } };

    await expect(begin({ webhook, instances }, "jira.example.org")).rejects.toThrow(
      `There are several Jiras at jira.example.org. Type \`one\` (${jiraUrl}/1) or \`two\` (${jiraUrl}/2) in its place.`,
    );
  });
});

describe("where nobody can log in with a browser", () => {
  it.each([
    { title: "without OAuth", config: { webhook, url: jiraUrl }, remote: undefined },
    { title: "at an instance without", config: { ...cloud, instances: { main: { url: jiraUrl } } }, remote: "main" },
    { title: "at an instance that is none", config: cloud, remote: "nowhere" },
  ])("that is said: $title", async ({ config, remote }) => {
    await expect(begin(config, remote)).rejects.toMatchObject({
      code: "HS_DISABLED_FEATURE",
      message: "Bot is not configured with JIRA OAuth support.",
    });
  });
});
