import { afterEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, deadHttpClient, fetchHttpClient, type TestContext } from "../../../test/support/service-context.js";
import { RemoteError } from "../../core/errors.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { Consent, Resolution } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createLoginBook } from "./personal-login.js";
import { authorizeProject, resolveProject } from "./resolve.js";
import type { JiraConfig } from "./schema.js";
import { createWebhookRegistration } from "./webhook-registration.js";

const person = "@person:example.org";
const room = "!room:example.org";
const token = "planted-registered-token";
const parts = {
  client: createJiraClient(),
  logins: createLoginBook(),
  webhooks: createWebhookRegistration(createMarkdownRenderer()),
};
const standIns: JiraStandIn[] = [];

afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.stop()));
});

async function startJira(options: Partial<Parameters<typeof JiraStandIn.start>[0]> = {}): Promise<JiraStandIn> {
  const standIn = await JiraStandIn.start({ deployment: "server", credential: { token }, ...options });
  standIns.push(standIn);
  return standIn;
}

/** Requests to addresses of the configuration find nobody unless that is asked for: what is registered has a way of its own. */
function contextWith(remotes: readonly KnownRemote[], instances?: JiraConfig["instances"]): TestContext<JiraConfig> {
  const config = { webhook: { secret: new Secret("s") }, ...(instances === undefined ? {} : { instances }) };
  const http = instances === undefined ? deadHttpClient : fetchHttpClient;
  const context = createServiceContext<JiraConfig>(config, { http, guarded: fetchHttpClient });
  context.remotes.remotes.push(...remotes);
  return context;
}

function connector(url: string, given: Partial<KnownRemote> = {}): KnownRemote {
  return connectorRemote({ serviceId: "jira", url, account: { kind: "token", token: new Secret(token) }, ...given });
}

function scanner(url: string, given: Partial<KnownRemote> = {}): KnownRemote {
  return connector(url, { kind: "ticketing", key: `ticketing-${given.id ?? 1}`, name: "scanner", ...given });
}

function resolve(context: TestContext<JiraConfig>, typed = "PLAY", remoteName?: string): Promise<Resolution> {
  const input = { typed, actor: person, roomId: room, ...(remoteName === undefined ? {} : { remoteName }) } as const;
  return resolveProject(parts, input, context);
}

async function reasonOf(resolution: Promise<Resolution>): Promise<string> {
  const resolved = await resolution;
  return resolved.kind === "refused" ? resolved.reason : expect.fail(`not refused but ${resolved.kind}`);
}

async function remoteOf(resolution: Promise<Resolution>): Promise<string | undefined> {
  const resolved = await resolution;
  return resolved.kind === "found" ? resolved.target.remote : expect.fail(resolved.kind);
}

