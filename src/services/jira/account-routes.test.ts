import { afterEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext, fetchHttpClient } from "../../../test/support/service-context.js";
import { RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraService } from "./index.js";
import type { JiraConfig } from "./schema.js";

const service = createJiraService();
const alice: UserId = "@alice:example.org";
const standIns: JiraStandIn[] = [];

afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.stop()));
});

async function startJira(options: Partial<Parameters<typeof JiraStandIn.start>[0]> = {}): Promise<JiraStandIn> {
  const standIn = await JiraStandIn.start({ deployment: "server", credential: { token: "credential" }, ...options });
  standIn.addAccount({ name: "alice", token: "alices-token", email: "alice@example.org", projects: ["PLAY", "OPS"] });
  standIns.push(standIn);
  return standIn;
}

interface Rig {
  readonly context: ServiceContext<JiraConfig>;
  readonly logins: MemoryLogins;
}

function rigWith(config: Partial<JiraConfig>): Rig {
  const logins = createMemoryLogins();
  return {
    logins,
    context: createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, ...config }, { http: fetchHttpClient, logins }),
  };
}

function instancesOf(jiras: Readonly<Record<string, JiraStandIn>>, deployment: "server" | "cloud" = "server"): Partial<JiraConfig> {
  return { instances: Object.fromEntries(Object.entries(jiras).map(([name, { url }]) => [name, { url, deployment }])) };
}

/** As logins by token are kept. */
async function logIn({ context: { commit, logins } }: Rig, { url }: JiraStandIn, username?: string, token = "alices-token"): Promise<void> {
  await commit([logins.put(alice, url, JSON.stringify({ token, username, id: "alice", displayName: "Alice" }))]);
}

function ask({ context }: Rig, path: string, params: Readonly<Record<string, string>> = {}, query: object = {}): Promise<object> {
  const route = service.accountRoutes?.find((candidate) => candidate.path === path);
  if (route === undefined) throw new TypeError(`there is no route ${path}`);
  return route.run({ actor: alice, params, query: { ...query } }, context);
}

const account = (rig: Rig): Promise<object> => ask(rig, "/jira/account");
const projects = (rig: Rig, name: string): Promise<object> => ask(rig, "/jira/instances/:name/projects", { name });

describe("/jira/oauth", () => {
  const oauth = { redirect_uri: "https://example.org/jira/oauth", client_id: "id", client_secret: new Secret("planted") };

  it("tells the person where to go", async () => {
    const rig = rigWith({ oauth });

    expect(await ask(rig, "/jira/oauth")).toEqual({ url: "https://remote.example.org/authorize?state=state1" });
    expect(rig.logins.begun).toEqual([{ person: alice, remote: undefined }]);
  });

  it("takes the name of one of several, and no name that there is not", async () => {
    const rig = rigWith({ oauth, instances: { main: { url: "https://jira.example.org" } } });

    await ask(rig, "/jira/oauth", {}, { instance: "MAIN" });

    expect(rig.logins.begun).toEqual([{ person: alice, remote: "MAIN" }]);
    await expect(ask(rig, "/jira/oauth", {}, { instance: "other" })).rejects.toMatchObject({
      ...{ code: "HS_FORBIDDEN_USER", message: "Instance not known or not accessible to this user." },
    });
  });

  it("is switched off where nobody can log in with a browser", async () => {
    const rig = rigWith({ instances: { main: { url: "https://jira.example.org" } } });

    await expect(ask(rig, "/jira/oauth")).rejects.toMatchObject({
      code: "HS_DISABLED_FEATURE",
      message: "Bridge is not configured with OAuth support",
    });
    expect(rig.logins.begun).toEqual([]);
  });
});

describe("/jira/account", () => {
  it("says who is not logged in", async () => {
    expect(await account(rigWith(instancesOf({ main: await startJira() })))).toEqual({ loggedIn: false });
  });

  it("calls Data Center by its title and Jira Cloud by its name", async () => {
    const server = await startJira({ title: "Work tracker" });
    const cloud = await startJira({ deployment: "cloud", credential: { username: "a@example.org", token: "t" } });
    const { instances = {} } = instancesOf({ server });
    const rig = rigWith({ instances: { ...instances, ...instancesOf({ site: cloud }, "cloud").instances } });
    await logIn(rig, server);
    await logIn(rig, cloud, "alice@example.org");

    expect(await account(rig)).toEqual({
      loggedIn: true,
      instances: [
        { name: "Work tracker", url: server.url },
        { name: "site", url: cloud.url },
      ],
    });
  });

  it("calls two with one title by their hosts", async () => {
    const [first, second] = [await startJira(), await startJira()];
    const rig = rigWith(instancesOf({ first, second }));
    for (const jira of [first, second]) await logIn(rig, jira);

    expect(await account(rig)).toMatchObject({ instances: [{ name: new URL(first.url).host }, { name: new URL(second.url).host }] });
  });

  it("shows one that fails beside another by the name that the configuration has for it", async () => {
    const [first, second] = [await startJira({ title: "One" }), await startJira({ title: "Two" })];
    const rig = rigWith(instancesOf({ first, second }));
    for (const jira of [first, second]) await logIn(rig, jira);
    second.failWith({ kind: "status", status: 503 });

    expect(await account(rig)).toMatchObject({ instances: [{ name: "One" }, { name: "second" }] });
    first.failWith({ kind: "status", status: 503 });
    await expect(account(rig)).rejects.toThrow(RemoteError);
  });
});

