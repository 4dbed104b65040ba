import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, repositoryConnection, type GitHubSetting } from "../../../test/support/github-setting.js";
import { GitHubStandIn } from "../../../test/support/github-stand-in.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, type TestContext } from "../../../test/support/service-context.js";
import { seededRandom } from "../../../test/support/seeded-random.js";
import { connectionId, type Connection } from "../../core/connection.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { RoomEventAnswer, RoomEventCall } from "../../core/room-listener.js";
import type { ConnectionKind, Rendered, Service, SetupOperations } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { findIssue, type CommandSession } from "./commands-session.js";
import type { GitHubEvent } from "./events.js";
import { createGitHubService } from "./index.js";
import { withoutSection, type GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";
const ours = "@hookshot:example.org";
const roomId = "!room:example.org";
const url = "https://git.example.org";
const elsewhere = { org: "octo", repo: "hello", url };
const here = { org: "octo", repo: "hello" };

let setting: GitHubSetting;
let context: TestContext<GitHubConfig>;

const service: Service<GitHubConfig> = createGitHubService();
const kind = kindOf("repository");

beforeEach(async () => {
  setting = await createGitHubSetting();
  ({ context } = setting);
  setting.logIn(ada, "ada");
});

afterEach(() => setting.gitHub.stop());

function kindOf(id: string): ConnectionKind<GitHubConfig> {
  const found = service.kinds.find((candidate) => candidate.id === id);
  if (found === undefined) throw new TypeError(id);
  return found;
}

function connectionOf(state: Readonly<Record<string, unknown>>): Connection {
  const connection = { ...repositoryConnection("octo/hello", state), stateKey: JSON.stringify(state) };
  return { ...connection, id: connectionId(roomId, "type", connection.stateKey) };
}

describe("the state of a connection to another GitHub", () => {
  it.each([
    ["HTTPS://Git.Example.org/", url],
    ["https://git.example.org/api/v3", url],
    ["http://www.github.com", "https://github.com"],
  ])("has one way to write its address: %s", (typed, written) => {
    expect(kind.normalise!({ ...here, url: typed }, "")).toEqual({ ...here, url: written });
  });

  it("is another resource with another grant, whether by TLS or not", () => {
    const insecure = { ...elsewhere, url: "http://git.example.org" };

    expect(kind.resourceKey(elsewhere, "")).not.toBe(kind.resourceKey(here, ""));
    expect(kind.grant!(here)).toEqual({ type: "github", id: "org:octorepo:hello" });
    expect(kind.grant!(elsewhere)).toEqual({ type: "github", id: "host:git.example.org org:octorepo:hello" });
    expect([kind.resourceKey(insecure, ""), kind.grant!(insecure)]).toEqual([kind.resourceKey(elsewhere, ""), kind.grant!(elsewhere)]);
  });

  it.each(["javascript:alert(1)", "github.com", "https://"])("is not used with an address that is none: %s", (typed) => {
    expect(() => kind.remoteKeys({ ...here, url: typed }, "")).toThrow("'url' must be the address of a GitHub");
  });

  it("does not name the configured GitHub by hand, which its webhook would not find; one from before it was configured stays", () => {
    const named = { ...here, url: setting.gitHub.url };

    expect(() => kind.checkChange!(named, undefined, context)).toThrow("leave it out");
    expect(() => kind.checkChange!(named, { ...named, priority: 1 }, context)).not.toThrow();
    expect(() => kind.checkChange!(elsewhere, undefined, context)).not.toThrow();
  });

  it.each([
    { typed: "octo/hello", isNamed: true },
    { typed: `${url}/octo/hello/pulls`, isNamed: true },
    { typed: "octo/hello", remoteName: "GIT.example.org", isNamed: true },
    { typed: "octo/hello", remoteName: "main", isNamed: false },
    { typed: "https://github.com/octo/hello", isNamed: false },
  ])("is meant by $typed at $remoteName: $isNamed", ({ typed, remoteName, isNamed }) => {
    expect(kind.isNamed(elsewhere, "", typed, remoteName, context)).toBe(isNamed);
  });

  it("is not meant by the key of a connection to another GitHub than the one that is named", () => {
    expect(kind.isNamed(here, "octo/hello", "octo/hello", "git.example.org", context)).toBe(false);
    expect(kind.isNamed(here, "my-key", "my-key", undefined, context)).toBe(true);
  });

  it("is meant by the name of a registered GitHub at its address", async () => {
    context.remotes.remotes.push(connectorRemote({ serviceId: "github", url: `${url}/api/v3` }));

    expect(await kind.isAtRegistered!(elsewhere, "main", context)).toBe(true);
    expect(await kind.isAtRegistered!(here, "main", context)).toBe(false);
    expect(await kind.isAtRegistered!(elsewhere, "other", context)).toBe(false);
  });

  it("owns issues by its own addresses", () => {
    expect(kind.ownsItem!(elsewhere, "", `${url}/octo/hello/issues/3`)).toBe(true);
    expect(kind.ownsItem!(elsewhere, "", "octo/hello#3")).toBe(true);
    expect(kind.ownsItem!(elsewhere, "", "https://github.com/octo/hello/issues/3")).toBe(false);
  });

  it("leads people to its own address", () => {
    expect(kind.describe(elsewhere, "")).toEqual({ name: "octo/hello", url: `${url}/octo/hello` });
    expect(kind.describe(here, "")).toEqual({ name: "octo/hello" });
  });
});

describe("an event of another GitHub", () => {
  const event: GitHubEvent = {
    name: "pull_request.opened",
    repository: { id: 1, owner: "octo", repo: "hello", fullName: "octo/hello", url: `${url}/octo/hello` },
    sender: "ada",
    issue: {
      ...{ id: 2, number: 3, title: "Oil", url: `${url}/octo/hello/pull/3`, labels: [], assignees: [] },
      ...{ isDraft: false, isMerged: false },
    },
  };
  const remoteEvent: RemoteEvent = { name: event.name, routingKeys: [], payload: event };
  const render = (state: Readonly<Record<string, unknown>>): Rendered => kind.render(remoteEvent, connectionOf(state), context);

  it("is told without asking the configured GitHub for what has the same name there", () => {
    const prDiff = { enabled: true };

    expect(render({ ...here, prDiff })).toEqual({ kind: "later" });
    expect(render({ ...elsewhere, prDiff })).toMatchObject({
      kind: "messages",
      messages: [{ content: { body: expect.stringContaining(`${url}/octo/hello/pull/3`) as unknown } }],
    });
  });

  it("says in its message where it is from, so that nobody acts at the configured one", async () => {
    const rendered = render(elsewhere);
    const content = rendered.kind === "messages" ? rendered.messages[0]!.content : {};
    expect(content["matrix-switchboard.github.site"]).toBe(url);
    await setting.gitHub.createPull("octo/hello", "Another", "octo");

    for (const state of [elsewhere, here]) {
      expect(await hear(reactionTo(), content, connectionOf(state))).toEqual({ isHandled: false });
      expect(await hear(reviewOf(), content, connectionOf(state))).toEqual({ isHandled: false });
    }
    expect(setting.gitHub.changes).toEqual([]);
  });

  it("is not answered with an issue of the configured GitHub that has the same number", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil the swing", "octo");
    const message = eventOf("m.room.message", { msgtype: "m.text", body: "see #1" });

    expect(await hear(message, {}, connectionOf({ ...elsewhere, hotlinkIssues: true }))).toEqual({ isHandled: false });
    expect(await hear(message, {}, connectionOf({ ...here, hotlinkIssues: true }))).toMatchObject({ isHandled: true });
  });
});

