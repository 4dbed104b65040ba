import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { ConnectResult, Resolution, ServiceContext } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createCommands } from "./commands.js";
import { createLoginBook } from "./personal-login.js";
import { authorizeProject, resolveProject, type ResolveParts } from "./resolve.js";
import type { JiraConfig } from "./schema.js";
import { personsJiras } from "./sites.js";
import { createWebhookRegistration } from "./webhook-registration.js";

const ada = "@ada:example.org";
const api = "https://api.atlassian.com";
const sitesCall = `GET ${api}/oauth/token/accessible-resources`;
const acme = { id: "1", name: "acme", url: "https://acme.atlassian.net", scopes: ["read:jira-work", "write:jira-work"] };
const play = { id: "2", name: "Play & more", url: "https://play.atlassian.net/", scopes: ["read:jira-work"] };
const webhook = { secret: new Secret("s") };
const app = { redirect_uri: "https://bot.example.org/jira/oauth", client_id: "a", client_secret: new Secret("b") };
/** Nothing but Hookshot's. */
const hookshots: JiraConfig = { webhook, oauth: app };
const browserLogin = { accessToken: "planted-access", id: "5b10", displayName: "Ada Example" };
const tokenLogin = { username: "ada@example.org", token: "planted-token", id: "5b10", displayName: "Ada Example" };

let http: RecordedHttp;
let logins: MemoryLogins;
let parts: ResolveParts;
let now: number;

beforeEach(() => {
  now = 1_700_000_000_000;
  http = new RecordedHttp({ [sitesCall]: [acme, play] });
  logins = createMemoryLogins({ now: () => now });
  logins.put(ada, api, JSON.stringify(browserLogin));
  const webhooks = createWebhookRegistration(createMarkdownRenderer());
  parts = { client: createJiraClient(), logins: createLoginBook(), webhooks };
});

function contextOf(config: JiraConfig): ServiceContext<JiraConfig> {
  return { ...createServiceContext(config, { http, logins }), now: () => now };
}

function siteCall(id: string, path: string): string {
  return `GET ${api}/ex/jira/${id}/rest/api/3/${path}`;
}

async function reached(config: JiraConfig): Promise<readonly string[]> {
  const jiras = await personsJiras(parts, ada, contextOf(config));
  return jiras.map(({ instance, access }) => `${instance.name} ${instance.url} ${access.apiUrl ?? "-"}`);
}

