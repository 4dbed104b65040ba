import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import { RemoteError } from "../../core/errors.js";
import type { HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { instancesOf } from "./instances.js";
import { createLoginBook } from "./personal-login.js";
import type { UserAnswer } from "./rest-schema.js";
import type { JiraConfig } from "./schema.js";

const ada = "@ada:example.org";
const url = "https://jira.example.org";
const redirect_uri = "https://bot.example.org/jira/oauth";
const app = { redirect_uri, client_id: "an id", client_secret: new Secret("planted-client-secret") };
const webhook = { secret: new Secret("s") };
const byOauth2: JiraConfig = { webhook, instances: { main: { url, oauth: app } } };
const byCloud: JiraConfig = { webhook, oauth: app };
const now = 1_700_000_000_000;
const myselfCall = `GET ${url}/rest/api/2/myself`;
const tokenCall = `POST ${url}/rest/oauth2/latest/token`;

let folder: string;
let byOauth1: JiraConfig;
let http: RecordedHttp;
let logins: MemoryLogins;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jira-login-"));
  const privateKey = join(folder, "key.pem");
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  writeFileSync(privateKey, key.export({ type: "pkcs8", format: "pem" }));
  byOauth1 = { webhook, url, oauth: { redirect_uri, consumerKey: "a consumer", privateKey } };
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  http = new RecordedHttp({ [myselfCall]: { name: "ada" } });
  logins = createMemoryLogins({ now: () => now });
});

/** Asks who the person is, by what is kept for them at the first instance. */
async function ask(config: JiraConfig, network: Pick<RecordedHttp, "request"> = http): Promise<UserAnswer | undefined> {
  const context = { ...createServiceContext(config, { http: network, logins }), now: () => now };
  const [instance] = instancesOf(config);
  const login = await createLoginBook().find(ada, instance!, context);
  return login && createJiraClient().myself({ http: network, access: login.access });
}

function keep(login: object, remote = url): void {
  logins.put(ada, remote, JSON.stringify(login));
}

async function kept(remote = url): Promise<unknown> {
  const stored = await logins.get(ada, remote);
  return stored === undefined ? undefined : JSON.parse(stored);
}

/** Takes the newer access token only. */
class ExactingHttp extends RecordedHttp {
  override request(request: HttpRequest): Promise<HttpResponse> {
    const answer = super.request(request);
    return request.headers?.["authorization"] === "Bearer planted-old" ? Promise.resolve(respond(401, "planted-old")) : answer;
  }
}

const old = { accessToken: "planted-old", refreshToken: "planted-refresh", id: "ada", displayName: "Ada" };
const renewed = { access_token: "planted-new", refresh_token: "planted-next", expires_in: 60 };