function eventOf(type: string, content: Readonly<Record<string, unknown>>): MatrixEvent {
  return { type, content, event_id: "$typed", room_id: roomId, sender: ada, origin_server_ts: 0 };
}

function reactionTo(): MatrixEvent {
  return eventOf("m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: "$ours", key: "👍" } });
}

function reviewOf(): MatrixEvent {
  return eventOf("m.room.message", { msgtype: "m.text", body: "✅ Fine", "m.relates_to": { "m.in_reply_to": { event_id: "$ours" } } });
}

function hear(event: MatrixEvent, related: Readonly<Record<string, unknown>>, connection: Connection): Promise<RoomEventAnswer> {
  const call: RoomEventCall = {
    ...{ event, actor: ada, connection, begin: async () => undefined },
    related: async () => ({ ...eventOf("m.room.message", related), sender: ours }),
    isOurs: (userId) => userId === ours,
  };
  return kind.listener!.handle!(call, context);
}

async function run(name: string, values: Readonly<Record<string, string>>, state: Readonly<Record<string, unknown>>): Promise<string> {
  const connection = connectionOf(state);
  const call = { values, actor: ada, prefix: "!gh", connection, connections: [connection], begin: async () => undefined } as const;
  const answer = await kind.commands!.find((command) => command.name === name)!.run(call, context);
  return "reaction" in answer ? `(${answer.reaction})` : answer.text;
}

describe("a command in a room of another GitHub", () => {
  let other: GitHubStandIn;

  beforeEach(async () => {
    other = await GitHubStandIn.start();
    other.addAccount("octo");
    other.addAccount("robot");
    other.addRepository("octo/hello", { permissions: { robot: "write" } });
    const account = { kind: "token", token: new Secret("ghp_robot_token") } as const;
    context.remotes.remotes.push(connectorRemote({ serviceId: "github", url: other.url, account, projects: ["octo/*"] }));
  });

  afterEach(() => other.stop());

  it("is refused: people's logins are the configured one's", async () => {
    await expect(run("create", { title: "Oil" }, { ...here, url: other.url })).rejects.toThrow(
      `This room is connected to octo/hello at ${other.url}, where nobody can log in through me. Do it there in the browser.`,
    );
    expect([...setting.gitHub.requests, ...other.requests]).toEqual([]);
  });

  it("acts through the registered account where the configuration says so, and names who typed it", async () => {
    context.remotes.letsPeopleAct = true;
    const state = { ...here, url: other.url };

    expect(await run("create", { title: "Oil", description: "Please" }, state)).toBe("(Issue #1)");
    await run("comment", { number: "1", text: "Soon" }, state);
    await run("close", { number: "1" }, state);

    const issue = other.issue("octo/hello", 1);
    const by = "By `@ada:example.org` in Matrix.";
    expect(issue).toMatchObject({ body: `Please\n\n${by}`, author: { login: "robot" }, state: "closed" });
    expect(issue.comments.map(({ body }) => body)).toEqual([`Soon\n\n${by}`, by]);
    expect(setting.gitHub.requests).toEqual([]);
  });

  it.each([
    ["assign", { number: "1" }],
    ["review", { number: "1", verdict: "approve" }],
    ["workflow run", { name: "Build" }],
  ])("does not do as somebody else what says who did it: %s", async (name, values) => {
    context.remotes.letsPeopleAct = true;

    await expect(run(name, values, { ...here, url: other.url })).rejects.toThrow("You are not logged in");
    expect(other.changes).toEqual([]);
  });

  it("reaches no repository that the remote does not serve, by a former name either", async () => {
    context.remotes.letsPeopleAct = true;
    other.addAccount("bo");
    other.addRepository("bo/notes");
    other.addFormerName("bo/notes", "octo/notes");

    for (const [org, repo] of [["bo", "notes"] as const, ["octo", "notes"] as const]) {
      await expect(run("create", { title: "Oil" }, { org, repo, url: other.url })).rejects.toThrow("Do it there in the browser");
    }
    expect(other.changes).toEqual([]);
  });

  it("shows nobody an issue that was moved to another repository, which the account may see for others", async () => {
    const moved = { id: 2, number: 5, title: "Secret", state: "open", html_url: `${other.url}/bo/notes/issues/5` };
    const session = {
      client: { findIssue: async () => moved },
      link: { site: { webUrl: other.url } },
      repository: { owner: "octo", repo: "hello" },
      // Nothing else is asked.
    } as unknown as CommandSession;

    await expect(findIssue({ ...session, onBehalfOf: ada }, "1")).rejects.toThrow("There is no #1 in octo/hello");
    expect((await findIssue(session, "1")).issue).toBe(moved);
  });

  it("is done with the person's own login where there is one", async () => {
    context.remotes.letsPeopleAct = true;

    await run("create", { title: "Oil" }, here);

    expect(setting.gitHub.issue("octo/hello", 1)).toMatchObject({ author: { login: "ada" }, body: "" });
  });
});

describe("Hookshot's set-up commands beside another GitHub", () => {
  it("list each repository where it is, and end the one that is named", async () => {
    let connected: readonly Connection[] = [connectionOf(here), connectionOf(elsewhere)];
    const setup: SetupOperations = {
      ...{ roomId, actor: ada, connections: async () => connected, secretIdOf: async () => undefined },
      connect: () => Promise.reject(new TypeError("nothing is connected")),
      async disconnect(ended) {
        connected = connected.filter((connection) => connection !== ended);
      },
    };
    const setUp = async (name: string, typed?: string): Promise<string> =>
      (await service.setupCommands!.find((command) => command.name === name)!.run({ url: typed }, setup, context)).body;

    expect(await setUp("github list")).toContain(` * ${setting.gitHub.url}/octo/hello\n * ${url}/octo/hello`);
    expect(await setUp("github remove", `${url}/octo/hello`)).toBe(`Room no longer bridged to GitHub repository ${url}/octo/hello.`);
    expect(connected).toMatchObject([{ state: here }]);
  });
});

describe("a program that sets up a connection", () => {
  const provision = (config: Readonly<Record<string, unknown>>, current?: Connection): Promise<{ readonly target: object }> =>
    kind.provisioning!.provision({ roomId, config, actor: ada, ...(current === undefined ? {} : { current }) }, context);

  it("cannot name another GitHub, for which the person's login says nothing", async () => {
    await expect(provision(elsewhere)).rejects.toThrow("'url' can only be that of the configured one");
    await expect(provision(elsewhere, connectionOf(here))).rejects.toThrow("'url' can only be that of the configured one");
    expect(await provision({ ...here, url: setting.gitHub.url })).toMatchObject({ target: { state: here } });
  });

  it("changes the settings of one that is there", async () => {
    const changed = { ...elsewhere, enableHooks: ["push"] };

    expect(await provision(changed, connectionOf(elsewhere))).toMatchObject({ target: { state: changed } });
    setting.logIn(ada, "bo");
    await expect(provision(here, connectionOf(elsewhere))).rejects.toThrow("write permissions");
  });
});

describe("without a section of the configuration", () => {
  beforeEach(() => {
    const config = withoutSection(seededRandom(1));
    context = createServiceContext(config, { logins: setting.logins });
  });

  it("what needs the App or a login says that there is none, and nothing is asked", async () => {
    const account = async (name: string): Promise<string> =>
      (await service.accountCommands!.find((command) => command.name === name)!.run(["token"], ada, context)).answer.text;

    await expect(account("github setpersonaltoken")).rejects.toThrow("No GitHub is configured here");
    expect(await account("github login")).toContain("No GitHub is configured here");
    await expect(run("create", { title: "Oil" }, here)).rejects.toThrow("You are not logged in. No GitHub is configured here");
    expect(await service.aliases!.create("github_octo_hello", context)).toBe(false);
    expect(await service.aliases!.create("github_octo", context)).toBe(false);
  });

  it("what runs by the clock has nothing to do", async () => {
    for (const task of service.tasks!) expect(await task.run(context)).toBeGreaterThan(0);
  });

  it("nobody can sign for the ordinary webhook, and its secret is another each time", () => {
    expect(context.config.webhook.secret.reveal()).toHaveLength(43);
    expect(withoutSection(seededRandom(2)).webhook.secret.reveal()).not.toBe(context.config.webhook.secret.reveal());
  });
});
