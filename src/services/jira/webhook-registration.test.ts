import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, fetchHttpClient, type TestContext } from "../../../test/support/service-context.js";
import type { KnownRemote } from "../../core/registered-remote.js";
import type { Afterwards, ConnectResult } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createLoginBook } from "./personal-login.js";
import { resolveProject } from "./resolve.js";
import type { JiraConfig } from "./schema.js";
import { createWebhookRegistration } from "./webhook-registration.js";

const token = "planted-administrator";
const weakToken = "planted-reader";
const registered = "I registered a webhook there, so that it tells me what happens.";
const hook = "https://switchboard.test/jira/webhook/connector-1";
const secret = "secret of connector-1";
const inQuery = `?${new URLSearchParams({ secret }).toString()}`;

const standIns: JiraStandIn[] = [];
let context: TestContext<JiraConfig>;
let webhooks: ReturnType<typeof createWebhookRegistration>;

beforeEach(() => {
  contextWith({});
  webhooks = createWebhookRegistration(createMarkdownRenderer());
});

afterEach(async () => {
  await Promise.all(standIns.splice(0).map((standIn) => standIn.stop()));
});

function contextWith(further: Partial<JiraConfig>): void {
  context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, ...further }, { http: fetchHttpClient });
}

async function startJira(options: Partial<Parameters<typeof JiraStandIn.start>[0]> = {}): Promise<JiraStandIn> {
  const jira = await JiraStandIn.start({ deployment: "server", credential: { token }, ...options });
  standIns.push(jira);
  for (const key of ["PLAY", "OPS"]) jira.addProject(key);
  jira.addAccount({ name: "reader", token: weakToken });
  return jira;
}

function register(jira: JiraStandIn, given: Partial<KnownRemote> = {}): void {
  const account = { kind: "token", token: new Secret(token) } as const;
  context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: jira.url, account, ...given }));
}

/** Types `!connect`, and has done what is done once the room is connected. */
async function connect(typed = "PLAY", remoteName?: string, kind: ConnectResult["kind"] = "created"): Promise<Afterwards> {
  const parts = { client: createJiraClient(), logins: createLoginBook(), webhooks };
  const input = { typed, actor: "@ada:example.org", ...(remoteName === undefined ? {} : { remoteName }) } as const;
  const resolution = await resolveProject(parts, input, context);
  if (resolution.kind !== "found") throw new TypeError(resolution.kind === "refused" ? resolution.reason : resolution.kind);
  // Nothing else is read of it.
  return (await resolution.target.afterwards?.({ kind } as ConnectResult)) ?? {};
}

function changesAt(jira: JiraStandIn): readonly string[] {
  return jira.requests.filter((request) => /webhook/.test(request) && !request.startsWith("GET"));
}

const events = ["jira:issue_created", "jira:issue_updated", "jira:version_created", "jira:version_updated", "jira:version_released"];