describe("a login by OAuth 2", () => {
  it("is used as long as it lasts", async () => {
    keep({ ...old, expiresAt: now + 600_000 });

    await ask(byOauth2);

    expect(http.requests).toEqual([expect.objectContaining({ call: myselfCall, authorization: "Bearer planted-old" })]);
  });

  it.each([
    {
      title: "Data Center, which compares the address of the way back",
      config: byOauth2,
      remote: url,
      call: tokenCall,
      me: myselfCall,
      sent: "grant_type=refresh_token&redirect_uri=https%3A%2F%2Fbot.example.org%2Fjira%2Foauth&refresh_token=planted-refresh",
    },
    {
      title: "Jira Cloud, in JSON",
      config: byCloud,
      remote: "https://api.atlassian.com",
      call: "POST https://auth.atlassian.com/oauth/token",
      me: "GET https://api.atlassian.com/rest/api/3/myself",
      sent: "grant_type=refresh_token&refresh_token=planted-refresh",
    },
  ])("is renewed once it has ended: $title", async ({ config, remote, call, me, sent }) => {
    keep({ ...old, expiresAt: now - 1 }, remote);
    http.answer(call, renewed);
    http.answer(me, { name: "ada" });

    await ask(config);

    const [asked] = http.requests;
    const parameters = new URLSearchParams(typeof asked?.body === "string" ? asked.body : Object.entries(asked?.body as object));
    parameters.sort();
    expect(asked?.call).toBe(call);
    expect(parameters.toString()).toBe(`client_id=an+id&client_secret=planted-client-secret&${sent}`);
    expect(http.requests[1]).toMatchObject({ call: me, authorization: "Bearer planted-new" });
    expect(await kept(remote)).toEqual({ ...old, accessToken: "planted-new", refreshToken: "planted-next", expiresAt: now + 60_000 });
  });

  it("is handed to Hookshot as well at Jira Cloud, where the one that it has is worth nothing from then on", async () => {
    const remote = "https://api.atlassian.com";
    keep({ ...old, expiresAt: now - 1 }, remote);
    http.answer("POST https://auth.atlassian.com/oauth/token", renewed);
    http.answer(`GET ${remote}/rest/api/3/myself`, { accountId: "ada" });

    await ask(byCloud);

    const [written, ...others] = logins.writtenForHookshot;
    expect([written?.accountDataType, others]).toEqual([`uk.half-shot.matrix-hookshot.jira.password-store:${ada}`, []]);
    expect(JSON.parse(written?.text ?? "")).toEqual({
      access_token: "planted-new",
      refresh_token: "planted-next",
      instance: "api.atlassian.com",
      expires_in: now + 60_000,
    });
  });

  it("is not handed to Hookshot at Data Center, where it has none", async () => {
    keep({ ...old, expiresAt: now - 1 });
    http.answer(tokenCall, renewed);

    await ask(byOauth2);

    expect(logins.writtenForHookshot).toEqual([]);
  });

  it("keeps a refresh token that is not replaced", async () => {
    keep({ ...old, expiresAt: now - 1 });
    http.answer(tokenCall, { access_token: "planted-new" });

    await ask(byOauth2);

    expect(await kept()).toEqual({ ...old, accessToken: "planted-new" });
  });

  it("is renewed and used again where Jira does not take it", async () => {
    const network = new ExactingHttp({ [myselfCall]: { name: "ada" }, [tokenCall]: renewed });
    keep({ ...old, expiresAt: now + 600_000 });

    expect(await ask(byOauth2, network)).toEqual({ name: "ada" });
    expect(network.calls).toEqual([myselfCall, tokenCall, myselfCall]);
  });

  it("is not asked for a third time", async () => {
    http.answer(myselfCall, respond(401, "planted-new"));
    http.answer(tokenCall, renewed);
    keep(old);

    const failed = ask(byOauth2);

    await expect(failed).rejects.toThrow("does not accept your login (401). Type `jira login main` in a direct chat with me.");
    await expect(failed).rejects.not.toThrow("planted");
    expect(http.calls).toEqual([myselfCall, tokenCall, myselfCall]);
  });

  it("stays where one answer refuses it and it cannot be renewed", async () => {
    http.answer(myselfCall, respond(401));
    keep({ accessToken: "planted-old" });

    await expect(ask(byOauth2)).rejects.toThrow("does not accept your login (401)");
    expect(await kept()).toEqual({ accessToken: "planted-old" });
  });

  it.each([
    { title: "the standard's word", answer: respond(400, { error: "invalid_grant" }) },
    { title: "Atlassian's", answer: respond(403, { error: "unauthorized_client", error_description: "refresh_token is invalid" }) },
  ])("is over when the remote says so for certain: $title", async ({ answer }) => {
    http.answer(tokenCall, answer);
    keep({ ...old, expiresAt: now - 1 });

    await expect(ask(byOauth2)).rejects.toMatchObject({
      status: 401,
      message: `Your login at main (${url}) has ended. Type \`jira login main\` in a direct chat with me.`,
    });
    expect(await kept()).toBeUndefined();
  });

  it("is over when it has ended and there is nothing to renew it with", async () => {
    keep({ accessToken: "planted-old", expiresAt: now - 1 });

    await expect(ask(byOauth2)).rejects.toThrow("has ended");
    expect(await kept()).toBeUndefined();
    expect(http.requests).toEqual([]);
  });

  it.each([
    { title: "a failure", answer: respond(503), says: "failed (503)" },
    {
      title: "an app that is not let in",
      answer: respond(401, { error: "invalid_client" }),
      says: "has to check `jira.instances.main.oauth`",
    },
    { title: "an app that may not do this", answer: respond(403, { error: "unauthorized_client" }), says: "refuses this app" },
    {
      title: "an app that may not renew",
      answer: respond(403, { error: "unauthorized_client", error_description: "Grant type 'refresh_token' not allowed for the client." }),
      says: "refuses this app",
    },
  ])("stays where it cannot be told: $title", async ({ answer, says }) => {
    http.answer(tokenCall, answer);
    keep({ ...old, expiresAt: now - 1 });

    await expect(ask(byOauth2)).rejects.toThrow(says);
    expect(await kept()).toEqual({ ...old, expiresAt: now - 1 });
  });
});

