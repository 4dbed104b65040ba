import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decide } from "../../../test/support/browser.js";
import { JiraCloud } from "../../../test/support/jira-cloud.js";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { UserId } from "../../core/ids.js";
import type { SmartCommand, SmartCommitAnswer, SmartCommitCall, SmartCommitPlace } from "../../core/smart-commits.js";
import { Secret } from "../../shared/secret.js";
import { createJiraService } from "./index.js";
import { anyHostRoutingKey } from "./routing-keys.js";
import type { JiraConfig } from "./schema.js";

const ada = "@ada:example.org";
const bob = "@bob:example.org";
const webhook = { secret: new Secret("s") };
const committedAt = Date.UTC(2025, 11, 31, 12);

let jira: JiraStandIn;
let service: ReturnType<typeof createJiraService>;
let logins: MemoryLogins;
let now: number;
let context: TestContext<JiraConfig>;
let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  service = createJiraService();
  now = Date.UTC(2026, 0, 1);
  logins = createMemoryLogins({ now: () => now });
  stops = [];
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

async function useStandIn(deployment: "server" | "cloud"): Promise<void> {
  const credential = deployment === "cloud" ? { username: "bot@example.org", token: "t" } : { token: "t" };
  jira = await JiraStandIn.start({ deployment, credential });
  stops.push(() => jira.stop());
  jira.addProject("PLAY");
  context = createServiceContext<JiraConfig>(
    { webhook, instances: { main: { url: jira.url, deployment } } },
    { http: fetchHttpClient, logins, now: () => now },
  );
  connect(`${jira.url}/projects/PLAY`);
  await jira.createIssue("PLAY", "Swing");
}

function connect(url: string): void {
  // Nothing else of a connection is read.
  context.connections.list.push({ state: { url }, stateKey: url, remoteKeys: [anyHostRoutingKey("PLAY")] } as unknown as Connection);
}

/** Types in the direct chat, as people log in and out. */
async function type(typed: string, person: UserId): Promise<void> {
  const [first, second, ...words] = typed.split(" ");
  const command = service.accountCommands?.find(({ name }) => name === `${first} ${second}`);
  const { changes = [] } = (await command?.run(words, person, context)) ?? expect.fail("there is no such command");
  await context.commit(changes);
}

async function logIn(
  person: UserId,
  name: string,
  account: { readonly email?: string; readonly projects?: readonly string[] } = {},
): Promise<void> {
  const token = `token-of-${name}`;
  const { email } = jira.addAccount({ name, token, ...account });
  await type(
    context.config.instances?.["main"]?.deployment === "cloud" ? `jira token main ${email} ${token}` : `jira token main ${token}`,
    person,
  );
}

function places(issueKey = "PLAY-1", instance?: string): Promise<readonly SmartCommitPlace[]> {
  const { smartCommits } = service;
  return smartCommits!.placesOf({ issueKey, ...(instance === undefined ? {} : { instance }) }, context);
}

async function carryOut(command: SmartCommand, given: Partial<SmartCommitCall> = {}): Promise<SmartCommitAnswer> {
  const [place] = await places();
  const call: SmartCommitCall = {
    ...{ place: place!, issueKey: "PLAY-1", authorEmail: "ADA@Example.org", happenedAt: committedAt, command },
    mayAct: () => true,
    begin: async () => true,
    ...given,
  };
  return service.smartCommits!.carryOut(call, context);
}

const comment: SmartCommand = { kind: "comment", text: "Oiled *it* [~bob]" };
const nobody = { kind: "refused", reason: expect.stringMatching(/^Nobody who is logged in to main /) };

