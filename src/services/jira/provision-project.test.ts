import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "../../../test/support/service-context.js";
import { connectionId, type Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { RoomId, UserId } from "../../core/ids.js";
import type { Provisioned, Provisioning } from "../../core/provisioning.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createJiraService } from "./index.js";
import { rememberProject } from "./known-projects.js";
import { createLoginBook } from "./personal-login.js";
import { createProjectProvisioning } from "./provision-project.js";
import type { JiraConfig } from "./schema.js";

const service = createJiraService();
const kind = service.kinds[0]!;
const roomId: RoomId = "!room:example.org";
const alice: UserId = "@alice:example.org";
const token = "planted-token";
const ownToken = "alices-token";
const credential = { token: new Secret(token) };
type Body = Readonly<Record<string, unknown>>;
type Instances = NonNullable<JiraConfig["instances"]>;

let jira: JiraStandIn;
let playId: string;

beforeEach(async () => {
  jira = await JiraStandIn.start({ deployment: "server", credential: { token } });
  playId = jira.addProject("PLAY").id;
  jira.addProject("SECRET");
  jira.addAccount({ name: "alice", token: ownToken, projects: ["PLAY"] });
});

afterEach(() => jira.stop());

function provisioning(): Provisioning<JiraConfig> {
  if (kind.provisioning === undefined) throw new TypeError("programs can connect projects");
  return kind.provisioning;
}

function contextWith(instances: Instances = { main: { url: jira.url } }): TestContext<JiraConfig> {
  return createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, instances }, { http: fetchHttpClient });
}

/** As logins by token are kept. */
const ownLogin = JSON.stringify({ token: ownToken, id: "alice", displayName: "Alice" });

async function logIn({ commit, logins }: TestContext<JiraConfig>, login = ownLogin): Promise<void> {
  await commit([logins.put(alice, jira.url, login)]);
}

async function loggedIn(instances?: Instances, login?: string): Promise<TestContext<JiraConfig>> {
  const context = contextWith(instances);
  await logIn(context, login);
  return context;
}

/** As events show projects. */
async function know({ commit, store }: TestContext<JiraConfig>, ...projects: readonly { key: string; id: string }[]): Promise<void> {
  const { host } = new URL(jira.url);
  await commit(projects.map((project) => rememberProject(store, { host, ...project })));
}

function connection(state: Body): Connection {
  const stateKey = `${jira.url}/projects/PLAY`;
  return {
    ...{ id: connectionId(roomId, kind.stateTypes[0], stateKey), roomId, serviceId: "jira", kindId: kind.id },
    ...{ eventType: kind.stateTypes[0], stateKey, state, eventId: "$state", sender: alice },
    ...{ remoteKeys: [], status: { kind: "active" }, priority: -1 },
  };
}

function provision(context: TestContext<JiraConfig>, config: Body, current?: Connection): Promise<Provisioned> {
  return provisioning().provision({ roomId, config, actor: alice, ...(current === undefined ? {} : { current }) }, context);
}