describe("a room that is connected through a registered Jira", () => {
  it.each([
    {
      title: "Data Center 9, which cannot sign",
      options: {},
      remote: {},
      made: { url: hook + inQuery },
      requests: ["GET /rest/jira-webhook/1.0/webhooks", "GET /rest/webhooks/1.0/webhook", "POST /rest/webhooks/1.0/webhook"],
    },
    {
      title: "Data Center 10",
      options: { isDataCenter10: true },
      remote: {},
      made: { url: hook + inQuery },
      requests: ["GET /rest/jira-webhook/1.0/webhooks", "POST /rest/jira-webhook/1.0/webhooks"],
    },
    {
      title: "Jira Cloud, which signs",
      options: { deployment: "cloud" as const, credential: { username: "a@example.org", token } },
      remote: { deployment: "cloud", account: { kind: "token" as const, username: "a@example.org", token: new Secret(token) } },
      made: { url: hook, secret },
      requests: ["GET /rest/webhooks/1.0/webhook", "POST /rest/webhooks/1.0/webhook"],
    },
  ])("has it send: $title", async ({ options, remote, made, requests }) => {
    const jira = await startJira(options);
    register(jira, remote);

    expect(await connect()).toEqual({ said: registered });

    expect(jira.registeredWebhooks).toEqual([{ id: 71, name: "Switchboard (connector-1)", events, jql: "", ...made }]);
    expect(jira.requests.slice(1)).toEqual(requests);
  });

  it("has it send of the projects that it serves only", async () => {
    const jira = await startJira();
    register(jira, { projects: ["play", "OPS"] });

    await connect();

    expect(jira.registeredWebhooks).toMatchObject([{ jql: 'project in ("play", "OPS")' }]);
  });

  it("has it send once, for all rooms, also when two are connected at the same time", async () => {
    const jira = await startJira();
    register(jira);

    const answers = await Promise.all([connect(), connect("OPS"), connect()]);
    const later = await connect("OPS");

    expect(answers.filter(({ said }) => said === registered)).toHaveLength(1);
    expect(later).toEqual({});
    expect(changesAt(jira)).toEqual(["POST /rest/webhooks/1.0/webhook"]);
  });

  it("makes no second webhook where the first one was made and forgotten, and gives it the secret that counts", async () => {
    const jira = await startJira({ isDataCenter10: true });
    register(jira);
    await connect();
    const former = jira.registeredWebhooks;
    contextWith({});
    register(jira);

    expect(await connect()).toEqual({ said: registered });

    expect(jira.registeredWebhooks).toEqual(former);
    expect(changesAt(jira)).toEqual(["POST /rest/jira-webhook/1.0/webhooks", "PUT /rest/jira-webhook/1.0/webhooks/71"]);
  });

  it("finds its webhook on a later page", async () => {
    const jira = await startJira({ isDataCenter10: true });
    for (const id of [2, 3, 4, 1]) {
      contextWith({});
      register(jira, { id, key: `connector-${id}` });
      await connect();
    }

    contextWith({});
    register(jira);
    await connect();

    expect(jira.registeredWebhooks).toHaveLength(4);
    expect(changesAt(jira).at(-1)).toBe("PUT /rest/jira-webhook/1.0/webhooks/74");
  });

  it("looks whether the webhook is still there when somebody connects a room again that heard nothing yet", async () => {
    const jira = await startJira();
    register(jira);
    await connect();
    jira.removeRegisteredWebhooks();

    expect(await connect("PLAY", undefined, "exists")).toEqual({ said: registered });
    expect(await connect("PLAY", undefined, "exists")).toEqual({ said: registered });

    expect(jira.registeredWebhooks).toHaveLength(1);
    await context.commit([context.store.put(`heard/${new URL(jira.url).host}/PLAY`, "connector-1")]);
    expect(await connect("PLAY", undefined, "exists")).toEqual({});
  });

  it("has the webhook follow when our address changes", async () => {
    const jira = await startJira();
    register(jira);
    await connect();
    context.remotes.publicUrl = "https://new.test";

    expect(await connect()).toEqual({ said: registered });

    expect(jira.registeredWebhooks).toMatchObject([{ id: 71, url: `https://new.test/jira/webhook/connector-1${inQuery}` }]);
  });

  it("has the webhook follow when it serves other projects", async () => {
    const jira = await startJira();
    register(jira, { projects: ["PLAY"] });
    await connect();
    context.remotes.remotes.splice(0);
    register(jira, { projects: ["PLAY", "OPS"] });

    expect(await connect()).toEqual({});
    expect(await connect("OPS")).toEqual({ said: registered });

    expect(jira.registeredWebhooks).toMatchObject([{ id: 71, jql: 'project in ("PLAY", "OPS")' }]);
  });

  it.each([
    { title: "answers nothing but makes it", fault: { kind: "cut", only: /^POST/, isCarriedOut: true } as const, isMade: true },
    { title: "answers nothing and makes none", fault: { kind: "cut", only: /^POST/ } as const, isMade: false },
  ])("looks again whether it was made when the Jira $title", async ({ fault, isMade }) => {
    const jira = await startJira();
    register(jira);
    const unsure = async (request: Parameters<typeof fetchHttpClient.request>[0]): ReturnType<typeof fetchHttpClient.request> => {
      try {
        return await fetchHttpClient.request(request);
      } catch (error) {
        throw Object.assign(error as Error, { outcomeUnknown: true });
      }
    };
    context.remotes.clientFor = () => ({ request: unsure });
    jira.failWith(fault);

    const { said } = await connect();

    expect(said === registered).toBe(isMade);
    expect(jira.registeredWebhooks).toHaveLength(isMade ? 1 : 0);
  });
});