describe("the Jiras that a person reaches", () => {
  it("are the sites of their login at Jira Cloud, by names that can be typed", async () => {
    expect(await reached(hookshots)).toEqual([
      `acme https://acme.atlassian.net ${api}/ex/jira/1`,
      `play.atlassian.net https://play.atlassian.net ${api}/ex/jira/2`,
    ]);
    expect(await personsJiras(parts, ada, contextOf(hookshots))).toMatchObject([
      { siteName: "acme", user: { id: "5b10", displayName: "Ada Example" }, instance: { deployment: "cloud" } },
      { siteName: "Play & more" },
    ]);
  });

  it("are called as in the configuration, and a token goes before the login at Jira Cloud", async () => {
    logins.put(ada, "https://play.atlassian.net", JSON.stringify(tokenLogin));
    logins.put(ada, "https://jira.example.org", JSON.stringify({ token: "planted-token", id: "ada", displayName: "Ada" }));
    const instances = {
      dc: { url: "https://jira.example.org" },
      mine: { url: "https://acme.atlassian.net" },
      theirs: { url: "https://play.atlassian.net" },
    };

    expect(await reached({ ...hookshots, instances })).toEqual([
      "dc https://jira.example.org -",
      "theirs https://play.atlassian.net -",
      `mine https://acme.atlassian.net ${api}/ex/jira/1`,
    ]);
  });

  it("are none of another's names", async () => {
    expect(await reached({ ...hookshots, instances: { acme: { url: "https://jira.example.org" } } })).toContain(
      `acme.atlassian.net https://acme.atlassian.net ${api}/ex/jira/1`,
    );
  });

  it("are asked for once a minute, and again after another login", async () => {
    for (const laterMs of [0, 59_999, 1]) {
      now += laterMs;
      await reached(hookshots);
    }
    expect(http.calls).toEqual([sitesCall, sitesCall]);

    parts.logins.forget(ada);
    await reached(hookshots);

    expect(http.calls).toHaveLength(3);
  });

  it("are not those of the account that the person had before, although it is the same minute", async () => {
    await reached(hookshots);
    logins.put(ada, api, JSON.stringify({ ...browserLogin, id: "5b11" }));
    http.answer(sitesCall, [play]);

    expect(await reached(hookshots)).toEqual([`play.atlassian.net https://play.atlassian.net ${api}/ex/jira/2`]);
  });

  it.each(["https://jira.example.org", "https://jira.example.org/another", api])("are none that say they are at %s", async (url) => {
    http.answer(sitesCall, [{ ...acme, url }, play]);

    expect(await reached({ ...hookshots, instances: { dc: { url: "https://jira.example.org" } } })).toEqual([
      `play.atlassian.net https://play.atlassian.net ${api}/ex/jira/2`,
    ]);
  });

  it.each(["javascript:alert(1)", "ftp://acme.atlassian.net", "", 7])("are none at %j, which is no address", async (url) => {
    http.answer(sitesCall, [{ ...acme, url }, play]);

    expect(await reached(hookshots)).toHaveLength(1);
  });

  it("are no more than anybody has", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({ ...acme, id: `${index}`, url: `https://s${index}.atlassian.net` }));
    http.answer(sitesCall, many);

    expect(await reached(hookshots)).toHaveLength(200);
  });

  it("cannot be told while Jira Cloud fails", async () => {
    http.answer(sitesCall, respond(503));

    await expect(reached(hookshots)).rejects.toThrow(RemoteError);
  });

  it("are those of Hookshot's login, which is taken over first", async () => {
    logins.remove(ada, api);
    const kept = { access_token: "planted-hookshots", refresh_token: "r", instance: "api.atlassian.com", expires_in: now + 600_000 };
    logins.ofHookshot.set(`uk.half-shot.matrix-hookshot.jira.password-store:${ada}`, JSON.stringify(kept));

    expect(await reached(hookshots)).toHaveLength(2);
    expect(http.requests).toMatchObject([{ authorization: "Bearer planted-hookshots" }]);
  });

  it("are none without a login", async () => {
    logins.remove(ada, api);

    expect(await reached(hookshots)).toEqual([]);
    expect(http.requests).toEqual([]);
  });
});