describe("a Jira project that a program sends", () => {
  it.each([
    { body: { id: 7 }, mistake: "Expected 'id' to be a string" },
    { body: {}, mistake: "Expected a 'url' property" },
    { body: { url: "x", commandPrefix: 5 }, mistake: "Expected 'commandPrefix' to be a string" },
    { body: { url: "x", commandPrefix: "!" }, mistake: "Expected 'commandPrefix' to be between 2-24 characters" },
    { body: { url: "x", commandPrefix: "!".repeat(25) }, mistake: "Expected 'commandPrefix' to be between 2-24 characters" },
    {
      body: { url: "x", events: ["issue_created", "worklog"] },
      mistake: "'events' can only contain issue_created, issue_updated, version_created, version_updated, version_released",
    },
    {
      body: { url: "x", events: "issue_created" },
      mistake: "'events' can only contain issue_created, issue_updated, version_created, version_updated, version_released",
    },
    { body: { url: "x", devinfo: ["commit", "tag"] }, mistake: "'devinfo' can only contain commit, branch, pull_request" },
    { body: { url: "x", devinfo: "commit" }, mistake: "'devinfo' can only contain commit, branch, pull_request" },
  ])("is refused in Hookshot's words: $body", ({ body, mistake }) => {
    expect(() => provisioning().check?.(body)).toThrow(expect.objectContaining({ code: "HS_BAD_VALUE", message: mistake }));
  });

  it.each([
    { url: "x" },
    { url: "x", id: "7", commandPrefix: "!play", events: ["issue_updated"], whatever: {} },
    { url: "x", events: ["issue.created"] },
    { url: "x", devinfo: ["commit", "branch", "pull_request"] },
    { url: "x", devinfo: [] },
  ])("is let through to the schema: %j", (body) => {
    expect(() => provisioning().check?.(body)).not.toThrow();
  });

  it("is found with the person's own login, and stands where the command would put it", async () => {
    const context = await loggedIn();
    const url = `${jira.url}/projects/PLAY`;

    const { target, changes } = await provision(context, { url, events: ["version_created"], commandPrefix: "!play" });

    expect(target).toMatchObject({ kindId: kind.id, stateKey: url, name: "PLAY" });
    expect(target.state).toEqual({ url, id: playId, events: ["version_created"], commandPrefix: "!play" });
    expect(changes).toEqual([expect.objectContaining({ value: "PLAY" })]);
  });

  it("has the id that Jira tells, whatever was sent", async () => {
    const context = await loggedIn();

    const { target } = await provision(context, { url: `${jira.url}/projects/PLAY`, id: "666" });

    expect(target.state["id"]).toBe(playId);
  });

  it.each([
    { sent: "/projects/PLAY", kept: "/projects/PLAY" },
    { sent: "/projects/play/", kept: "/projects/play/" },
    { sent: "/browse/PLAY", kept: "/browse/PLAY" },
    // The key of these could not be read from the state.
    { sent: "/projects/PLAY/issues", kept: "/projects/PLAY" },
    { sent: "/browse/PLAY-7", kept: "/projects/PLAY" },
    { sent: "/secure/RapidBoard.jspa?projectKey=PLAY", kept: "/projects/PLAY" },
  ])("keeps the address $sent as $kept", async ({ sent, kept }) => {
    const context = await loggedIn();

    const { target } = await provision(context, { url: `${jira.url}${sent}` });

    expect(target).toMatchObject({ stateKey: `${jira.url}/projects/PLAY`, state: { url: `${jira.url}${kept}` } });
  });

  it("tells the room no password that was sent with its address", async () => {
    const context = await loggedIn();

    const { target } = await provision(context, { url: `${jira.url}/projects/PLAY`.replace("//", "//alice:hush@") });

    expect(target.state["url"]).toBe(`${jira.url}/projects/PLAY`);
  });

  it("is found with a credential, which is there for everybody who may manage connections", async () => {
    const context = contextWith({ main: { url: jira.url, credential } });

    const { target } = await provision(context, { url: `${jira.url}/projects/SECRET` });

    expect(target.name).toBe("SECRET");
  });

  it("is found with the credential where the person's own login does not see it", async () => {
    const context = await loggedIn({ main: { url: jira.url, credential } });

    const { target } = await provision(context, { url: `${jira.url}/projects/SECRET` });

    expect(target.name).toBe("SECRET");
  });

  it.each([
    {
      title: "nobody is logged in",
      isLoggedIn: false,
      path: "/",
      code: "HS_FORBIDDEN_USER",
      message: "User is not authenticated with JIRA",
    },
    {
      ...{ title: "it is at another Jira", isLoggedIn: true, path: "https://other.example.org/projects/PLAY" },
      ...{ code: "HS_FORBIDDEN_USER", message: "User is not authenticated with this JIRA instance" },
    },
    { title: "it is none", isLoggedIn: true, path: "/", code: "HS_BAD_VALUE", message: "URL did not contain a valid project key" },
    {
      ...{ title: "it is a page", isLoggedIn: true, path: "/secure/Dashboard.jspa" },
      ...{ code: "HS_BAD_VALUE", message: "URL did not contain a valid project key" },
    },
    {
      ...{ title: "there is none", isLoggedIn: true, path: "/projects/NONE" },
      ...{ code: "HS_FORBIDDEN_USER", message: "Requested project was not found" },
    },
    {
      ...{ title: "the person does not see it", isLoggedIn: true, path: "/projects/SECRET" },
      ...{ code: "HS_FORBIDDEN_USER", message: "Requested project was not found" },
    },
  ])("is refused when $title", async ({ isLoggedIn, path, code, message }) => {
    const context = contextWith();
    if (isLoggedIn) await logIn(context);

    const refused = provision(context, { url: path.startsWith("/") ? `${jira.url}${path}` : path });

    await expect(refused).rejects.toMatchObject({ code, message });
  });

  it("is refused when the login has ended", async () => {
    const context = await loggedIn();
    jira.revokeTokens(jira.account("alice"));

    const refused = provision(context, { url: `${jira.url}/projects/PLAY` });

    await expect(refused).rejects.toMatchObject({
      code: "HS_FORBIDDEN_USER",
      message: "User is not authenticated with this JIRA instance",
    });
  });

  it.each([
    { url: () => "https://other.example.org/projects/PLAY", says: "User is not authenticated with JIRA" },
    { url: () => `${jira.url}/projects/NONE`, says: "Requested project was not found" },
  ])("is refused to who has no login, beside a credential that does not help either: $says", async ({ url, says }) => {
    await expect(provision(contextWith({ main: { url: jira.url, credential } }), { url: url() })).rejects.toMatchObject({
      code: "HS_FORBIDDEN_USER",
      message: says,
    });
  });

  it("is Jira's failure where the person does not see it and the credential is not good any more", async () => {
    const context = await loggedIn({ main: { url: jira.url, credential: { token: new Secret("revoked") } } });

    await expect(provision(context, { url: `${jira.url}/projects/SECRET` })).rejects.toThrow(
      "has to renew `jira.instances.main.credential`",
    );
  });

  it("is Jira's failure where Jira fails", async () => {
    const context = await loggedIn();
    jira.failWith({ kind: "status", status: 503 });

    await expect(provision(context, { url: `${jira.url}/projects/PLAY` })).rejects.toThrow(RemoteError);
  });
});

