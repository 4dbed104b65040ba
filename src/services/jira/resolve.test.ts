import { afterEach, describe, expect, it } from "vitest";
import { JiraStandIn, type JiraFault } from "../../../test/support/jira-stand-in.js";
import { createMemoryLogins } from "../../../test/support/memory-logins.js";
import { createServiceContext, fetchHttpClient, MemoryServiceStore } from "../../../test/support/service-context.js";
import { RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../core/ports/http-client.js";
import type { Resolution, ServiceContext } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createLoginBook } from "./personal-login.js";
import { authorizeProject, resolveProject } from "./resolve.js";
import type { JiraConfig } from "./schema.js";
import { createWebhookRegistration } from "./webhook-registration.js";

const webhooks = createWebhookRegistration(createMarkdownRenderer());
const parts = { client: createJiraClient(), logins: createLoginBook(), webhooks };
const token = "planted-token";
const standIns: JiraStandIn[] = [];

afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.stop()));
});

async function startJira(options: Partial<Parameters<typeof JiraStandIn.start>[0]> = {}): Promise<JiraStandIn> {
  const standIn = await JiraStandIn.start({ deployment: "server", credential: { token }, ...options });
  standIns.push(standIn);
  return standIn;
}

type Instances = NonNullable<JiraConfig["instances"]>;

function contextWith(
  instances: Instances,
  further: Partial<JiraConfig> = {},
  http: HttpClient = fetchHttpClient,
): ServiceContext<JiraConfig> {
  return createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, instances, ...further }, { http });
}

function withToken(url: string, username?: string): Instances[string] {
  return { url, credential: { token: new Secret(token), ...(username === undefined ? {} : { username }) } };
}

function resolve(context: ServiceContext<JiraConfig>, typed: string, remoteName?: string): Promise<Resolution> {
  return resolveProject(parts, { typed, actor: "@person:example.org", ...(remoteName === undefined ? {} : { remoteName }) }, context);
}

function reasonOf(resolution: Resolution): string {
  if (resolution.kind !== "refused") throw new TypeError(`not refused but ${resolution.kind}`);
  return resolution.reason;
}

