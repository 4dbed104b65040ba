import { describe, expect, it } from "vitest";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext, deadHttpClient } from "../../../test/support/service-context.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import type { PersonalLogins } from "../../core/ports/personal-logins.js";
import { Secret } from "../../shared/secret.js";
import { createAccountCommands } from "./account-commands.js";
import { createJiraClient } from "./client.js";
import { createCommitAuthors } from "./commit-authors.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";

const client = createJiraClient();
const ada = "@ada:example.org";
const token = "planted-personal-token";
const config: JiraConfig = {
  webhook: { secret: new Secret("s") },
  oauth: { redirect_uri: "https://example.org/", client_id: "a", client_secret: new Secret("b") },
  instances: { main: { url: "https://jira.example.org/jira/" }, acme: { url: "https://acme.atlassian.net" } },
};
const serverMyself = "GET https://jira.example.org/jira/rest/api/2/myself";
const cloudMyself = "GET https://acme.atlassian.net/rest/api/3/myself";
const myself = { name: "ada", accountId: "5b10", displayName: "Ada Example", emailAddress: "ada@example.org" };

async function type(
  typed: string,
  {
    logins = createMemoryLogins(),
    http = deadHttpClient,
    of = config,
  }: { logins?: PersonalLogins; http?: HttpClient; of?: JiraConfig } = {},
): Promise<string> {
  const name = typed.split(" ").slice(0, 2).join(" ");
  const parts = { client, logins: createLoginBook() };
  const commands = createAccountCommands({ ...parts, authors: createCommitAuthors(parts) });
  const command = commands.find((candidate) => candidate.name === name);
  const { answer } = await command!.run(typed.split(" ").slice(2), ada, createServiceContext(of, { logins, http }));
  return answer.text;
}

describe("jira token", () => {
  it.each([
    {
      title: "Data Center, by name",
      typed: `jira token main ${token}`,
      call: serverMyself,
      authorization: `Bearer ${token}`,
      remote: "https://jira.example.org/jira",
      kept: { token, id: "ada", displayName: "Ada Example" },
    },
    {
      title: "Data Center, by address",
      typed: `jira token https://jira.example.org/jira/ ${token}`,
      call: serverMyself,
      authorization: `Bearer ${token}`,
      remote: "https://jira.example.org/jira",
      kept: { token, id: "ada", displayName: "Ada Example" },
    },
    {
      title: "Cloud, with the e-mail address",
      typed: `jira token ACME ada@example.org ${token}`,
      call: cloudMyself,
      authorization: `Basic ${Buffer.from(`ada@example.org:${token}`).toString("base64")}`,
      remote: "https://acme.atlassian.net",
      kept: { username: "ada@example.org", token, id: "5b10", displayName: "Ada Example" },
    },
  ])("is tried there, then kept: $title", async ({ typed, call, authorization, remote, kept }) => {
    const logins = createMemoryLogins();
    const http = new RecordedHttp({ [call]: myself });

    const answer = await type(typed, { logins, http });

    expect(answer).toMatch(/^Logged into Jira: at (?:main|acme) \(.*\) you are Ada Example\./);
    expect(http.requests).toEqual([expect.objectContaining({ call, authorization })]);
    expect(JSON.parse((await logins.get(ada, remote)) ?? "")).toEqual(kept);
  });

  it.each([
    { typed: `jira token acme ${token}`, says: /e-mail address there\. .*`jira token acme <email> <token>`/ },
    { typed: `jira token acme ada ${token}`, says: /e-mail address there/ },
    { typed: `jira token main ada@example.org ${token}`, says: /personal access token alone.*`jira token main <token>`/ },
    { typed: "jira token main", says: /not one token\. .*`jira token main <token>`/ },
    { typed: `jira token main a b ${token}`, says: /not one token/ },
    { typed: "jira token main <tok€n>", says: /characters that no token has/ },
    {
      typed: "jira token nowhere planted-personal-token",
      says: /no Jira called `nowhere` here\. .*`jira token main <token>`.*`jira token acme <email> <token>`/,
    },
    { typed: `jira token ${token}`, says: /^There is no Jira by that name here/ },
    { typed: `jira token api.atlassian.com ${token}`, says: /no Jira/ },
    { typed: `jira token https://evil.example.org/ ${token}`, says: /^There is no Jira by that name here/ },
  ])("$typed is refused, and goes nowhere", async ({ typed, says }) => {
    const http = new RecordedHttp();
    const logins = createMemoryLogins();

    const refused = type(typed, { http, logins });

    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.not.toThrow(token);
    expect(http.requests).toEqual([]);
    expect(await logins.list(ada)).toEqual([]);
  });

  it.each(["jira.example.org", "https://jira.example.org/third"])(
    "goes nowhere where %s can mean any of two, which are named",
    async (where) => {
      const of = { ...config, instances: { ...config.instances, other: { url: "https://jira.example.org/other" } } };
      const http = new RecordedHttp();

      const refused = type(`jira token ${where} ${token}`, { http, of });

      await expect(refused).rejects.toThrow(
        "There are several Jiras at jira.example.org. Type `main` (https://jira.example.org/jira) or `other` (https://jira.example.org/other) in its place.",
      );
      expect(http.requests).toEqual([]);
    },
  );

  it("is kept by the host where two entries are one Jira", async () => {
    const of = { ...config, instances: { ...config.instances, same: { url: "https://jira.example.org/jira" } } };

    expect(await type(`jira token jira.example.org ${token}`, { http: new RecordedHttp({ [serverMyself]: myself }), of })).toMatch(
      /^Logged/,
    );
  });

  it.each([
    { answer: respond(401), says: /does not accept your token \(401\)/ },
    { answer: respond(200, "<html>"), says: /no Jira answer/ },
    { answer: {}, says: /no Jira answer/ },
  ])("is not kept when Jira says %j", async ({ answer, says }) => {
    const logins = createMemoryLogins();

    await expect(type(`jira token main ${token}`, { logins, http: new RecordedHttp({ [serverMyself]: answer }) })).rejects.toThrow(says);
    expect(await logins.list(ada)).toEqual([]);
  });

  it("goes nowhere while nothing could be kept, and that names the remedy", async () => {
    const http = new RecordedHttp({ [serverMyself]: myself });

    await expect(type(`jira token main ${token}`, { http, logins: createMemoryLogins({ canKeep: false }) })).rejects.toThrow(
      /`storage\.keyFile`.*`passFile`.*`switchboard init`/,
    );
    expect(http.requests).toEqual([]);
  });
});

