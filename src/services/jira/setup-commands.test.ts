import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { createServiceContext, fetchHttpClient } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ConnectionTarget, ConnectResult, ServiceContext, SetupAnswer, SetupOperations } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";
import { createSetupCommands } from "./setup-commands.js";

const commands = createSetupCommands({ client: createJiraClient(), logins: createLoginBook() }, createMarkdownRenderer());
const notLoggedIn = "You are not logged into Jira. Start a DM with this bot and use the command `jira login`.";

let jira: JiraStandIn;

beforeEach(async () => {
  jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" } });
  jira.addProject("PLAY");
});

afterEach(() => jira.stop());

/** A room that remembers what was done in it. */
class Room implements SetupOperations {
  readonly roomId = "!room:example.org";
  readonly actor = "@person:example.org";
  readonly connected: ConnectionTarget[] = [];
  readonly learnt: StoreChange[] = [];
  readonly disconnected: Connection[] = [];
  readonly #urls: readonly string[];

  constructor(...urls: readonly string[]) {
    this.#urls = urls;
  }

  connections(): Promise<readonly Connection[]> {
    // Set-up commands read nothing else.
    return Promise.resolve(this.#urls.map((url) => ({ state: { url }, stateKey: url }) as unknown as Connection));
  }

  connect(target: ConnectionTarget, changes: readonly StoreChange[] = []): Promise<ConnectResult> {
    this.connected.push(target);
    this.learnt.push(...changes);
    // Set-up commands read nothing else.
    return Promise.resolve({ kind: "created", connection: { state: target.state, stateKey: target.stateKey } as unknown as Connection });
  }

  disconnect(connection: Connection): Promise<void> {
    this.disconnected.push(connection);
    return Promise.resolve();
  }

  secretIdOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

function run(name: string, room: Room, url?: string, config: Partial<JiraConfig> = instances()): Promise<SetupAnswer> {
  const command = commands.find((candidate) => candidate.name === name);
  const context: ServiceContext<JiraConfig> = createServiceContext<JiraConfig>(
    { webhook: { secret: new Secret("s") }, ...config },
    { http: fetchHttpClient },
  );
  return command!.run(url === undefined ? {} : { url }, room, context);
}

function instances(): Partial<JiraConfig> {
  return { instances: { main: { url: jira.url, credential: { token: new Secret("t") } } } };
}

describe("jira project", () => {
  it("connects the room and answers as Hookshot does", async () => {
    const room = new Room();

    const answer = await run("jira project", room, `${jira.url}/projects/play/issues`);

    expect(answer).toEqual({ body: "Room configured to bridge Jira project PLAY." });
    expect(room.connected.map(({ stateKey }) => stateKey)).toEqual([`${jira.url}/projects/PLAY`]);
    expect(room.learnt).toEqual([expect.objectContaining({ type: "put", value: "PLAY" })]);
  });

  it.each([
    { title: "nobody is logged in", url: "https://jira.example.org/projects/PLAY", config: {}, message: notLoggedIn },
    { title: "the address is at another Jira", url: "https://jira.example.org/projects/PLAY", config: undefined, message: notLoggedIn },
    { title: "nobody is logged in and the address is wrong", url: "PLAY", config: {}, message: notLoggedIn },
    {
      title: "the address is wrong",
      url: "PLAY",
      config: undefined,
      message:
        "The JIRA project url you entered was not valid. It should be in the format of `https://jira-instance/.../projects/PROJECTKEY/...` or `.../RapidBoard.jspa?projectKey=TEST`.",
    },
  ])("connects nothing when $title", async ({ url, config, message }) => {
    const room = new Room();

    await expect(run("jira project", room, url, config)).rejects.toThrow(message);
    expect(room.connected).toEqual([]);
  });

  it("takes the person's own login as well", async () => {
    const room = new Room();
    const logins = createMemoryLogins();
    logins.put(room.actor, jira.url, JSON.stringify({ token: "t", id: "ada", displayName: "Ada" }));
    const config = { webhook: { secret: new Secret("s") }, instances: { main: { url: jira.url } } };
    const command = commands.find(({ name }) => name === "jira project");

    await command?.run({ url: `${jira.url}/projects/PLAY` }, room, createServiceContext(config, { http: fetchHttpClient, logins }));

    expect(room.connected.map(({ stateKey }) => stateKey)).toEqual([`${jira.url}/projects/PLAY`]);
  });

  it("connects nothing when the project does not exist", async () => {
    const room = new Room();

    await expect(run("jira project", room, `${jira.url}/projects/NOPE`)).rejects.toThrow("Requested project was not found");
    expect(room.connected).toEqual([]);
  });

  it("tells what Jira failed with, instead of waiting for it", async () => {
    jira.failWith({ kind: "status", status: 503 });

    const failure = run("jira project", new Room(), `${jira.url}/projects/PLAY`);

    await expect(failure).rejects.toThrow("failed (503). Try again later.");
    await expect(failure).rejects.not.toBeInstanceOf(RemoteError);
  });
});

describe("jira list project", () => {
  it("lists what is connected, in both forms", async () => {
    const room = new Room("https://jira.example.org/projects/PLAY", "https://jira.example.org/projects/A_B_C");

    expect(await run("jira list project", room)).toEqual({
      body: "Currently connected to these JIRA projects:\n\n * https://jira.example.org/projects/PLAY\n * https://jira.example.org/projects/A_B_C",
      html: "<p>Currently connected to these JIRA projects:</p>\n<ul>\n<li>https://jira.example.org/projects/PLAY</li>\n<li>https://jira.example.org/projects/A_B_C</li>\n</ul>\n",
    });
  });

  it("says when nothing is, and needs no login", async () => {
    expect(await run("jira list project", new Room(), undefined, {})).toEqual({
      body: "Not connected to any JIRA projects",
      html: "<p>Not connected to any JIRA projects</p>\n",
    });
  });
});

describe("jira remove project", () => {
  it("ends every connection that means the project", async () => {
    const same = [`${jira.url}/projects/PLAY`, `${jira.url.replace("http:", "https:")}/browse/play`];
    const room = new Room(...same, `${jira.url}/projects/OTHER`, "https://other.example.org/projects/PLAY");

    const answer = await run("jira remove project", room, `${jira.url}/projects/play`);

    expect(room.disconnected.map(({ stateKey }) => stateKey)).toEqual(same);
    expect(answer.body).toBe(`Room no longer bridged to Jira project ${jira.url}/projects/PLAY.`);
    expect(answer.html).toBe(`<p>Room no longer bridged to Jira project ${jira.url}/projects/PLAY.</p>\n`);
  });

  it("says in Hookshot's words when the room has none", async () => {
    await expect(run("jira remove project", new Room(), `${jira.url}/projects/PLAY`)).rejects.toThrow(
      `Feed "${jira.url}/projects/PLAY" is not currently bridged to this room`,
    );
  });

  it("needs a login, as Hookshot's does", async () => {
    const room = new Room("https://jira.example.org/projects/PLAY");

    await expect(run("jira remove project", room, "https://jira.example.org/projects/PLAY", {})).rejects.toThrow(notLoggedIn);
  });
});

describe("the help of Jira's set-up commands", () => {
  it("is Hookshot's", () => {
    expect(commands.map(({ name, help }) => `${name} - ${help}`)).toEqual([
      "jira project - Create a connection for a JIRA project. (You must be logged in with JIRA to do this.)",
      "jira list project - Show JIRA projects currently connected to.",
      "jira remove project - Remove a connection for a JIRA project.",
    ]);
  });
});