describe("a login by OAuth 1.0a", () => {
  const login = { accessToken: "jira-oauth1.0:planted-token/planted-secret", id: "ada", displayName: "Ada" };

  it("signs every request for itself", async () => {
    keep(login);

    const context = { ...createServiceContext(byOauth1, { http, logins }), now: () => now };
    const [instance] = instancesOf(byOauth1);
    const login1 = await createLoginBook().find(ada, instance!, context);

    for (const _time of [1, 2]) await createJiraClient().myself({ http, access: login1!.access });

    const [first, second] = http.requests.map(({ authorization }) => authorization);
    expect(first).toMatch(/^OAuth oauth_consumer_key="a%20consumer", .*oauth_token="planted-token", oauth_signature="[^"]+"$/);
    expect(second).not.toBe(first);
  });

  it("cannot be used while its private key is not there, as a remote that fails", async () => {
    keep(login);
    const config = { ...byOauth1, oauth: { redirect_uri, consumerKey: "a consumer", privateKey: join(folder, "missing.pem") } };

    const failed = ask(config);

    await expect(failed).rejects.toThrow(RemoteError);
    await expect(failed).rejects.toMatchObject({ isTransient: false, message: expect.stringContaining("`jira.oauth.privateKey`") });
    expect(http.requests).toEqual([]);
  });

  it.each([
    { title: "for certain", challenge: 'OAuth realm="x", oauth_problem="token_rejected"', left: undefined, says: "has ended" },
    { title: "for another reason", challenge: 'OAuth oauth_problem="timestamp_refused"', left: login, says: "(401). Type `jira login " },
    { title: "without a reason", challenge: "Basic", left: login, says: "(401). Type `jira login " },
  ])("that Jira does not take $title", async ({ challenge, left, says }) => {
    http.answer(myselfCall, respond(401, "planted-token", { "www-authenticate": challenge }));
    keep(login);

    const failed = ask(byOauth1);

    await expect(failed).rejects.toThrow(says);
    await expect(failed).rejects.not.toThrow("planted");
    expect(await kept()).toEqual(left);
  });
});

describe("what an answer repeats", () => {
  it.each([
    { title: "OAuth 2", config: (): JiraConfig => byOauth2, login: { accessToken: "planted-old" } },
    { title: "OAuth 1.0a", config: (): JiraConfig => byOauth1, login: { accessToken: "jira-oauth1.0:planted-token/planted-secret" } },
  ])("of what it was sent is not shown: $title", async ({ config, login }) => {
    keep(login);
    const echo = {
      async request({ headers = {} }: HttpRequest): Promise<HttpResponse> {
        return respond(400, { errorMessages: [`It is ${headers["authorization"] ?? ""}`] });
      },
    };

    const failed = ask(config(), echo);

    await expect(failed).rejects.toThrow("refuses this (400)");
    await expect(failed).rejects.not.toThrow(/planted|oauth_signature/);
  });
});

describe("a login of another sort than the configuration knows", () => {
  it.each([
    { title: "OAuth 1.0a where there is OAuth 2", config: byOauth2, login: { accessToken: "jira-oauth1.0:a/b" } },
    { title: "a browser's where there is no OAuth", config: { webhook, url }, login: { accessToken: "a" } },
    {
      title: "a Data Center's that is a site of Jira Cloud now",
      config: { ...byCloud, instances: { main: { url, deployment: "cloud" as const } } },
      login: { accessToken: "a" },
    },
  ])("is none: $title", async ({ config, login }) => {
    keep(login);
    keep({ accessToken: "planted-cloud" }, "https://api.atlassian.com");

    expect(await ask(config)).toBeUndefined();
    expect(http.requests).toEqual([]);
  });

  it("is told apart from one that cannot be read", async () => {
    keep({ something: "else" });

    await expect(ask(byOauth2)).rejects.toThrow("cannot be read any more. Type `jira login main` in a direct chat with me.");
  });
});