describe("a person who is logged in", () => {
  async function logIn(): Promise<PersonalLogins> {
    const logins = createMemoryLogins();
    const http = new RecordedHttp({ [serverMyself]: myself, [cloudMyself]: myself });
    await type(`jira token main ${token}`, { logins, http });
    await type(`jira token acme ada@example.org ${token}`, { logins, http });
    return logins;
  }

  it("reads where, and as whom", async () => {
    expect(await type("jira whoami", { logins: await logIn() })).toBe(
      "You have access to the following instances:\n\n - main (https://jira.example.org/jira) ada (Ada Example)\n - acme (https://acme.atlassian.net) 5b10 (Ada Example)",
    );
  });

  it("reads the others, where one login cannot be read any more", async () => {
    const logins = await logIn();
    logins.put(ada, "https://jira.example.org/jira", "{}");

    expect(await type("jira whoami", { logins })).toMatch(
      / - Your login at main cannot be read any more\. Type `jira token main <token>` .*\n - acme .*\(Ada Example\)$/,
    );
  });

  it("reads of an instance that is gone from the configuration, and can forget it", async () => {
    const logins = await logIn();
    const gone: JiraConfig = { webhook: config.webhook, instances: { main: { url: "https://jira.example.org/jira" } } };

    const shown = await type("jira whoami", { logins, of: gone });
    const left = await type("jira logout https://acme.atlassian.net/", { logins, of: gone });

    expect(shown).toContain(" - https://acme.atlassian.net, which is not set up here any more");
    expect(left).toContain("unlinked");
    expect(await logins.list(ada)).toEqual(["https://jira.example.org/jira"]);
  });

  it.each([
    { typed: "jira logout", left: [] },
    { typed: "jira logout main", left: ["https://acme.atlassian.net"] },
  ])("$typed forgets", async ({ typed, left }) => {
    const logins = await logIn();

    expect(await type(typed, { logins })).toContain("Your JIRA account has been unlinked from your Matrix user.");
    expect(await logins.list(ada)).toEqual(left);
  });

  it("is told when there is nothing of that name to forget", async () => {
    const logins = await logIn();

    await expect(type("jira logout nowhere", { logins })).rejects.toThrow("There is no Jira by that name. `jira whoami`");
    expect(await logins.list(ada)).toHaveLength(2);
  });
});

describe("a person who is not logged in", () => {
  it.each([
    ["jira logout", "No JIRA account was linked to your Matrix user."],
    ["jira logout main", "No JIRA account was linked to your Matrix user."],
    ["jira whoami", "You are not logged into JIRA. Type `jira login` to log in, or to read how to."],
  ])("%s says so", async (typed, said) => {
    expect(await type(typed)).toBe(said);
  });

  it("jira login says where there is no OAuth, and what to type instead", async () => {
    const { oauth: _oauth, ...of } = config;

    expect(await type("jira login", { of })).toMatch(
      /^Bot is not configured with JIRA OAuth support\. .*type `jira token main <token>` \(.*\) or `jira token acme <email> <token>` \(.*\)\.$/,
    );
  });
});