describe("!connect jira", () => {
  it.each([
    {
      title: "Data Center with a personal access token",
      options: { contextPath: "/jira" },
      username: undefined,
      path: "/rest/api/2/project/PLAY",
    },
    {
      title: "Jira Cloud with e-mail address and API token",
      options: { deployment: "cloud", credential: { username: "a@example.org", token } },
      username: "a@example.org",
      path: "/rest/api/3/project/PLAY",
    },
  ] as const)("finds a project at $title", async ({ options, username, path }) => {
    const jira = await startJira(options);
    const { id } = jira.addProject("PLAY");
    const deployment = "deployment" in options ? options.deployment : "server";
    const context = contextWith({ main: { ...withToken(`${jira.url}/`, username), deployment } });

    const resolution = await resolve(context, "play");

    const url = `${jira.url}/projects/PLAY`;
    expect(resolution).toMatchObject({
      kind: "found",
      target: { kindId: "project", stateKey: url, state: { url, id }, name: "PLAY", remote: `main (${jira.url})` },
    });
    expect(jira.requests).toEqual([`GET ${path}`]);
  });

  it("gives what it learnt of the project's id to be stored", async () => {
    const jira = await startJira();
    const { id } = jira.addProject("PLAY");

    const resolution = await resolve(contextWith({ main: withToken(jira.url) }), "PLAY");

    const store = new MemoryServiceStore();
    if (resolution.kind === "found") store.apply(resolution.changes);
    expect([...store.entries]).toEqual([[`project/${new URL(jira.url).host}/${id}`, "PLAY"]]);
  });

  it.each(["/projects/PLAY", "/browse/PLAY-7", "/secure/RapidBoard.jspa?projectKey=PLAY"])(
    "finds a project by an address like %s",
    async (path) => {
      const jira = await startJira();
      const elsewhere = await startJira();
      jira.addProject("PLAY");
      elsewhere.addProject("PLAY");

      const resolution = await resolve(contextWith({ main: withToken(jira.url), other: withToken(elsewhere.url) }), `${jira.url}${path}`);

      expect(resolution).toMatchObject({ kind: "found", target: { stateKey: `${jira.url}/projects/PLAY` } });
      expect(elsewhere.requests).toEqual([]);
    },
  );

  it("asks which Jira is meant when several have the project, and takes the answer", async () => {
    const [first, second] = [await startJira(), await startJira()];
    first.addProject("PLAY");
    second.addProject("PLAY");
    const context = contextWith({ main: withToken(first.url), other: withToken(second.url) });

    const ambiguous = await resolve(context, "PLAY");
    const named = await resolve(context, "PLAY", "other");

    expect(ambiguous).toEqual({
      kind: "ambiguous",
      choices: [
        { typed: "jira:main PLAY", description: `PLAY at ${first.url}` },
        { typed: "jira:other PLAY", description: `PLAY at ${second.url}` },
      ],
    });
    expect(named).toMatchObject({ kind: "found", target: { stateKey: `${second.url}/projects/PLAY` } });
  });

  it("takes the only Jira that has the project", async () => {
    const [first, second] = [await startJira(), await startJira()];
    second.addProject("PLAY");

    const resolution = await resolve(contextWith({ main: withToken(first.url), other: withToken(second.url) }), "PLAY");

    expect(resolution).toMatchObject({ kind: "found", target: { remote: `other (${second.url})` } });
  });

  it("refuses a project that does not exist by its name", async () => {
    const jira = await startJira();

    const reason = reasonOf(await resolve(contextWith({ main: withToken(jira.url) }), "NOPE"));

    expect(reason).toBe(
      `There is no project NOPE at main (${jira.url}), or the account of \`jira.instances.main.credential\` may not see it.`,
    );
  });

  it.each<{ fault: JiraFault; reason: RegExp }>([
    {
      fault: { kind: "status", status: 401 },
      reason: /does not accept the credential \(401\)\. The administrator has to renew `jira\.instances\.main\.credential`/,
    },
    {
      fault: { kind: "status", status: 403 },
      reason: /forbids this \(403\)\. As told\. The account of `jira\.instances\.main\.credential` lacks the right/,
    },
    {
      fault: { kind: "status", status: 429, retryAfterSeconds: 7 },
      reason: /takes no more requests for now \(429\)\. Try again in 7 seconds\./,
    },
    { fault: { kind: "status", status: 503 }, reason: /failed \(503\)\. Try again later\./ },
    {
      fault: { kind: "status", status: 302 },
      reason: /answered 302 instead of what was asked for\. .*the administrator has to check `jira\.instances\.main\.url`/,
    },
    {
      fault: { kind: "page" },
      reason: /answered something that is no Jira answer\. .*the administrator has to check `jira\.instances\.main\.url`/,
    },
    {
      fault: { kind: "cut" },
      reason: /gave no answer: .*Try again later; if it stays so, the administrator has to check `jira\.instances\.main\.url`/,
    },
    { fault: { kind: "silent" }, reason: /gave no answer: / },
  ])("refuses with reason and remedy while Jira fails with $fault", async ({ fault, reason }) => {
    const jira = await startJira();
    jira.addProject("PLAY");
    jira.failWith(fault);
    const timeoutMs = fault.kind === "silent" ? 100 : 5_000;
    const impatient: HttpClient = { request: (request) => fetchHttpClient.request({ ...request, timeoutMs }) };

    const said = reasonOf(await resolve(contextWith({ main: withToken(jira.url) }, {}, impatient), "PLAY"));

    expect(said).toMatch(reason);
    expect(said).not.toContain(token);
  });

  it.each([
    { title: "no Jira is set up", config: {}, typed: "PLAY", reason: /No Jira is set up.*`jira\.instances`/ },
    {
      title: "no credential is set",
      config: { instances: { main: { url: "https://jira.example.org" } } },
      typed: "PLAY",
      reason:
        /You are not logged into Jira\. Open a direct chat with me and type `jira token main <token>`.*`jira\.instances\.main\.credential`/,
    },
    {
      title: "Hookshot's instance has no credential",
      config: { url: "https://jira.example.org/" },
      typed: "PLAY",
      reason:
        /You are not logged into Jira.*`jira\.instances\.<name>\.url` \(https:\/\/jira\.example\.org\) and `jira\.instances\.<name>\.credential`/,
    },
    {
      title: "the name is unknown",
      config: { instances: { main: { url: "https://jira.example.org" } } },
      typed: "PLAY",
      remoteName: "mian",
      reason: /no Jira called `mian` here\. Known: main \(https:\/\/jira\.example\.org\)/,
    },
    {
      title: "the address is elsewhere",
      config: { instances: { main: { url: "https://jira.example.org" } } },
      typed: "https://other.example.org/projects/PLAY",
      reason: /No Jira at other\.example\.org is set up\. Known: main/,
    },
    {
      title: "an address names no project",
      config: { instances: { main: { url: "https://jira.example.org" } } },
      typed: "https://jira.example.org/",
      reason: /^The JIRA project url you entered was not valid/,
    },
    { title: "an issue is named", config: {}, typed: "play-12", reason: /`play-12` is an issue; .*`PLAY`/ },
    { title: "something else is named", config: {}, typed: "../PLAY", reason: /is no project key/ },
  ])("says what to do when $title", async ({ config, typed, remoteName, reason }) => {
    const context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, ...config });

    expect(reasonOf(await resolve(context, typed, remoteName))).toMatch(reason);
  });

  it("does not count an instance twice that Hookshot's url names, too", async () => {
    const jira = await startJira();
    jira.addProject("PLAY");
    const context = contextWith({ main: withToken(jira.url) }, { url: `${jira.url}/` });

    const byName = await resolve(context, "PLAY", "main");
    const byHost = await resolve(context, "PLAY", new URL(jira.url).host);

    expect(byName).toMatchObject({ kind: "found" });
    expect(byHost).toEqual(byName);
  });
});