describe("!connect jira through what is registered", () => {
  it("finds a project where the configuration has no Jira, with context path and scheme as they were registered", async () => {
    const jira = await startJira({ contextPath: "/some/jira" });
    const { id } = jira.addProject("PLAY");
    const context = contextWith([connector(`${jira.url}/`)]);

    const resolution = await resolve(context, "play");

    const url = `${jira.url}/projects/PLAY`;
    expect(resolution).toMatchObject({
      kind: "found",
      target: { kindId: "project", stateKey: url, state: { url, id }, name: "PLAY", remote: `connector main (${jira.url})` },
    });
    expect(context.remotes.asked).toEqual([[person, room]]);
  });

  it.each<{ title: string; deployment: "server" | "cloud"; remote: Partial<KnownRemote> }>([
    { title: "a personal access token", deployment: "server", remote: { account: { kind: "token", token: new Secret(token) } } },
    {
      title: "a personal access token beside a name",
      deployment: "server",
      remote: { account: { kind: "token", username: "ada", token: new Secret(token) } },
    },
    {
      title: "user and password",
      deployment: "server",
      remote: { account: { kind: "password", username: "ada", password: new Secret(token) } },
    },
    {
      title: "an e-mail address and an API token",
      deployment: "cloud",
      remote: { deployment: "cloud", account: { kind: "token", username: "ada@example.org", token: new Secret(token) } },
    },
    {
      title: "an API token as password",
      deployment: "cloud",
      remote: { deployment: "cloud", account: { kind: "password", username: "ada@example.org", password: new Secret(token) } },
    },
  ])("asks a $deployment with $title", async ({ deployment, remote }) => {
    const jira = await startJira({ deployment, credential: { token: "another" } });
    jira.addAccount({ name: "ada", token, password: token });
    jira.addProject("PLAY");

    expect(await remoteOf(resolve(contextWith([connector(jira.url, remote)])))).toBe(`connector main (${jira.url})`);
  });

  it.each([
    { typed: "SD Elements", finds: "first" },
    { typed: "sd elements", finds: "first" },
    { typed: "connector/#2", finds: "second" },
    { typed: "ticketing/scanner", finds: "second" },
    { typed: "instance/main", finds: "second" },
  ])("by the name $typed", async ({ typed, finds }) => {
    const [first, second] = [await startJira(), await startJira()];
    for (const jira of [first, second]) jira.addProject("PLAY");
    const remotes = [connector(first.url, { name: "SD Elements" }), connector(second.url, { id: 2, name: "main" }), scanner(second.url)];
    const context = contextWith(remotes, { main: { url: second.url, credential: { token: new Secret(token) } } });

    expect(await resolve(context, "PLAY", typed)).toMatchObject({
      target: { stateKey: `${(finds === "first" ? first : second).url}/projects/PLAY` },
    });
  });

  it("asks which one is meant when several Jiras have the project, and takes the answer", async () => {
    const jiras = [await startJira(), await startJira(), await startJira()] as const;
    for (const jira of jiras) jira.addProject("PLAY");
    const remotes = [connector(jiras[1].url), scanner(jiras[2].url, { name: "SD Elements" })];
    const context = contextWith(remotes, { main: { url: jiras[0].url, credential: { token: new Secret(token) } } });

    const resolution = await resolve(context);

    expect(resolution).toEqual({
      kind: "ambiguous",
      choices: [
        { typed: "jira:instance/main PLAY", description: `PLAY at ${jiras[0].url}` },
        { typed: "jira:connector/main PLAY", description: `PLAY at ${jiras[1].url} (connector #1)` },
        { typed: '"jira:ticketing/SD Elements" PLAY', description: `PLAY at ${jiras[2].url} (ticketing #1)` },
      ],
    });
    expect(await remoteOf(resolve(context, "PLAY", "instance/main"))).toBe(`main (${jiras[0].url})`);
    expect(await remoteOf(resolve(context, "PLAY", "connector/main"))).toBe(`connector main (${jiras[1].url})`);
    expect(await remoteOf(resolve(context, "PLAY", "ticketing/SD Elements"))).toBe(`ticketing SD Elements (${jiras[2].url})`);
  });

  it("takes the only Jira that has the project", async () => {
    const [first, second] = [await startJira(), await startJira()];
    second.addProject("PLAY");

    expect(await remoteOf(resolve(contextWith([connector(first.url), connector(second.url, { id: 2, name: "other" })])))).toBe(
      `connector other (${second.url})`,
    );
  });

  describe("of one Jira asks nobody which is meant:", () => {
    const seesAll = { name: "all", token: "planted-all" };
    const seesOther = { name: "other", token: "planted-other", projects: ["OTHER"] };
    const by = (account: { readonly token: string }): Pick<KnownRemote, "account"> => ({
      account: { kind: "token", token: new Secret(account.token) },
    });

    it.each<{ title: string; credential?: string; remotes: (url: string) => readonly KnownRemote[]; remote: string }>([
      {
        title: "the configured instance goes first",
        credential: seesAll.token,
        remotes: (url) => [connector(url, by(seesAll))],
        remote: "main",
      },
      {
        title: "the account that sees the project decides",
        credential: seesOther.token,
        remotes: (url) => [connector(url, { ...by(seesOther), name: "one" }), connector(url, { ...by(seesAll), id: 2, name: "two" })],
        remote: "connector two",
      },
      {
        title: "an instance without credential leaves it to the connector",
        remotes: (url) => [scanner(url, by(seesAll)), connector(`${url}/`, by(seesAll))],
        remote: "connector main",
      },
      {
        title: "the lowest connector goes first",
        remotes: (url) => [
          connector(url, { ...by(seesAll), id: 4, name: "four" }),
          connector(url, { ...by(seesAll), id: 7, name: "seven" }),
        ],
        remote: "connector four",
      },
      {
        title: "an account that is not taken any more is passed over",
        remotes: (url) => [connector(url, by({ token: "revoked" })), connector(url, { ...by(seesAll), id: 2, name: "two" })],
        remote: "connector two",
      },
    ])("$title", async ({ credential, remotes, remote }) => {
      const jira = await startJira();
      for (const account of [seesAll, seesOther]) jira.addAccount(account);
      jira.addProject("PLAY");
      const instance = { url: jira.url, ...(credential === undefined ? {} : { credential: { token: new Secret(credential) } }) };

      expect(await remoteOf(resolve(contextWith(remotes(jira.url), { main: instance })))).toBe(`${remote} (${jira.url})`);
    });
  });

  it.each([
    { projects: ["play"], typed: "PLAY" },
    { projects: ["OTHER", "Play"], typed: "play" },
  ])("serves the projects $projects", async ({ projects, typed }) => {
    const jira = await startJira();
    jira.addProject("PLAY");

    expect(await resolve(contextWith([connector(jira.url, { projects })]), typed)).toMatchObject({ kind: "found" });
  });

  it("does not serve another project by a key that it had before", async () => {
    const client = {
      request: async () => {
        const body = JSON.stringify({ id: "10000", key: "SECRET" });
        return { status: 200, headers: {}, body, bytes: Buffer.from(body) };
      },
    };
    const context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") } }, { http: client });
    context.remotes.remotes.push(connector("https://jira.example.org", { projects: ["OLD"] }));

    expect(await reasonOf(resolve(context, "OLD"))).toMatch(/^There is no project OLD at connector main/);
  });

  const at = "https://jira.example.org";
  it.each<{
    title: string;
    remotes: readonly KnownRemote[];
    typed?: string;
    name?: string;
    instances?: JiraConfig["instances"];
    says: string;
  }>([
    {
      title: "nothing is registered or configured",
      remotes: [],
      says: "No Jira is set up to look projects up, or you may use none. The administrator adds one under `jira.instances`, with url and credential, or registers one over the API for connectors.",
    },
    {
      title: "there is none of that name",
      remotes: [connector(at), scanner("https://scanned.example.org")],
      name: "mian",
      says: "There is no Jira called `mian` here. Known: connector main (https://jira.example.org), ticketing scanner (https://scanned.example.org).",
    },
    {
      title: "there is no id like that",
      remotes: [connector(at)],
      name: "connector/#9",
      says: "There is no Jira called `connector/#9` here. Known: connector main (https://jira.example.org).",
    },
    {
      title: "there is none at the address",
      remotes: [connector(at)],
      typed: "https://other.example.org/projects/PLAY",
      says: "No Jira at other.example.org is set up. Known: connector main (https://jira.example.org). The administrator adds others under `jira.instances`.",
    },
    {
      title: "the only one cannot be reached from here",
      remotes: [connector(at, { isInaccessible: true })],
      says: "Connector main (https://jira.example.org) is registered as one that cannot be reached from here (`inaccessible`), so nothing can be looked up there. Whoever registered it can change that.",
    },
    {
      title: "the only one serves other projects",
      remotes: [connector(at, { projects: ["OPS", "HR"] })],
      says: "Connector main (https://jira.example.org) does not serve PLAY, only: OPS, HR. Whoever registered it can change that.",
    },
    {
      title: "the instance has no credential, and the connector serves other projects",
      remotes: [connector(at, { projects: ["OPS"] })],
      instances: { main: { url: at } },
      says: "You are not logged into Jira. Open a direct chat with me and type `jira token main <token>` (a personal access token: Jira > Profile > Personal Access Tokens). The administrator can set `jira.instances.main.credential`; then everybody who may manage connections can connect the projects that it sees. Connector main (https://jira.example.org) does not serve PLAY, only: OPS. Whoever registered it can change that.",
    },
    {
      title: "its address is none",
      remotes: [connector("ftp://jira.example.org")],
      says: "No Jira is set up to look projects up, or you may use none. The administrator adds one under `jira.instances`, with url and credential, or registers one over the API for connectors.",
    },
  ])("refuses when $title", async ({ remotes, typed = "PLAY", name, instances, says }) => {
    expect(await reasonOf(resolve(contextWith(remotes, instances), typed, name))).toBe(says);
  });

  it.each([
    {
      title: "sees no such project",
      remote: {},
      says: (url: string) => `There is no project PLAY at connector main (${url}), or the account of connector \`main\` may not see it.`,
    },
    {
      title: "is not accepted",
      remote: { account: { kind: "token", token: new Secret("planted-wrong") } } as const,
      says: (url: string) =>
        `The Jira connector main (${url}) does not accept the registered account (401). Whoever registered connector \`main\` has to renew it.`,
    },
  ])("refuses with the remedy when its account $title", async ({ remote, says }) => {
    const jira = await startJira();

    const said = await reasonOf(resolve(contextWith([connector(jira.url, remote)])));

    expect(said).toBe(says(jira.url));
    expect(said).not.toContain("planted");
  });

  it("says that the address has to be checked when no Jira is there", async () => {
    const jira = await startJira();
    jira.failWith({ kind: "page" });

    expect(await reasonOf(resolve(contextWith([connector(jira.url)])))).toMatch(
      /answered something that is no Jira answer\. If it stays so, whoever registered connector `main` has to check its address/,
    );
  });

  it("asks no more than twenty Jiras because of one word", async () => {
    const remotes = Array.from({ length: 21 }, (_, index) =>
      connector(`https://jira${index}.example.org`, { id: index + 1, name: `j${index}` }),
    );

    const said = await reasonOf(resolve(contextWith(remotes)));

    expect(said).toMatch(
      /^PLAY can be in any of 21 Jiras\. Type the project's address from the browser, or `jira:<name> PLAY` with one of their names: connector j0 .* and 11 more\.$/,
    );
  });

  it("is found by a project's address, which chooses among the Jiras at one host", async () => {
    const jira = await startJira({ contextPath: "/jira" });
    jira.addProject("PLAY");
    const root = jira.url.replace("/jira", "");
    const remotes = [connector(root, { id: 1, name: "root" }), connector(jira.url, { id: 2, name: "below" })];

    expect(await remoteOf(resolve(contextWith(remotes), `${jira.url}/browse/PLAY-1`))).toBe(`connector below (${jira.url})`);
  });
});

