import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { connectorRemote } from "../../../test/support/memory-remotes.js";
import { createServiceContext, MemoryServiceStore, type TestContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import { PermissionError } from "../../core/errors.js";
import type { ServiceStore } from "../../core/ports/service-store.js";
import type { ConnectionKind, ParsedWebhook, Rendered, Webhook } from "../../core/service.js";
import { withSender, type WebhookSender } from "../../core/webhook.js";
import { Secret } from "../../shared/secret.js";
import { createJiraService } from "./index.js";
import { stateEventNames, type JiraConfig } from "./schema.js";

const service = createJiraService();
// The service has both.
const webhook = service.webhook as Webhook<JiraConfig>;
const kind = service.kinds[0] as ConnectionKind<JiraConfig>;

const base = "https://jira.example.org/jira";
const sender: WebhookSender = { key: "connector-3", url: base };
const confined: WebhookSender = { ...sender, projects: ["play"] };

let store: MemoryServiceStore;
let context: TestContext<JiraConfig>;

beforeEach(() => {
  store = new MemoryServiceStore();
  context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") } }, { store });
});

function issue(self = `${base}/rest/api/2/issue/1`, key = "PLAY", id = "10"): object {
  const project = { id, key, self: `${base}/rest/api/2/project/${id}` };
  return { webhookEvent: "jira:issue_created", issue: { id: "1", key: `${key}-1`, self, fields: { summary: "A", project } } };
}

function version(projectId = 10, self = `${base}/rest/api/2/version/5`, further: object = {}): object {
  return { webhookEvent: "jira:version_released", version: { id: "5", self, name: "1.0", projectId }, ...further };
}

/** Parses synchronously, as it has to while nothing is looked up; what was learnt counts from then on. */
function parse(payload: object, from: WebhookSender | undefined, identifier?: string): ParsedWebhook {
  const headers = identifier === undefined ? {} : { "x-atlassian-webhook-identifier": identifier };
  const stored = { headers, body: Buffer.from(JSON.stringify(payload)) };
  const parsed = webhook.parse(from === undefined ? stored : withSender(stored, from), context) as ParsedWebhook;
  store.apply(parsed.changes);
  return parsed;
}

function keysOf({ events }: ParsedWebhook): readonly string[] {
  return events.flatMap(({ routingKeys }) => routingKeys);
}

describe("verifying a request to a registered Jira's own webhook", () => {
  const secret = new Secret("planted");
  const body = Buffer.from("{}");
  const signature = `sha256=${createHmac("sha256", "planted").update(body).digest("hex")}`;

  function verify(query: string, header?: string): void {
    const request = { method: "POST", path: "/jira/webhook/connector-3", params: {}, query: new URLSearchParams(query), body };
    webhook.verifyRemote?.({ ...request, headers: { "x-hub-signature": header } }, secret);
  }

  it.each([
    { title: "its signature", query: "", header: signature },
    { title: "the secret in its address", query: "secret=planted", header: undefined },
  ])("accepts it by $title", ({ query, header }) => {
    expect(() => verify(query, header)).not.toThrow();
  });

  it.each([
    { title: "nothing", query: "", header: undefined },
    { title: "the configuration's secret", query: "secret=s", header: undefined },
    { title: "another signature", query: "", header: signature.replace(/.$/, "x") },
  ])("refuses it with $title", ({ query, header }) => {
    expect(() => verify(query, header)).toThrow(PermissionError);
  });
});

describe("what a registered Jira tells", () => {
  it("of itself is an event like any other", () => {
    const parsed = parse(issue(), sender);

    expect(keysOf(parsed)).toEqual(["jira.example.org/PLAY", "jira.example.org#10"]);
    expect([...store.entries]).toEqual([
      ["project/jira.example.org/10", "PLAY"],
      ["heard/jira.example.org/PLAY", "connector-3"],
    ]);
  });

  it.each([
    { title: "another host", self: "https://other.example.org/jira/rest/api/2/issue/1" },
    { title: "another port", self: "https://jira.example.org:8443/jira/rest/api/2/issue/1" },
    { title: "another scheme", self: "http://jira.example.org/jira/rest/api/2/issue/1" },
    { title: "another path", self: "https://jira.example.org/other/rest/api/2/issue/1" },
    { title: "a path that begins alike", self: "https://jira.example.org/jira2/rest/api/2/issue/1" },
    { title: "a Jira below its own address", self: `${base}/second/rest/api/2/issue/1` },
    { title: "a path that leads out again", self: "https://jira.example.org/jira/../other/rest/api/2/issue/1" },
    { title: "a host in front of which its own stands", self: "https://jira.example.org@other.example.org/jira/rest/api/2/issue/1" },
  ])("of $title is dropped, and nothing is learnt of it", ({ self }) => {
    for (const payload of [issue(self), version(10, self), { ...issue(self), webhookEvent: "comment_created" }]) {
      expect(parse(payload, sender)).toEqual({ events: [] });
    }
    expect(store.entries.size).toBe(0);
  });

  it("of another address beside its own is dropped", () => {
    const elsewhere = issue("https://other.example.org/rest/api/2/issue/1", "SECRET", "77");

    expect(keysOf(parse({ ...version(), ...elsewhere, webhookEvent: "jira:version_released" }, sender))).toEqual(["jira.example.org#10"]);
    expect(parse({ ...elsewhere, ...version(), webhookEvent: "jira:issue_created" }, sender).events).toEqual([]);
    expect(store.entries.size).toBe(0);
  });

  it("is told apart by whose webhook it came to: equal names of deliveries are not one delivery", () => {
    const keys = [undefined, sender, { ...sender, key: "ticketing-3" }].map((from) => parse(issue(), from, "abc").deliveryKey);

    expect(keys).toEqual(["jira.example.org abc", "connector-3 jira.example.org abc", "ticketing-3 jira.example.org abc"]);
  });

  it("is noted as heard by the road that it came last, and not again while that stays", () => {
    parse(issue(), undefined);
    parse(issue(), sender);
    const third = parse(issue(), sender);

    expect(store.entries.get("heard/jira.example.org/PLAY")).toBe("connector-3");
    expect(third).not.toHaveProperty("changes");
  });

  it("waits for a store that answers later", async () => {
    const later: ServiceStore = {
      get: async () => undefined,
      list: async () => [],
      put: (key, value) => ({ type: "put", key, value }),
      remove: (key) => ({ type: "del", key }),
    };
    const stored = withSender({ headers: {}, body: Buffer.from(JSON.stringify(issue())) }, sender);

    const parsed = await webhook.parse(stored, { ...context, store: later });

    expect(parsed.events).toHaveLength(1);
    expect(parsed.changes).toHaveLength(2);
  });
});

describe("what a registered Jira that serves some projects tells", () => {
  it("of these is an event, in whatever case they were typed", () => {
    expect(keysOf(parse(issue(), confined))).toEqual(["jira.example.org/PLAY"]);
    expect([...store.entries]).toEqual([["heard/jira.example.org/PLAY", "connector-3"]]);
  });

  it("of others is dropped, and nothing is learnt of it", () => {
    expect(parse(issue(undefined, "OTHER", "11"), confined)).toEqual({ events: [] });
    expect(parse({ ...issue(undefined, "OTHER", "11"), webhookEvent: "comment_created" }, confined)).toEqual({ events: [] });
    expect(store.entries.size).toBe(0);
  });

  it("reaches no rooms of another project by its id", () => {
    parse(issue(undefined, "OTHER", "11"), undefined);

    expect(keysOf(parse(issue(undefined, "PLAY", "11"), confined))).toEqual(["jira.example.org/PLAY"]);
    expect(store.entries.get("project/jira.example.org/11")).toBe("OTHER");
  });

  it("of a version counts where the project's id is known as that of one of these", () => {
    expect(parse(version(), confined).events).toEqual([]);

    parse(issue(), undefined);
    parse(issue(undefined, "OTHER", "11"), undefined);

    expect(keysOf(parse(version(10), confined))).toEqual(["jira.example.org/PLAY", "jira.example.org#10"]);
    expect(parse(version(11), confined).events).toEqual([]);
    expect(parse(version(11, undefined, { issue: (issue() as { issue: object }).issue }), confined).events).toEqual([]);
  });
});

describe("a room that hears of a registered Jira", () => {
  function render(from: WebhookSender | undefined, url: string): Rendered {
    const [event] = parse(issue(), from).events;
    // `render` reads nothing else.
    return kind.render(event!, { state: { url, events: stateEventNames } } as unknown as Connection, context);
  }

  function bodyOf(rendered: Rendered): unknown {
    return rendered.kind === "messages" ? rendered.messages[0]?.content["body"] : rendered;
  }

  it("is led below the address that it is connected to", () => {
    expect(bodyOf(render(sender, `${base}/projects/PLAY`))).toContain(`[PLAY-1](${base}/browse/PLAY-1)`);
  });

  it("is led to the host where its state has another form", () => {
    expect(bodyOf(render(undefined, "https://jira.example.org/my/PLAY"))).toContain("(https://jira.example.org/browse/PLAY-1)");
  });

  it.each([
    "https://jira.example.org/other/projects/PLAY",
    "https://jira.example.org/projects/PLAY",
    "https://jira.example.org/jira2/projects/PLAY",
    "https://jira.example.org/jira/second/projects/PLAY",
    "https://jira.example.org/jira/second/browse/PLAY",
  ])("is told nothing of it when it is connected to %s", (url) => {
    expect(render(sender, url)).toEqual({
      kind: "ignored",
      reason: "it was told by the webhook of https://jira.example.org/jira, which has no say in this project",
    });
  });

  it.each([`${base}/projects/PLAY`, "http://jira.example.org/jira/projects/play/"])("hears it when it is connected to %s", (url) => {
    expect(render(sender, url)).toMatchObject({ kind: "messages" });
  });

  it("of Jira Cloud, where a host has one Jira, hears it whatever the address looks like", () => {
    const site = "https://play.atlassian.net";
    const [event] = parse(issue(`${site}/rest/api/2/issue/1`), { ...sender, url: site }).events;
    const state = { url: `${site}/jira/software/c/projects/PLAY`, events: stateEventNames };

    // `render` reads nothing else.
    expect(kind.render(event!, { state } as unknown as Connection, context)).toMatchObject({ kind: "messages" });
  });
});

describe("!connections", () => {
  const state = { url: `${base}/projects/PLAY`, events: [] };
  const note = async (): Promise<string | undefined> => kind.note?.(state, 0, context);

  it("says of a room that is connected through a registered Jira that nothing came yet, until something did by any road", async () => {
    context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: base }));

    expect(await note()).toBe("no event yet");
    parse(issue(undefined, "OTHER", "11"), sender);
    expect(await note()).toBe("no event yet");
    parse(issue(), undefined);
    expect(await note()).toBeUndefined();
  });

  it("says so again where what told of it was removed, or serves the project no more", async () => {
    parse(issue(), sender);
    context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: base, id: 4 }));
    expect(await note()).toBe("no event yet");

    parse(issue(), { ...sender, key: "connector-4" });
    expect(await note()).toBeUndefined();

    context.remotes.remotes.splice(0, 1, connectorRemote({ serviceId: "jira", url: base, id: 4, projects: ["OPS"] }));
    expect(await note()).toBe("no event yet");
  });

  it("says nothing of it where the configuration has the Jira, or nobody has", async () => {
    expect(await note()).toBeUndefined();
    context = createServiceContext<JiraConfig>({ webhook: { secret: new Secret("s") }, instances: { main: { url: base } } }, { store });
    context.remotes.remotes.push(connectorRemote({ serviceId: "jira", url: base }));
    expect(await note()).toBeUndefined();
  });
});