describe("a login that has ended", () => {
  const cloud = "https://api.atlassian.com";
  const oauth = { redirect_uri: "https://example.org/jira/oauth", client_id: "id", client_secret: new Secret("planted") };
  const sitesCall = `GET ${cloud}/oauth/token/accessible-resources`;
  const tokenCall = "POST https://auth.atlassian.com/oauth/token";
  const server = "https://jira.example.org";
  const token = { token: "alices-token", id: "alice", displayName: "Alice" };

  /** Alice with a login at Jira Cloud that Atlassian takes no more; with a refresh token it is removed when that is found out. */
  function endedRig(login: object, kept: Readonly<Record<string, object>> = {}, titles: object = { serverTitle: "Work" }): Rig {
    const logins = createMemoryLogins();
    for (const [remote, stored] of Object.entries({ [cloud]: { accessToken: "a", ...login }, ...kept })) {
      logins.put(alice, remote, JSON.stringify(stored));
    }
    const http = new RecordedHttp({
      [sitesCall]: respond(401),
      [tokenCall]: respond(403, { error: "invalid_grant" }),
      [`GET ${server}/rest/api/2/serverInfo`]: titles,
      [`GET ${server}/rest/api/2/project`]: [{ id: "1", key: "PLAY", name: "Play" }],
    });
    const config = { webhook: { secret: new Secret("s") }, oauth, instances: { main: { url: server } } };
    return { logins, context: createServiceContext<JiraConfig>(config, { http, logins }) };
  }

  it.each([
    { title: "that is found out when it is renewed", login: { refreshToken: "r" } },
    { title: "without a word from Atlassian", login: {} },
  ])("at Jira Cloud is none, $title", async ({ login }) => {
    expect(await account(endedRig(login))).toEqual({ loggedIn: false });
    await expect(projects(endedRig(login), "acme")).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER", message: "Not logged in" });
  });

  it("at Jira Cloud hides no other Jira", async () => {
    const rig = (): Rig => endedRig({ refreshToken: "r" }, { [server]: token });

    expect(await account(rig())).toEqual({ loggedIn: true, instances: [{ name: "Work", url: server }] });
    expect(await projects(rig(), "Work")).toMatchObject([{ key: "PLAY" }]);
    await expect(projects(rig(), "acme")).rejects.toThrow("Instance not known or not accessible to this user.");
  });

  it("at Data Center is none", async () => {
    const rig = endedRig({}, { [server]: token }, respond(401));

    expect(await account(rig)).toEqual({ loggedIn: false });
    await expect(projects(rig, "Work")).rejects.toThrow("Not logged in");
  });
});

describe("/jira/instances/:name/projects", () => {
  it.each(["Work tracker", "main", "MAIN", "host"])("lists the projects that the person sees at %s", async (typed) => {
    const jira = await startJira({ title: "Work tracker", contextPath: "/jira" });
    for (const key of ["PLAY", "SECRET", "OPS"]) jira.addProject(key, `${key} project`);
    const rig = rigWith(instancesOf({ main: jira }));
    await logIn(rig, jira);

    const listed = await projects(rig, typed === "host" ? new URL(jira.url).host : typed);

    expect(listed).toEqual(
      ["PLAY", "OPS"].map((key) => ({
        ...{ key, name: `${key} project`, url: `${jira.url}/projects/${key}` },
        id: expect.stringMatching(/^\d+$/) as string,
      })),
    );
  });

  it("lists all pages of Jira Cloud", async () => {
    const jira = await startJira({ deployment: "cloud", credential: { username: "a@example.org", token: "t" } });
    jira.addAccount({ name: "bob", email: "bob@example.org", token: "bobs-token" });
    for (let number = 1; number <= 201; number += 1) jira.addProject(`P${number}`);
    const rig = rigWith(instancesOf({ site: jira }, "cloud"));
    await logIn(rig, jira, "bob@example.org", "bobs-token");

    const listed = await projects(rig, "site");

    expect(listed).toHaveLength(201);
    expect(jira.requests.filter((request) => request.includes("project/search"))).toHaveLength(3);
  });

  it("is refused to who is not logged in", async () => {
    const rig = rigWith(instancesOf({ main: await startJira() }));

    await expect(projects(rig, "main")).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER", message: "Not logged in" });
  });

  it("is refused to whose login has ended", async () => {
    const jira = await startJira();
    const rig = rigWith(instancesOf({ main: jira }));
    await logIn(rig, jira);
    jira.revokeTokens(jira.account("alice"));

    await expect(projects(rig, "main")).rejects.toMatchObject({ code: "HS_FORBIDDEN_USER", message: "Not logged in" });
  });

  it("knows no other Jiras than the person's", async () => {
    const [mine, other] = [await startJira({ title: "Mine" }), await startJira({ title: "Other" })];
    const rig = rigWith(instancesOf({ mine, other }));
    await logIn(rig, mine);

    for (const name of ["Other", "other", "nowhere", ""]) {
      await expect(projects(rig, name), name).rejects.toMatchObject({
        ...{ code: "HS_FORBIDDEN_USER", message: "Instance not known or not accessible to this user." },
      });
    }
  });

  it("is Jira's failure where Jira fails", async () => {
    const jira = await startJira();
    const rig = rigWith(instancesOf({ main: jira }));
    await logIn(rig, jira);
    jira.failWith({ kind: "cut" });

    for (const name of ["main", "Jira stand-in"]) await expect(projects(rig, name), name).rejects.toThrow(RemoteError);
  });
});
