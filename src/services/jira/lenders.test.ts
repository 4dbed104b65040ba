import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { createServiceContext, deadHttpClient, type TestContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createCommands } from "./commands.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";

const commands = createCommands({ client: createJiraClient(), logins: createLoginBook() });
const ada = "@ada:example.org";
const room = "!room:example.org";
const base = "https://jira.example.org/jira";
const api = `${base}/rest/api/2`;
const play = `${base}/projects/PLAY`;

/** The way to what is registered; nobody answers at the other. */
let guarded: RecordedHttp;
let logins: MemoryLogins;
let context: TestContext<JiraConfig>;

beforeEach(() => {
  guarded = new RecordedHttp({ [`GET ${api}/issue/PLAY-1`]: issueJson("PLAY-1") });
  logins = createMemoryLogins();
  contextWith({});
});

function contextWith(further: Partial<JiraConfig>): void {
  context = createServiceContext<JiraConfig>(
    { webhook: { secret: new Secret("s") }, ...further },
    { http: deadHttpClient, guarded, logins },
  );
  context.remotes.letsPeopleAct = true;
}

function register(given: Partial<KnownRemote> = {}): void {
  const id = given.id ?? 1;
  const account = { kind: "token", token: new Secret(`planted-${id}`) } as const;
  context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: base, account, id, key: `connector-${id}`, ...given }));
}

function issueJson(key: string): object {
  const named = { issuetype: { name: "Bug" }, status: { name: "To Do" }, summary: "Swing needs oil" };
  return { key, fields: { project: { key: key.replace(/-\d+$/, "") }, ...named } };
}

async function run(name: string, values: Readonly<Record<string, string>>, connected: readonly string[] = [play]): Promise<string> {
  // Commands read nothing else of a connection.
  const connections = connected.map((url) => ({ roomId: room, state: { url }, stateKey: url }) as unknown as Connection);
  const command = commands.find((candidate) => candidate.name === name);
  const call = { values, actor: ada, prefix: "!jira", connection: connections[0]!, connections, begin: async () => undefined } as const;
  const answer = await command!.run(call, context);
  return "reaction" in answer ? answer.reaction : answer.text;
}

const view = (connected?: readonly string[]): Promise<string> => run("view", { issue: "PLAY-1" }, connected);
const accounts = (): readonly (string | undefined)[] => guarded.requests.map(({ authorization }) => authorization);