describe("with nothing but Hookshot's `jira.oauth`", () => {
  const project = { id: "10000", key: "PLAY" };
  const url = "https://acme.atlassian.net/projects/PLAY";

  beforeEach(() => {
    http.answer(siteCall("1", "project/PLAY"), project);
  });

  function resolve(typed: string, remoteName?: string): Promise<Resolution> {
    return resolveProject(parts, { typed, actor: ada, ...(remoteName === undefined ? {} : { remoteName }) }, contextOf(hookshots));
  }

  it.each([
    { typed: url, remoteName: undefined },
    { typed: "PLAY", remoteName: undefined },
    { typed: "PLAY", remoteName: "acme" },
    { typed: "PLAY", remoteName: "api.atlassian.com" },
  ])("a room is connected by %j", async ({ typed, remoteName }) => {
    expect(await resolve(typed, remoteName)).toMatchObject({
      kind: "found",
      target: { stateKey: url, state: { url, id: "10000" }, remote: "acme (https://acme.atlassian.net)" },
    });
  });

  it("a site that is registered, too, is made to send what a person's own login found there", async () => {
    const context = { ...createServiceContext(hookshots, { http, logins }), now: () => now };
    context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: "https://acme.atlassian.net", projects: ["OPS"] }));
    const connect = async (): Promise<unknown> => {
      const resolution = await resolveProject(parts, { typed: "PLAY", actor: ada }, context);
      if (resolution.kind !== "found") return resolution;
      // Nothing else is read of it.
      return resolution.target.afterwards?.({ kind: "created" } as ConnectResult);
    };

    expect(await connect()).toBeUndefined();

    context.remotes.remotes.splice(0, 1, connectorRemote({ serviceId: "jira", url: "https://acme.atlassian.net" }));
    http.answer("GET https://acme.atlassian.net/rest/webhooks/1.0/webhook", []);
    http.answer("POST https://acme.atlassian.net/rest/webhooks/1.0/webhook", {});
    expect(await connect()).toEqual({ said: "I registered a webhook there, so that it tells me what happens." });
  });

  it("asks which site is meant", async () => {
    http.answer(siteCall("2", "project/PLAY"), project);

    expect(await resolve("PLAY")).toMatchObject({
      kind: "ambiguous",
      choices: [{ typed: "jira:acme PLAY" }, { typed: "jira:play.atlassian.net PLAY" }],
    });
  });

  it.each([
    {
      title: "who has no login",
      setUp: () => logins.remove(ada, api),
      typed: url,
      says: /For a site of Jira Cloud, log in .*`jira login` \(with your browser\)\.$/,
    },
    {
      title: "who asks for a key alone",
      setUp: () => logins.remove(ada, api),
      typed: "PLAY",
      says: /^You are not logged into Jira\. .*`jira login`/,
    },
    {
      title: "whose login does not reach it",
      setUp: () => undefined,
      typed: "https://other.atlassian.net/projects/PLAY",
      says: /^No Jira at other\.atlassian\.net is set up\./,
    },
    { title: "while Jira Cloud fails", setUp: () => http.answer(sitesCall, respond(503)), typed: url, says: /failed \(503\)/ },
  ])("tells the person what to do: $title", async ({ setUp, typed, says }) => {
    setUp();

    expect(await resolve(typed)).toEqual({ kind: "refused", reason: expect.stringMatching(says) });
  });

  it("judges what was written by hand", async () => {
    const judge = (actor: string): Promise<unknown> =>
      authorizeProject(parts, { kindId: "project", state: { url }, actor: actor as typeof ada }, contextOf(hookshots));

    expect(await judge(ada)).toMatchObject({ granted: true });
    expect(await judge("@bob:example.org")).toMatchObject({ granted: false });
    http.answer(siteCall("1", "project/PLAY"), respond(503));
    await expect(judge(ada)).rejects.toThrow(RemoteError);
  });

  async function view(issue: string, at = url): Promise<string> {
    // Commands read nothing else of a connection.
    const connection = { state: { url: at }, stateKey: at } as unknown as Connection;
    const call = {
      values: { issue },
      actor: ada,
      prefix: "!jira",
      connection,
      connections: [connection],
      begin: async () => undefined,
    } as const;
    const command = createCommands(parts).find(({ name }) => name === "view");
    const answer = await command!.run(call, contextOf(hookshots));
    return "reaction" in answer ? answer.reaction : answer.text;
  }

  it.each(["PLAY-1", "https://acme.atlassian.net/browse/PLAY-1"])("commands act at the site: %s", async (typed) => {
    http.answer(siteCall("1", "issue/PLAY-1"), { key: "PLAY-1", fields: { project: { key: "PLAY" }, summary: "Swing" } });

    expect(await view(typed)).toContain("[PLAY-1](https://acme.atlassian.net/browse/PLAY-1): Swing");
    expect(http.requests.map(({ authorization }) => authorization)).toEqual(["Bearer planted-access", "Bearer planted-access"]);
  });

  it("commands ask who the person is where Hookshot did not keep it, once", async () => {
    logins.put(ada, api, JSON.stringify({ accessToken: "planted-access" }));
    http.answer(siteCall("1", "issue/PLAY-1"), { key: "PLAY-1", fields: { project: { key: "PLAY" } } });
    http.answer(siteCall("1", "myself"), { accountId: "5b10", displayName: "Ada" });

    await view("PLAY-1");
    await view("PLAY-1");

    expect(http.calls.filter((call) => call.endsWith("/myself"))).toHaveLength(1);
  });

  it.each([
    {
      title: "who has no login",
      setUp: () => logins.remove(ada, api),
      at: url,
      says: /^You are not logged in\. .*`jira login` \(with your browser\)/,
    },
    {
      title: "whose login does not reach it",
      setUp: () => undefined,
      at: "https://other.atlassian.net/projects/PLAY",
      says: /your login at Jira Cloud does not reach that site\. Type `jira login api\.atlassian\.com`/,
    },
  ])("commands tell the person what to do: $title", async ({ setUp, at, says }) => {
    setUp();

    await expect(view("PLAY-1", at)).rejects.toThrow(says);
  });
});