describe.each(["server", "cloud"] as const)("a smart commit at a %s", (deployment) => {
  beforeEach(() => useStandIn(deployment));

  it("comments as the commit's author", async () => {
    await logIn(ada, "ada");
    await logIn(bob, "bob");

    expect(await carryOut(comment)).toEqual({ kind: "done", as: "@ada:example.org (Ada Example at main)" });

    expect(jira.commentsOf("PLAY-1")).toMatchObject([{ author: "Ada Example", text: expect.stringContaining("*it*"), formatting: [] }]);
  });

  it.each([
    ["of its text", "Total work", { text: "Total work" }],
    ["without any", "", {}],
  ])("logs work %s, from when the commit was made", async (_what, text, logged) => {
    await logIn(ada, "ada");

    await carryOut({ kind: "time", spent: "1w 2d 4h 30m", text });

    expect(jira.worklogsOf("PLAY-1")).toEqual([
      { author: "Ada Example", timeSpent: "1w 2d 4h 30m", started: "2025-12-31T12:00:00.000+0000", ...logged },
    ]);
  });

  it("logs no work in the future", async () => {
    await logIn(ada, "ada");

    await carryOut({ kind: "time", spent: "1.5h", text: "" }, { happenedAt: now + 1_000 });

    expect(jira.worklogsOf("PLAY-1")).toMatchObject([{ timeSpent: "1.5h", started: "2026-01-01T00:00:00.000+0000" }]);
  });

  it.each(["start-progress", "Start-Progress", "start", "in-progress"])("moves by #%s", async (name) => {
    await logIn(ada, "ada");

    expect(await carryOut({ kind: "transition", name })).toMatchObject({ kind: "done" });

    expect(jira.issue("PLAY-1").status).toBe("In Progress");
  });

  it("says which moves there are, and begins nothing", async () => {
    await logIn(ada, "ada");
    const begun: string[] = [];
    const begin = async (key: string): Promise<boolean> => begun.push(key) > 0;

    await expect(carryOut({ kind: "transition", name: "close" }, { begin })).rejects.toThrow(
      "PLAY-1 is in `To Do` and cannot be moved to `close` now. It can be moved to `In Progress` (by `Start progress`).",
    );

    expect(begun).toEqual([]);
  });

  it("begins right before the one request that changes something, under the issue's key of now", async () => {
    await logIn(ada, "ada");
    jira.addProject("OPS");
    await jira.moveIssue("PLAY-1", "OPS");
    let askedBefore = 0;
    const begin = async (key: string): Promise<boolean> => {
      askedBefore = jira.requests.length;
      return key === "OPS-1";
    };

    await carryOut({ kind: "transition", name: "start" }, { begin });

    expect(jira.requests.slice(askedBefore)).toEqual([expect.stringMatching(/^POST .*\/transitions$/)]);
    expect(jira.issue("OPS-1").status).toBe("In Progress");
  });

  it("is left where it was carried out before", async () => {
    await logIn(ada, "ada");

    expect(await carryOut(comment, { begin: async () => false })).toEqual({ kind: "left" });

    expect(jira.commentsOf("PLAY-1")).toEqual([]);
  });
});