describe("people without a login of their own", () => {
  it("act through a connector's account, by the way that was registered", async () => {
    register();

    expect(await view()).toContain("Swing needs oil");
    expect(accounts()).toEqual(["Bearer planted-1"]);
    expect(context.remotes.asked).toEqual([[ada, room]]);
  });

  it("are named in what they write", async () => {
    register();
    guarded.answer(`GET ${api}/project/PLAY`, { id: "1", key: "PLAY", issueTypes: [{ name: "Bug" }] });
    guarded.answer(`POST ${api}/issue`, respond(201, { id: "10", key: "PLAY-7" }));

    await run("create", { type: "Bug", title: "Squeaks" });

    expect(guarded.requests.at(-1)?.body).toMatchObject({ fields: { description: "From @ada:example.org \\(Matrix\\)." } });
  });

  it("reach the projects of their room only, and of these what the connector serves", async () => {
    register({ projects: ["PLAY", "OPS"] });
    const connected = [play, `${base}/projects/HR`, "https://other.example.org/projects/OPS"];

    await expect(run("view", { issue: "OPS-1" }, connected)).rejects.toThrow(
      "`OPS-1` is in `OPS`, and this room is connected to PLAY only. Connect it with `!connect jira OPS`, or act as yourself there: The administrator can add the Jira under `jira.instances`; then you can log in there.",
    );
    await expect(run("view", { issue: "HR-1" }, connected)).rejects.toThrow("this room is connected to PLAY only");
    expect(guarded.requests).toEqual([]);
  });

  it("do nothing to an issue whose address is another registered Jira's at the same host", async () => {
    register();
    register({ id: 2, url: `${base}/second` });

    await expect(run("view", { issue: `${base}/second/browse/PLAY-1` })).rejects.toThrow(/^This room is connected to .*\/jira, and that/);
    expect(await run("view", { issue: `${base}/browse/PLAY-1` })).toContain("Swing needs oil");
  });

  it("are lent no account for a project of a Jira that is not registered, below a registered one's address", async () => {
    register();

    await expect(view([`${base}/second/projects/PLAY`])).rejects.toThrow(/^You are not logged in/);
    expect(guarded.calls).toEqual([]);
  });

  it("ask queries about these only", async () => {
    register();
    guarded.answer(`POST ${api}/search`, { issues: [issueJson("PLAY-1"), issueJson("SECRET-1")] });

    const answer = await run("search jql", { JQL: "status = Done" });

    expect(guarded.requests.at(-1)?.body).toMatchObject({ jql: expect.stringContaining('project in ("PLAY")') as unknown });
    expect(answer).toContain("PLAY-1");
    expect(answer).not.toContain("SECRET");
  });

  it("act through the instance's credential where that is lent, too", async () => {
    const http = new RecordedHttp({ [`GET ${api}/issue/PLAY-1`]: issueJson("PLAY-1") });
    const credential = { token: new Secret("planted-instance"), commands: true };
    contextWith({ instances: { main: { url: base, credential } } });
    context = { ...context, http };
    register();

    await view();

    expect(http.requests.map(({ authorization }) => authorization)).toEqual(["Bearer planted-instance"]);
    expect(guarded.requests).toEqual([]);
  });

  it("act through the connector at a configured Jira whose credential is not lent", async () => {
    contextWith({ instances: { main: { url: base, credential: { token: new Secret("planted-instance") } } } });
    register();

    await view();

    expect(accounts()).toEqual(["Bearer planted-1"]);
  });

  it("act through the one of several that sees the project", async () => {
    register();
    register({ id: 2, name: "second" });
    guarded.answer(`GET ${api}/project/PLAY`, { id: "1", key: "PLAY" });
    const only: RecordedHttp = new RecordedHttp();
    // The first account sees nothing.
    context.remotes.clientFor = () => ({
      request: (request) => (request.headers?.["authorization"] === "Bearer planted-1" ? only.request(request) : guarded.request(request)),
    });

    await view();

    expect(only.calls).toEqual([`GET ${api}/project/PLAY`]);
    expect(guarded.requests.map(({ call, authorization }) => [call, authorization])).toEqual([
      [`GET ${api}/project/PLAY`, "Bearer planted-2"],
      [`GET ${api}/issue/PLAY-1`, "Bearer planted-2"],
    ]);
  });

  const notLoggedIn = "You are not logged in. The administrator can add the Jira under `jira.instances`; then you can log in there.";

  it.each<{ title: string; arrange: () => void; connected?: readonly string[]; says: string }>([
    {
      title: "nobody may act through what is registered",
      arrange: () => {
        register();
        context.remotes.letsPeopleAct = false;
      },
      says: `${notLoggedIn} Or the administrator can set \`registry.commandsThroughCredential: true\`; then everybody here can act through the account of connector \`main\`.`,
    },
    {
      title: "they may not use the connector",
      arrange: () => {
        register();
        context.remotes.usableBy = async () => [];
      },
      says: `${notLoggedIn} Or the administrator can let you use the account of connector \`main\` (\`registry.allow\`), if it serves this project and can be reached.`,
    },
    {
      title: "it serves other projects",
      arrange: () => register({ projects: ["OPS"] }),
      says: "if it serves this project and can be reached",
    },
    {
      title: "it cannot be reached from here",
      arrange: () => register({ isInaccessible: true }),
      says: "if it serves this project and can be reached",
    },
    {
      title: "it is a scanner's",
      arrange: () => register({ kind: "ticketing", key: "ticketing-1" }),
      says: `${notLoggedIn} Or the administrator can add this Jira under \`jira.instances\`, with a \`credential\` that has \`commands: true\`; then everybody here can act through that account.`,
    },
    {
      title: "it was removed",
      arrange: () => undefined,
      says: `This room is connected to ${play}, and no Jira there is set up any more. The administrator can add it under \`jira.instances\`.`,
    },
    {
      title: "it is at a host that begins alike",
      arrange: () => register(),
      connected: ["https://jira.example.org.evil.example/jira/projects/PLAY"],
      says: "no Jira there is set up any more",
    },
    {
      title: "the room's address can mean two Jiras of one host",
      arrange: () => {
        register({ url: "https://jira.example.org/one" });
        register({ url: "https://jira.example.org/two", id: 2, name: "SD Elements" });
      },
      says: `This room is connected to ${play}, which can mean any of \`connector main\`, \`connector SD Elements\`. Disconnect it and connect it again by the name: \`!connect jira:connector/main ...\`.`,
    },
  ])("are refused with the remedy when $title, and nothing is sent", async ({ arrange, connected, says }) => {
    arrange();

    await expect(view(connected)).rejects.toThrow(says);
    expect(guarded.requests).toEqual([]);
  });
});

describe("people with a login of their own", () => {
  it("act as themselves at the configured instance, whatever is registered there", async () => {
    const http = new RecordedHttp({ [`GET ${api}/issue/PLAY-1`]: issueJson("PLAY-1") });
    contextWith({ instances: { main: { url: base } } });
    context = { ...context, http };
    logins.put(ada, base, JSON.stringify({ token: "planted-own", id: "ada", displayName: "Ada" }));
    register();

    await view();

    expect(http.requests.map(({ authorization }) => authorization)).toEqual(["Bearer planted-own"]);
  });

  it("show their login to no Jira that is registered only", async () => {
    logins.put(ada, base, JSON.stringify({ token: "planted-own", id: "ada", displayName: "Ada" }));
    register();

    await view();

    expect(accounts()).toEqual(["Bearer planted-1"]);
  });
});