describe("where a webhook cannot be registered", () => {
  it("tells the room why, and the person what to do, with the secret", async () => {
    const jira = await startJira();
    register(jira, { account: { kind: "token", token: new Secret(weakToken) }, projects: ["PLAY"] });

    const { said, privately } = await connect();

    expect(said).toBe(
      "Nothing comes from there yet: I could not register a webhook, for the registered account may not administer it (403), so somebody has to add a webhook there by hand.",
    );
    expect(privately?.body).toBe(
      [
        `Whoever administers the Jira at ${jira.url}, which is registered as connector main, can have it tell me what happens:`,
        "",
        "1. Open _Settings > System > WebHooks_ there and create a webhook.",
        `2. **URL:** \`${hook}\``,
        `3. **Secret:** \`${secret}\`. A Jira that has no such field cannot sign; there, put \`?secret=\` and the secret behind the URL.`,
        "4. **Events:** issue created and updated; version created, updated and released.",
        '5. **Issue related events:** `project in ("PLAY")`',
        "",
        "Keep the secret to yourselves: who has it can speak for that Jira.",
      ].join("\n"),
    );
    expect(privately?.html).toContain(`<code>${secret}</code>`);
    expect(privately?.html).toContain("<ol>");
    expect(jira.registeredWebhooks).toEqual([]);
    expect(context.store).toHaveProperty("entries.size", 0);
  });

  it.each<{ title: string; arrange: (jira: JiraStandIn) => void; remote?: Partial<KnownRemote>; says: string }>([
    {
      title: "our address is not known",
      arrange: () => (context.remotes.publicUrl = undefined),
      says: "the address at which it reaches me is not set up (`listeners[].publicUrl`)",
    },
    {
      title: "the Jira answers 401",
      arrange: (jira) => jira.failWith({ kind: "status", status: 401, only: /webhook/ }),
      says: "it does not accept the registered account (401)",
    },
    {
      title: "the Jira has no such API",
      arrange: (jira) => jira.failWith({ kind: "status", status: 404, only: /webhook/ }),
      says: "I could not register a webhook (404)",
    },
    {
      title: "the Jira refuses it",
      arrange: (jira) => jira.failWith({ kind: "status", status: 400, only: /^POST/ }),
      says: "I could not register a webhook (400)",
    },
    {
      title: "the Jira fails",
      arrange: (jira) => jira.failWith({ kind: "status", status: 503, only: /webhook/ }),
      says: "I could not register a webhook (503)",
    },
    {
      title: "the Jira gives no answer",
      arrange: (jira) => jira.failWith({ kind: "cut", only: /webhook/ }),
      says: "I could not register a webhook, for it gave no answer",
    },
    {
      title: "something else answers",
      arrange: (jira) => jira.failWith({ kind: "page", only: /webhook/ }),
      says: "I could not register a webhook (200)",
    },
  ])("says so when $title, without the secret", async ({ arrange, remote = {}, says }) => {
    const jira = await startJira();
    register(jira, remote);
    arrange(jira);

    const { said, privately } = await connect();

    expect(said).toContain(says);
    expect(said).not.toContain(secret);
    expect(privately?.body).toContain(secret);
  });

  it("says that Jira Cloud needs https, and asks it for nothing", async () => {
    const jira = await startJira({ deployment: "cloud", credential: { username: "a@example.org", token } });
    register(jira, { deployment: "cloud", account: { kind: "token", username: "a@example.org", token: new Secret(token) } });
    context.remotes.publicUrl = "http://switchboard.test";

    expect((await connect()).said).toContain("Jira Cloud sends to `https` addresses only");
    expect(jira.requests).toHaveLength(1);
  });

  it("names the path where the address is not known", async () => {
    register(await startJira());
    context.remotes.publicUrl = undefined;

    expect((await connect()).privately?.body).toContain(
      "**URL:** the public address of my listener with `webhooks`, followed by `/jira/webhook/connector-1`",
    );
  });

  it("tells everybody who connects a room, until something came", async () => {
    const jira = await startJira();
    register(jira, { account: { kind: "token", token: new Secret(weakToken) } });

    expect((await connect()).privately).toBeDefined();
    expect((await connect()).privately).toBeDefined();
    await context.commit([context.store.put(`heard/${new URL(jira.url).host}/PLAY`, "connector-1")]);
    expect(await connect()).toEqual({});
  });
});