describe("a Jira project that a program changes", () => {
  it("is not looked up while it stays the same, and keeps its id, whatever was sent", async () => {
    const context = await loggedIn();
    const url = `${jira.url}/projects/PLAY`;

    const { target } = await provision(context, { url, id: "666", events: ["issue_updated"] }, connection({ url, id: "10001" }));

    expect(target.state).toEqual({ url, id: "10001", events: ["issue_updated"] });
    expect(jira.requests).toEqual([]);
  });

  it("gets the id that it lacks from what is known of the project", async () => {
    const context = await loggedIn();
    const url = `${jira.url}/projects/PLAY`;
    await know(context, { key: "PLAY", id: "10001" }, { key: "OTHER", id: "7" });

    const { target } = await provision(context, { url, id: "666" }, connection({ url }));

    expect(target.state["id"]).toBe("10001");
    expect(jira.requests).toEqual([]);
  });

  it.each([
    { title: "with the person's login", rig: () => loggedIn(), known: [] },
    { title: "with a credential", rig: async () => contextWith({ main: { url: jira.url, credential } }), known: [] },
    { title: "once more where two projects had the key", rig: () => loggedIn(), known: ["10001", "10002"] },
  ])("is looked up $title where nothing tells the id that it lacks", async ({ rig, known }) => {
    const context = await rig();
    const url = `${jira.url}/projects/PLAY`;
    await know(context, { key: "OTHER", id: "7" }, ...known.map((id) => ({ key: "PLAY", id })));

    const { target, changes } = await provision(context, { url, id: "666" }, connection({ url }));

    expect(target.state).toEqual({ url, id: playId });
    expect(changes).toEqual([expect.objectContaining({ value: "PLAY" })]);
  });

  it.each<{ title: string; path?: string; context: () => Promise<TestContext<JiraConfig>> | TestContext<JiraConfig> }>([
    { title: "nobody may look", context: () => contextWith() },
    { title: "it is nowhere any more", context: () => contextWith({}) },
    { title: "the person does not see it", path: "/projects/SECRET", context: () => loggedIn() },
    { title: "its address names a project no more", path: "/projects/PLAY-7", context: () => loggedIn() },
    { title: "the login has ended", context: () => (jira.revokeTokens(jira.account("alice")), loggedIn()) },
    { title: "Jira fails", context: () => (jira.failWith({ kind: "status", status: 503 }), loggedIn()) },
    { title: "Jira does not answer", context: () => (jira.failWith({ kind: "cut" }), loggedIn()) },
    { title: "the login cannot be read", context: () => loggedIn(undefined, "{") },
  ])("stays without an id where $title", async ({ path = "/projects/PLAY", context }) => {
    const url = `${jira.url}${path}`;

    const { target, changes } = await provision(await context(), { url, id: "666", events: ["issue_updated"] }, connection({ url }));

    expect(target.state).toEqual({ url, events: ["issue_updated"] });
    expect(changes).toEqual([]);
  });

  it("waits five seconds for its id, and no longer", async () => {
    const clock = new ManualClock();
    const url = `${jira.url}/projects/PLAY`;
    const context = { ...(await loggedIn()), http: { request: () => new Promise<never>(() => undefined) } };
    const { provision: change } = createProjectProvisioning({ client: createJiraClient(), logins: createLoginBook() }, clock);

    const changed = change({ roomId, config: { url }, actor: alice, current: connection({ url }) }, context);
    await clock.advance(5_000);

    expect((await changed).target.state).toEqual({ url });
  });

  it("is looked up when it becomes another one", async () => {
    const context = await loggedIn();
    const current = connection({ url: `${jira.url}/projects/OTHER`, id: "666" });

    const { target } = await provision(context, { url: `${jira.url}/projects/PLAY`, id: "666" }, current);

    expect(target.state["id"]).toBe(playId);
    await expect(provision(context, { url: `${jira.url}/projects/SECRET` }, current)).rejects.toThrow("Requested project was not found");
  });

  it("is looked up when only the path before its key changes: that may be another Jira", async () => {
    const current = connection({ url: `${jira.url}/one/projects/PLAY`, id: "10001" });

    const refused = provision(contextWith(), { url: `${jira.url}/two/projects/PLAY` }, current);

    await expect(refused).rejects.toThrow("User is not authenticated with JIRA");
  });
});
