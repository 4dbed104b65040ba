import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { connectorRemote, MemoryRemotes } from "../../../test/support/memory-remotes.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext } from "../../../test/support/service-context.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createIssueKeys } from "./issue-keys.js";
import { createJiraService } from "./index.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";

const ada = "@ada:example.org";
const mainUrl = "https://jira.example.org/jira";
const otherUrl = "https://other.example.org";
const config: JiraConfig = {
  webhook: { secret: new Secret("s") },
  instances: { main: { url: mainUrl, deployment: "server" }, other: { url: otherUrl, deployment: "server" } },
};
const keys = createIssueKeys({ client: createJiraClient(), logins: createLoginBook() });
const play = { url: `${mainUrl}/projects/play`, events: [] };

let http: RecordedHttp;
let logins: MemoryLogins;
let remotes: MemoryRemotes;

beforeEach(() => {
  http = new RecordedHttp({});
  logins = createMemoryLogins({ now: () => 0 });
  remotes = new MemoryRemotes(http);
});

function context(): ServiceContext<JiraConfig> {
  return { ...createServiceContext(config, { http, logins }), remotes };
}

function logInAt(url: string): void {
  logins.put(ada, url, JSON.stringify({ token: "planted-token", id: "ada", displayName: "Ada" }));
}

function issueCall(url: string, key = "PLAY-1"): string {
  return `GET ${url}/rest/api/2/issue/${key}`;
}

const issue = { id: "1", key: "PLAY-1", fields: { summary: "x", project: { id: "7", key: "PLAY" } } };

describe("issues of a Jira project", () => {
  it("are offered by the service's kind", () => {
    expect(createJiraService().kinds[0]?.issueKeys?.projectOf(play)).toBe("PLAY");
  });

  it.each([
    ["play-12", "PLAY-12"],
    ["https://jira.example.org/jira/browse/PLAY-3", "PLAY-3"],
    ["PLAY", undefined],
    ["12", undefined],
    ["PLAY-0", undefined],
  ])("%s is the key %s", (typed, key) => {
    expect(keys.keyOf(typed)).toBe(key);
  });

  it("are found at whatever host, under a key that every connection has", () => {
    const remoteKeys = createJiraService().kinds[0]?.remoteKeys(play, "") ?? [];

    expect(remoteKeys).toContain(keys.routingKey("PLAY"));
  });

  it.each<[unknown, readonly string[]]>([
    [undefined, []],
    [[], []],
    [
      ["pull_request", "commit"],
      ["commit", "pull_request"],
    ],
    ["commit", []],
  ])("of development information rooms with %j hear %j", (devinfo, announced) => {
    expect(keys.announced({ ...play, devinfo })).toEqual(announced);
  });

  it.each([
    ["main", true],
    ["jira.example.org", true],
    ["other", false],
    ["nobody", false],
  ])("are at the configured Jira called %s: %s", async (instance, expected) => {
    expect(await keys.isAt(play, instance, context())).toBe(expected);
  });

  it("are at a registered Jira by its name, and nowhere without a project", async () => {
    remotes.remotes.push(connectorRemote({ serviceId: "jira", url: mainUrl, name: "Registered One" }));

    expect(await keys.isAt(play, "Registered One", context())).toBe(true);
    expect(await keys.isAt(play, "Registered Two", context())).toBe(false);
    expect(await keys.isAt({ url: "https://jira.example.org/" }, "main", context())).toBe(false);
  });

  it("are not at a site that is called in its address as a registered Jira is", async () => {
    const site = { url: "https://reg.atlassian.net/browse/PLAY" };
    expect(await keys.isAt(site, "reg", context())).toBe(true);

    remotes.remotes.push(connectorRemote({ serviceId: "jira", url: mainUrl, name: "reg" }));

    expect(await keys.isAt(site, "reg", context())).toBe(false);
    expect(await keys.isAt(play, "reg", context())).toBe(true);
  });

  it.each([
    [play.url, `${mainUrl}/browse/PLAY-1`],
    ["https://elsewhere.example/ctx/projects/PLAY", "https://elsewhere.example/ctx/browse/PLAY-1"],
    ["https://elsewhere.example/browse/PLAY", "https://elsewhere.example/browse/PLAY-1"],
    ["https://acme.atlassian.net/jira/software/projects/PLAY", "https://acme.atlassian.net/browse/PLAY-1"],
  ])("have their page beside the project: %s", (url, expected) => {
    expect(keys.issueUrl({ url }, "PLAY-1", context())).toBe(expected);
  });
});

describe("whether a person may read an issue", () => {
  it("is asked of every Jira that they are logged in to, with their own login", async () => {
    logInAt(mainUrl);
    logInAt(otherUrl);
    http = new RecordedHttp({ [issueCall(mainUrl)]: issue, [issueCall(otherUrl)]: respond(404, { errorMessages: ["no"] }) });
    remotes.remotes.push(connectorRemote({ serviceId: "jira", url: mainUrl, name: "Registered One" }));

    expect(await keys.readableAt("PLAY-1", ada, context())).toEqual(["jira.example.org", "main", "Registered One"]);
    expect(http.requests.map(({ authorization }) => authorization)).toEqual(["Bearer planted-token", "Bearer planted-token"]);
  });

  it("is never told in a name that a site gave itself: another Jira may be meant by it", async () => {
    const api = "https://api.atlassian.com";
    const oauth = { redirect_uri: "https://bot.example.org/jira/oauth", client_id: "a", client_secret: new Secret("b") };
    logins.put(ada, api, JSON.stringify({ accessToken: "planted-token", id: "5b10", displayName: "Ada" }));
    const site = { id: "1", name: "secret", url: "https://mine.atlassian.net", scopes: ["read:jira-work"] };
    http = new RecordedHttp({
      [`GET ${api}/oauth/token/accessible-resources`]: [site],
      [`GET ${api}/ex/jira/1/rest/api/3/issue/PLAY-1`]: issue,
    });
    const here = { ...createServiceContext<JiraConfig>({ ...config, oauth }, { http, logins }), remotes };

    expect(await keys.readableAt("PLAY-1", ada, here)).toEqual(["mine.atlassian.net", "mine"]);
    remotes.remotes.push(connectorRemote({ serviceId: "jira", url: mainUrl, name: "mine" }));
    expect(await keys.readableAt("PLAY-1", ada, here)).toEqual(["mine.atlassian.net"]);
  });

  it("is no where none has it", async () => {
    logInAt(mainUrl);
    http = new RecordedHttp({ [issueCall(mainUrl)]: respond(404, {}) });

    expect(await keys.readableAt("PLAY-1", ada, context())).toEqual([]);
  });

  it("is refused, with the way to log in, to who is not logged in", async () => {
    const asking = keys.readableAt("PLAY-1", ada, context());

    await expect(asking).rejects.toThrow(PermissionError);
    await expect(asking).rejects.toThrow("You are not logged in. Open a direct chat with me and type `jira token main <token>`");
    expect(http.requests).toEqual([]);
  });

  it("is not known where a Jira fails, unless another one has it", async () => {
    logInAt(mainUrl);
    logInAt(otherUrl);
    http = new RecordedHttp({ [issueCall(mainUrl)]: respond(500, {}), [issueCall(otherUrl)]: respond(404, {}) });
    await expect(keys.readableAt("PLAY-1", ada, context())).rejects.toThrow(RemoteError);

    http = new RecordedHttp({ [issueCall(mainUrl)]: respond(500, {}), [issueCall(otherUrl)]: issue });
    expect(await keys.readableAt("PLAY-1", ada, context())).toEqual(["other.example.org", "other"]);
  });
});