describe("a Jira that sends already", () => {
  const heard = (jira: JiraStandIn, key: string, road: string): Promise<void> =>
    context.commit([context.store.put(`heard/${new URL(jira.url).host}/${key}`, road)]);

  it.each<{ title: string; arrange: (jira: JiraStandIn) => Promise<unknown>; isLeftAlone: boolean }>([
    {
      title: "a configured instance's webhook told of the project",
      arrange: (jira) => heard(jira, "PLAY", "configured"),
      isLeftAlone: true,
    },
    {
      title: "a configured instance's webhook told of another project",
      arrange: (jira) => heard(jira, "OPS", "configured"),
      isLeftAlone: true,
    },
    { title: "a configured instance's webhook told of nothing yet", arrange: async () => undefined, isLeftAlone: false },
  ])("is left alone ($isLeftAlone): $title", async ({ arrange, isLeftAlone }) => {
    const jira = await startJira();
    contextWith({ instances: { main: { url: jira.url } } });
    register(jira);
    await arrange(jira);

    expect(await connect()).toEqual(isLeftAlone ? {} : { said: registered });
  });

  it("through a webhook of a configuration that does not name it any more is made to send", async () => {
    const jira = await startJira();
    register(jira);
    await heard(jira, "PLAY", "configured");

    expect(await connect()).toEqual({ said: registered });
  });

  it.each<{ title: string; first: Partial<KnownRemote>; isLeftAlone: boolean }>([
    { title: "serves all projects", first: {}, isLeftAlone: true },
    { title: "serves the project", first: { projects: ["OPS", "PLAY"] }, isLeftAlone: true },
    { title: "serves other projects", first: { projects: ["OPS"] }, isLeftAlone: false },
  ])("through another connector, which $title, is left alone: $isLeftAlone", async ({ first, isLeftAlone }) => {
    const jira = await startJira();
    register(jira, first);
    await connect("OPS");
    register(jira, { id: 2, key: "connector-2", name: "second" });

    expect(await connect("PLAY", "second")).toEqual(isLeftAlone ? {} : { said: registered });
    expect(jira.registeredWebhooks).toHaveLength(isLeftAlone ? 1 : 2);
  });

  it.each<{ title: string; second: Partial<KnownRemote>; jql: string }>([
    { title: "serves all projects", second: {}, jql: 'project not in ("ops")' },
    { title: "serves some of its projects, too", second: { projects: ["OPS", "PLAY"] }, jql: 'project in ("PLAY")' },
  ])("of some projects is not made to send these twice, by a connector that $title", async ({ second, jql }) => {
    const jira = await startJira();
    register(jira, { projects: ["ops"] });
    await connect("OPS");
    register(jira, { id: 2, key: "connector-2", name: "second", ...second });

    expect(await connect("PLAY")).toEqual({ said: registered });
    expect(await connect("OPS", "second")).toEqual({});

    expect(jira.registeredWebhooks.map((webhook) => webhook.jql)).toEqual(['project in ("ops")', jql]);
  });

  it("sends by another connector what the one that sent it does no more, once that was removed", async () => {
    const jira = await startJira();
    register(jira, { projects: ["OPS"] });
    register(jira, { id: 2, key: "connector-2", name: "second" });
    await connect("OPS");
    await connect("PLAY");
    context.remotes.remotes.shift();

    expect(await connect("OPS")).toEqual({ said: registered });

    expect(jira.registeredWebhooks.map(({ jql }) => jql)).toEqual(['project in ("OPS")', ""]);
  });

  it("through another connector that was removed is made to send", async () => {
    const jira = await startJira();
    register(jira);
    await connect();
    await heard(jira, "PLAY", "connector-1");
    context.remotes.remotes.splice(0);
    register(jira, { id: 2, key: "connector-2" });

    expect(await connect()).toEqual({ said: registered });
  });
});