describe("no remote is asked more than it has to be", () => {
  it("where the person has a token for what is meant", async () => {
    logins.put(ada, "https://acme.atlassian.net", JSON.stringify(tokenLogin));
    http.answer("GET https://acme.atlassian.net/rest/api/3/project/PLAY", { id: "1", key: "PLAY" });
    const config = { ...hookshots, instances: { mine: { url: "https://acme.atlassian.net" } } };

    await resolveProject(parts, { typed: "https://acme.atlassian.net/projects/PLAY", actor: ada }, contextOf(config));
    await resolveProject(parts, { typed: "PLAY", remoteName: "mine", actor: ada }, contextOf(config));

    expect(new Set(http.calls)).toEqual(new Set(["GET https://acme.atlassian.net/rest/api/3/project/PLAY"]));
  });

  it("and a failure of Jira Cloud does not keep others from answering", async () => {
    http.answer(sitesCall, respond(503));
    http.answer("GET https://jira.example.org/rest/api/2/project/PLAY", { id: "1", key: "PLAY" });
    logins.put(ada, "https://jira.example.org", JSON.stringify({ token: "planted-token", id: "ada", displayName: "Ada" }));
    const config = { ...hookshots, instances: { dc: { url: "https://jira.example.org" } } };

    expect(await resolveProject(parts, { typed: "PLAY", actor: ada }, contextOf(config))).toMatchObject({ kind: "found" });
  });

  it("nor a site that the person has a token for", async () => {
    http.answer(sitesCall, respond(503));
    http.answer("GET https://acme.atlassian.net/rest/api/3/project/PLAY", { id: "1", key: "PLAY" });
    logins.put(ada, "https://acme.atlassian.net", JSON.stringify(tokenLogin));
    const config = { ...hookshots, instances: { mine: { url: "https://acme.atlassian.net" } } };

    expect(await resolveProject(parts, { typed: "PLAY", actor: ada }, contextOf(config))).toMatchObject({ kind: "found" });
  });

  it("nor does a login that cannot be signed", async () => {
    const oauth = { redirect_uri: app.redirect_uri, consumerKey: "c", privateKey: "/nowhere/key.pem" };
    const config = { webhook, instances: { dc: { url: "https://jira.example.org", oauth }, mine: { url: "https://acme.atlassian.net" } } };
    logins.put(ada, "https://jira.example.org", JSON.stringify({ accessToken: "jira-oauth1.0:t/s" }));
    logins.put(ada, "https://acme.atlassian.net", JSON.stringify(tokenLogin));
    http.answer("GET https://acme.atlassian.net/rest/api/3/project/PLAY", { id: "1", key: "PLAY" });

    expect(await resolveProject(parts, { typed: "PLAY", actor: ada }, contextOf(config))).toMatchObject({ kind: "found" });
  });
});