describe("a person with a login of their own", () => {
  const person = "@person:example.org";
  const own = "planted-own-token";

  /** A Jira that knows the person, and the credential where it has one. */
  function contextAt(answers: Readonly<Record<string, unknown>>, hasCredential: boolean): Asked {
    const url = "https://jira.example.org";
    const http = new PerAccountHttp(answers);
    const logins = createMemoryLogins();
    logins.put(person, url, JSON.stringify({ token: own, id: "ada", displayName: "Ada" }));
    const instances = { main: hasCredential ? withToken(url) : { url } };
    return { http, context: createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, instances }, { http, logins }) };
  }

  interface Asked {
    readonly http: PerAccountHttp;
    readonly context: ServiceContext<JiraConfig>;
  }

  /** Says of each token what its account is answered. */
  class PerAccountHttp implements HttpClient {
    readonly asked: string[] = [];
    readonly #answers: Readonly<Record<string, unknown>>;

    constructor(answers: Readonly<Record<string, unknown>>) {
      this.#answers = answers;
    }

    async request({ headers }: HttpRequest): Promise<HttpResponse> {
      const account = headers?.["authorization"]?.replace("Bearer ", "") ?? "";
      this.asked.push(account);
      const answer = this.#answers[account];
      const body = typeof answer === "number" ? "" : JSON.stringify(answer);
      return { status: typeof answer === "number" ? answer : 200, headers: {}, body, bytes: Buffer.from(body) };
    }
  }

  const project = { id: "10000", key: "PLAY" };

  it.each([
    { title: "their login sees it", answers: { [own]: project }, hasCredential: false, asked: [own] },
    { title: "their login sees it, before the credential is asked", answers: { [own]: project }, hasCredential: true, asked: [own] },
    { title: "only the credential sees it", answers: { [own]: 404, [token]: project }, hasCredential: true, asked: [own, token] },
    { title: "their login is worn out", answers: { [own]: 401, [token]: project }, hasCredential: true, asked: [own, token] },
  ])("may connect a project when $title", async ({ answers, hasCredential, asked }) => {
    const { context, http } = contextAt(answers, hasCredential);

    const resolution = await resolve(context, "PLAY");
    const consent = await authorizeProject(
      parts,
      { kindId: "project", state: { url: "https://jira.example.org/projects/PLAY" }, actor: person },
      context,
    );

    expect(resolution).toMatchObject({ kind: "found", target: { name: "PLAY" } });
    expect(consent).toMatchObject({ granted: true });
    expect(http.asked).toEqual([...asked, ...asked]);
  });

  it.each([
    { answers: { [own]: 404 }, hasCredential: false, says: "your account there may not see it" },
    { answers: { [own]: 404, [token]: 404 }, hasCredential: true, says: "your account there may not see it" },
    { answers: { [own]: 401, [token]: 404 }, hasCredential: true, says: "does not accept your token (401)" },
    { answers: { [own]: 404, [token]: 503 }, hasCredential: true, says: "failed (503)" },
  ])("is refused with the reason when nobody sees it: $says", async ({ answers, hasCredential, says }) => {
    const { context } = contextAt(answers, hasCredential);

    expect(reasonOf(await resolve(context, "PLAY"))).toContain(says);
  });

  it.each([
    { hasCredential: false, says: "the login of whoever wrote the state, at main (https://jira.example.org), sees no project PLAY" },
    {
      hasCredential: true,
      says: "neither the credential of main (https://jira.example.org) nor the login of whoever wrote the state sees a project PLAY there",
    },
  ])("who wrote state by hand is refused for all to read (credential: $hasCredential)", async ({ hasCredential, says }) => {
    const { context } = contextAt({ [own]: 404, [token]: 404 }, hasCredential);

    const consent = await authorizeProject(
      parts,
      { kindId: "project", state: { url: "https://jira.example.org/projects/PLAY" }, actor: person },
      context,
    );

    expect(consent).toEqual({ granted: false, reason: says });
  });
});