describe("the author of a smart commit", () => {
  beforeEach(() => useStandIn("server"));

  it("is nobody whose account has another address", async () => {
    await logIn(bob, "bob");

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is nobody who typed the address: the account says it", async () => {
    await jira.stop();
    await useStandIn("cloud");
    jira.addAccount({ name: "mallory", email: "ada@example.org", token: "t2" });
    const mallory = jira.account("mallory");
    // The site lets in whoever has the token, and says whose it is.
    Object.assign(mallory, { email: "mallory@example.org" });
    await type("jira token main ada@example.org t2", bob);

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is not who has logged out, nor whose login was undone, and is again after the next login", async () => {
    await logIn(ada, "ada");
    await type("jira logout main", ada);
    expect(await carryOut(comment)).toEqual(nobody);
    await type("jira token main token-of-ada", ada);
    expect(await carryOut(comment)).toMatchObject({ kind: "done" });

    logins.remove(ada, jira.url);

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is not who has another address by now, whatever was known before", async () => {
    await logIn(ada, "ada");

    Object.assign(jira.account("ada"), { email: "ada@elsewhere.example" });

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is not who is logged in as somebody else by now", async () => {
    await logIn(ada, "ada");
    await logIn(ada, "carol");

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is nobody where several accounts have the address", async () => {
    await logIn(ada, "ada");
    await logIn(bob, "ada.work", { email: "Ada@example.org" });

    expect(await carryOut(comment)).toEqual({ kind: "refused", reason: expect.stringMatching(/^Several accounts at main /) });
    expect(jira.commentsOf("PLAY-1")).toEqual([]);
  });

  it("is one where several people are logged in to the account", async () => {
    await logIn(ada, "ada");
    await type("jira token main token-of-ada", bob);

    expect(await carryOut(comment, { mayAct: (person) => person === bob })).toEqual({
      kind: "done",
      as: "@bob:example.org (Ada Example at main)",
    });
  });

  it("has to have the right to act through us", async () => {
    await logIn(ada, "ada");

    const answer = await carryOut(comment, { mayAct: () => false });

    expect(answer).toEqual({ kind: "refused", reason: expect.stringContaining("@ada:example.org lacks the level `commands`") });
  });

  it("has to see the issue", async () => {
    await logIn(ada, "ada", { projects: ["OPS"] });

    expect(await carryOut(comment)).toEqual({
      kind: "refused",
      reason: `There is no PLAY-1 at ${jira.url}, or @ada:example.org may not see it.`,
    });
  });

  it("is nobody whose token is not taken any more", async () => {
    await logIn(ada, "ada");
    jira.revokeTokens(jira.account("ada"));

    expect(await carryOut(comment)).toEqual(nobody);
  });

  it("is waited for while Jira is away", async () => {
    await logIn(ada, "ada");
    await jira.stop();

    await expect(carryOut(comment)).rejects.toMatchObject({ isTransient: true, outcomeUnknown: false });
  });
});

describe("logins from before authors were looked for", () => {
  beforeEach(() => useStandIn("server"));

  function keepOldLogin(person: UserId, name: string): void {
    jira.addAccount({ name, token: `token-of-${name}` });
    logins.put(person, jira.url, JSON.stringify({ token: `token-of-${name}`, id: name, displayName: name }));
  }

  it("are looked through once", async () => {
    keepOldLogin(ada, "ada");
    keepOldLogin(bob, "bob");

    expect(await carryOut(comment)).toMatchObject({ kind: "done" });
    expect(await carryOut(comment, { authorEmail: "nobody@example.org" })).toEqual(nobody);
    await carryOut(comment, { authorEmail: "bob@example.org" });

    // Two to learn the addresses, and one by each who acts.
    expect(jira.requests.filter((request) => request.endsWith("/myself"))).toHaveLength(4);
  });

  it("do not keep others from being looked at where one is over, and are looked at again after an hour", async () => {
    keepOldLogin("@aaa:example.org", "aaa");
    jira.revokeTokens(jira.account("aaa"));
    logins.put("@aab:example.org", jira.url, "{");
    keepOldLogin(bob, "bob");

    expect(await carryOut(comment, { authorEmail: "bob@example.org" })).toMatchObject({ kind: "done" });
    keepOldLogin(ada, "ada");
    expect(await carryOut(comment)).toEqual(nobody);
    now += 3_600_000;

    expect(await carryOut(comment)).toMatchObject({ kind: "done" });
  });

  it("are looked through fifty at a time, by many who ask at once", async () => {
    for (let number = 0; number < 60; number += 1) keepOldLogin(`@p${number}:example.org`, `p${number}`);

    const first = await Promise.allSettled([carryOut(comment), carryOut(comment)]);
    const second = await carryOut(comment, { authorEmail: "p59@example.org" });

    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(second).toMatchObject({ kind: "done" });
    expect(jira.requests.filter((request) => request.endsWith("/myself")).length).toBeLessThanOrEqual(62);
  });
});