describe("!disconnect", () => {
  const state = { url: `${base}/projects/PLAY`, events: [] };

  it.each([
    { name: "main", isIt: true },
    { name: "connector/#1", isIt: true },
    { name: "jira.example.org", isIt: true },
    { name: "elsewhere", isIt: false },
    { name: "nobody", isIt: false },
  ])("finds by the name $name: $isIt", async ({ name, isIt }) => {
    context.remotes.remotes.push(
      connectorRemote({ serviceId: "jira", url: base }),
      connectorRemote({ serviceId: "jira", url: "https://other.example.org", id: 2, name: "elsewhere" }),
    );

    expect(await kind.isAtRegistered?.(state, name, context)).toBe(isIt);
  });

  it("does not take one Jira for another at the same host", async () => {
    context.remotes.remotes.push(
      connectorRemote({ serviceId: "jira", url: base }),
      connectorRemote({ serviceId: "jira", url: "https://jira.example.org/second", id: 2, name: "second" }),
    );

    expect(await kind.isAtRegistered?.(state, "main", context)).toBe(true);
    expect(await kind.isAtRegistered?.(state, "second", context)).toBe(false);
  });
});

it("names its project to integrations by the id that its Jira gave it", () => {
  expect(kind.projectId?.({ url: `${base}/projects/PLAY`, id: "10" })).toBe("10");
  expect(kind.projectId?.({ url: `${base}/projects/PLAY` })).toBeUndefined();
});

it("does without a section of the configuration, with a secret that nobody knows", () => {
  const random = { bytes: (count: number) => Buffer.alloc(count, 7) };

  const section = service.withoutSection?.(random as unknown as Parameters<NonNullable<typeof service.withoutSection>>[0]);

  expect(section?.webhook.secret.reveal()).toHaveLength(43);
});