describe("state of a Jira connection that somebody wrote by hand", () => {
  const authorize = (context: TestContext<JiraConfig>, url: string, id?: string): Promise<Consent> =>
    authorizeProject(parts, { kindId: "project", state: { url, ...(id === undefined ? {} : { id }) }, actor: person }, context);

  it("is granted where the account of a registered Jira that they may use sees the project", async () => {
    const jira = await startJira();
    jira.addProject("PLAY");
    const context = contextWith([connector(jira.url)]);

    expect(await authorize(context, `${jira.url}/projects/PLAY`)).toMatchObject({ granted: true, changes: [{ value: "PLAY" }] });
    expect(context.remotes.asked).toEqual([[person, undefined]]);
  });

  it.each<{ title: string; remotes: (url: string) => readonly KnownRemote[]; typed?: string; reason: (url: string) => string }>([
    {
      title: "nobody registered a Jira there, or not for them",
      remotes: () => [],
      reason: () =>
        "no credential is configured to see whether the project may be connected. The administrator can add it under `jira.instances` with a credential, or register it over the API for connectors.",
    },
    {
      title: "the account sees no such project",
      remotes: (url) => [connector(url)],
      typed: "NOPE",
      reason: (url) => `the account of connector main (${url}) sees no project NOPE`,
    },
    {
      title: "neither account sees it",
      remotes: (url) => [connector(url), scanner(url)],
      typed: "NOPE",
      reason: (url) => `the account of connector main (${url}) and the account of ticketing scanner (${url}) see no project NOPE`,
    },
    {
      title: "the connector does not serve it",
      remotes: (url) => [connector(url, { projects: ["OTHER"] })],
      reason: () =>
        "no credential is configured to see whether the project may be connected. The administrator can add it under `jira.instances` with a credential, or register it over the API for connectors.",
    },
  ])("is not granted where $title", async ({ remotes, typed = "PLAY", reason }) => {
    const jira = await startJira();
    jira.addProject("PLAY");

    expect(await authorize(contextWith(remotes(jira.url)), `${jira.url}/projects/${typed}`)).toEqual({
      granted: false,
      reason: reason(jira.url),
    });
  });

  it("is not granted by one Jira for another at the same host, which they may not use", async () => {
    const jira = await startJira({ contextPath: "/one" });
    jira.addProject("PLAY");
    const root = jira.url.replace("/one", "");
    const mayUse = (url: string, others: readonly string[]): TestContext<JiraConfig> => {
      const context = contextWith([connector(url), ...others.map((other, index) => connector(other, { id: index + 2 }))]);
      context.remotes.usableBy = async () => context.remotes.remotes.slice(0, 1);
      return context;
    };
    const refused = { granted: false, reason: expect.stringMatching(/^no credential is configured/) };

    expect(await authorize(mayUse(jira.url, [`${root}/two`]), `${root}/two/projects/PLAY`)).toEqual(refused);
    expect(await authorize(mayUse(jira.url, []), `${root}/two/projects/PLAY`)).toEqual(refused);
    expect(await authorize(mayUse(jira.url, [root]), `${root}/projects/PLAY`)).toEqual(refused);
    expect(await authorize(mayUse(jira.url, [root]), `${jira.url}/projects/PLAY`)).toMatchObject({ granted: true });

    const other = await startJira();
    other.addProject("PLAY");
    expect(await authorize(mayUse(other.url, []), `${other.url}/two/projects/PLAY`)).toEqual(refused);
  });

  it("is not granted with another project's id", async () => {
    const jira = await startJira();
    jira.addProject("PLAY");
    const secret = jira.addProject("SECRET");

    expect(await authorize(contextWith([connector(jira.url)]), `${jira.url}/projects/PLAY`, secret.id)).toMatchObject({ granted: false });
  });

  it("says whose accounts were asked where they have a login of their own, too", async () => {
    const jira = await startJira();
    const logins = createMemoryLogins();
    jira.addAccount({ name: "ada", token: "own" });
    logins.put(person, jira.url, JSON.stringify({ token: "own", id: "ada", displayName: "Ada" }));
    const config = { webhook: { secret: new Secret("s") }, instances: { main: { url: jira.url } } };
    const context = createServiceContext<JiraConfig>(config, { http: fetchHttpClient, logins });
    context.remotes.remotes.push(connector(jira.url));

    expect(await authorize(context, `${jira.url}/projects/NOPE`)).toEqual({
      granted: false,
      reason: `neither the account of connector main (${jira.url}) nor the login of whoever wrote the state sees a project NOPE there`,
    });
  });

  it("is asked about again while Jira fails", async () => {
    const jira = await startJira();
    jira.failWith({ kind: "status", status: 503 });

    await expect(authorize(contextWith([connector(jira.url)]), `${jira.url}/projects/PLAY`)).rejects.toThrow(RemoteError);
  });
});