describe("the places of an issue", () => {
  beforeEach(() => useStandIn("server"));

  it("are where rooms are connected to its project, each once", async () => {
    connect(`${jira.url}/projects/PLAY`);

    expect(await places()).toEqual([{ name: "main", url: jira.url }]);
  });

  it("are none without a room, unless the provider is bound", async () => {
    context.connections.list.length = 0;

    expect(await places()).toEqual([]);
    expect(await places("PLAY-1", "main")).toEqual([{ name: "main", url: jira.url }]);
    expect(await places("PLAY-1", "gone")).toEqual([]);
  });

  it("are several where the project's key is connected at several Jiras", async () => {
    context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: "https://jira.example.org", name: "second" }));
    connect("https://jira.example.org/projects/PLAY");
    connect("https://acme.atlassian.net/jira/software/projects/PLAY");

    expect((await places()).map(({ name }) => name)).toEqual(["main", "second", "acme.atlassian.net"]);
    expect(await places("PLAY-1", "second")).toEqual([{ name: "second", url: "https://jira.example.org" }]);
    expect(await places("PLAY-1", "acme")).toEqual([{ name: "acme.atlassian.net", url: "https://acme.atlassian.net" }]);
  });

  it("are not known while rooms are read for the first time", async () => {
    Object.assign(context.connections, { isComplete: () => false });

    await expect(places()).rejects.toMatchObject({ isTransient: true });
    expect(await places("PLAY-1", "main")).toHaveLength(1);
  });
});

describe("at Jira Cloud, by a login with the browser", () => {
  const redirect_uri = "http://127.0.0.1:1/jira/oauth";
  let cloud: JiraCloud;

  beforeEach(async () => {
    await useStandIn("cloud");
    cloud = await JiraCloud.start({ client: { clientId: "id", clientSecret: "planted", redirectUri: redirect_uri } });
    stops.push(() => cloud.stop());
    cloud.addPerson("ada", { displayName: "Ada Lovelace", sites: [cloud.addSite("acme", jira)] });
    const addresses = { authorizationUrl: `${cloud.url}/authorize`, tokenUrl: `${cloud.url}/oauth/token`, apiUrl: cloud.url };
    const oauth = { redirect_uri, client_id: "id", client_secret: new Secret("planted"), ...addresses };
    const config = { webhook, oauth, instances: { main: { url: jira.url, deployment: "cloud" } } } as const;
    context = createServiceContext<JiraConfig>(config, { http: fetchHttpClient, logins, now: () => now });
    connect(`${jira.url}/projects/PLAY`);
  });

  async function logInWithBrowser(): Promise<void> {
    const start = { actor: ada, state: "s", codeChallenge: "c" } as const;
    const { url } = await service.oauth!.begin(start, context);
    const query = Object.fromEntries(new URL(await decide(url, { as: "ada", isAllowed: true })).searchParams);
    const outcome = await service.oauth!.finish({ actor: ada, state: "s", codeVerifier: "v", query }, context);
    if (outcome.kind !== "joined") return expect.fail(outcome.reason);
    await context.commit([logins.put(ada, outcome.remote, outcome.login), ...(outcome.changes ?? [])]);
  }

  it("the author is known by what the site says of the account", async () => {
    await logInWithBrowser();

    expect(await carryOut(comment)).toEqual({ kind: "done", as: "@ada:example.org (Ada Lovelace at main)" });
    expect(jira.commentsOf("PLAY-1")).toMatchObject([{ author: "Ada Lovelace" }]);
  });

  it("logins from before are looked through, too", async () => {
    await logInWithBrowser();
    const known = await context.store.list("author", 10);
    await context.commit(known.map(([key]) => context.store.remove(key)));

    expect(await carryOut(comment)).toMatchObject({ kind: "done" });
  });
});