describe("jira login", () => {
  const main = { redirect_uri: "https://example.org/", client_id: "a", client_secret: new Secret("b") };
  const both: JiraConfig = { ...config, instances: { ...config.instances, main: { url: "https://jira.example.org/jira/", oauth: main } } };
  const link = "https://remote.example.org/authorize?state=state1";

  it.each([
    { title: "the only login there is", typed: "jira login", of: config, remote: undefined },
    { title: "a site of Jira Cloud", typed: "jira login acme", of: config, remote: "acme" },
    { title: "a Data Center, by its address", typed: "jira login https://jira.example.org/jira", of: both, remote: "main" },
  ])("gives a link, and until when it is good: $title", async ({ typed, of, remote }) => {
    const logins = createMemoryLogins();

    const said = await type(typed, { logins, of });

    expect(said).toMatch(/^Open \S+ to link your account to the bridge\. The link is good once, until 00:10 UTC, and for you alone: /);
    expect(said).toContain(`Open ${link} to`);
    expect(logins.begun).toEqual([{ person: ada, remote }]);
  });

  it("asks where, if there are several", async () => {
    const logins = createMemoryLogins();

    expect(await type("jira login", { logins, of: both })).toBe(
      "There are several Jiras. Type `jira login main` (https://jira.example.org/jira) or `jira login acme` (https://acme.atlassian.net).",
    );
    expect(logins.begun).toEqual([]);
  });

  it("explains tokens where a Jira has no OAuth", async () => {
    expect(await type("jira login main")).toMatch(
      /^Bot is not configured with JIRA OAuth support\. .*type `jira token main <token>` \([^`]*\)\.$/,
    );
  });

  it("names what there is for a name that is none", async () => {
    await expect(type("jira login nowhere")).rejects.toThrow(/no Jira called `nowhere` here\. .*`jira login` \(with your browser\)/);
  });
});

describe("a person who is logged in to Jira Cloud with a browser", () => {
  const api = "https://api.atlassian.com";
  const browserLogin = JSON.stringify({
    accessToken: "planted-access",
    refreshToken: "planted-refresh",
    id: "5b10",
    displayName: "Ada Example",
  });
  const sites = [
    { id: "1", name: "acme", url: "https://acme.atlassian.net", scopes: ["read:jira-work"] },
    { id: "2", name: "play", url: "https://play.atlassian.net", scopes: ["read:jira-work"] },
    { id: "2", name: "play", url: "https://play.atlassian.net", scopes: ["read:confluence-content.all"] },
    { id: "3", name: "wiki", url: "https://wiki.atlassian.net", scopes: ["read:confluence-content.all"] },
  ];

  function logInAtCloud(): MemoryLogins {
    const logins = createMemoryLogins();
    logins.put(ada, api, browserLogin);
    return logins;
  }

  it("reads which sites that reaches", async () => {
    const http = new RecordedHttp({ [`GET ${api}/oauth/token/accessible-resources`]: sites });

    const said = await type("jira whoami", { logins: logInAtCloud(), http });

    expect(said).toBe(
      "You have access to the following instances:\n\n - acme (https://acme.atlassian.net) 5b10 (Ada Example)\n - play (https://play.atlassian.net) 5b10 (Ada Example)",
    );
    expect(http.requests).toEqual([expect.objectContaining({ authorization: "Bearer planted-access" })]);
  });

  it.each([
    { answer: respond(503), says: " - The Jira api.atlassian.com (https://api.atlassian.com) failed (503). Try again later." },
    { answer: [], says: " - no site of Jira Cloud: type `jira login api.atlassian.com` and choose one" },
  ])("reads why no site is shown: $says", async ({ answer, says }) => {
    const http = new RecordedHttp({ [`GET ${api}/oauth/token/accessible-resources`]: answer });

    expect(await type("jira whoami", { logins: logInAtCloud(), http })).toContain(says);
  });

  it.each([
    { typed: "jira logout", left: [] },
    { typed: "jira logout api.atlassian.com", left: ["https://jira.example.org/jira"] },
    { typed: "jira logout acme", left: ["https://jira.example.org/jira"] },
    { typed: "jira logout main", left: [api] },
  ])("$typed forgets, and what Hookshot keeps goes, too", async ({ typed, left }) => {
    const logins = logInAtCloud();
    await type(`jira token main ${token}`, { logins, http: new RecordedHttp({ [serverMyself]: myself }) });

    expect(await type(typed, { logins })).toContain("Your JIRA account has been unlinked from your Matrix user.");

    expect([...(await logins.list(ada))].sort()).toEqual(left);
    expect(logins.forgotten).toEqual([`uk.half-shot.matrix-hookshot.jira.password-store:${ada}`]);
  });

  it("is told what ends it by the name of a site", async () => {
    const logins = logInAtCloud();

    await expect(type("jira logout play", { logins })).rejects.toThrow(
      "There is no Jira by that name. `jira logout api.atlassian.com` ends your login at all sites of Jira Cloud.",
    );
    expect(await logins.list(ada)).toEqual([api]);
  });

  it("is known from Hookshot, and can log out of that", async () => {
    const logins = createMemoryLogins();
    const type1 = `uk.half-shot.matrix-hookshot.jira.password-store:${ada}`;
    logins.ofHookshot.set(type1, JSON.stringify({ access_token: "planted-access", instance: "api.atlassian.com" }));

    expect(await type("jira logout", { logins })).toContain("unlinked");
    expect(await logins.list(ada)).toEqual([]);
  });
});