describe("state of a Jira connection that somebody wrote by hand", () => {
  function authorize(context: ServiceContext<JiraConfig>, url: string): ReturnType<typeof authorizeProject> {
    return authorizeProject(parts, { kindId: "project", state: { url }, actor: "@person:example.org" }, context);
  }

  it("is granted where the credential sees the project", async () => {
    const jira = await startJira();
    jira.addProject("PLAY");

    const consent = await authorize(contextWith({ main: withToken(jira.url) }), `${jira.url}/projects/PLAY`);

    expect(consent).toEqual({ granted: true, changes: [expect.objectContaining({ value: "PLAY" })] });
  });

  it("is not granted with another project's id, which would bring that one's events", async () => {
    const jira = await startJira();
    const play = jira.addProject("PLAY");
    const secret = jira.addProject("SECRET");
    const context = contextWith({ main: withToken(jira.url) });
    const authorizeWith = (id: string): ReturnType<typeof authorizeProject> =>
      authorizeProject(
        parts,
        { kindId: "project", state: { url: `${jira.url}/projects/PLAY`, id }, actor: "@person:example.org" },
        context,
      );

    expect(await authorizeWith(play.id)).toMatchObject({ granted: true });
    expect(await authorizeWith(secret.id)).toMatchObject({ granted: false, reason: expect.stringContaining("PLAY") as unknown });
  });

  it("is not granted where the credential does not see it", async () => {
    const jira = await startJira();

    const consent = await authorize(contextWith({ main: withToken(jira.url) }), `${jira.url}/projects/PLAY`);

    expect(consent).toEqual({ granted: false, reason: `the credential of main (${jira.url}) sees no project PLAY` });
  });

  it("is not granted where there is no credential, and that says what to set", async () => {
    const context = contextWith({ main: { url: "https://jira.example.org" } });

    expect(await authorize(context, "https://jira.example.org/projects/PLAY")).toEqual({
      granted: false,
      reason: expect.stringContaining("The administrator can set `jira.instances.main.credential`"),
    });
    expect(await authorize(context, "https://other.example.org/projects/PLAY")).toEqual({
      granted: false,
      reason: expect.stringContaining("add it under `jira.instances`"),
    });
  });

  it("is asked about again while Jira fails", async () => {
    const jira = await startJira();
    jira.failWith({ kind: "status", status: 503 });

    await expect(authorize(contextWith({ main: withToken(jira.url) }), `${jira.url}/projects/PLAY`)).rejects.toThrow(RemoteError);
  });
});
