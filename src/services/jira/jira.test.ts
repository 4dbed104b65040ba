import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RecordedHttp } from "../../../test/support/recorded-http.js";
import { MemoryServiceStore, createServiceContext } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import type { ConnectionKind, ParsedWebhook, Rendered, ServiceContext, Webhook } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraService } from "./index.js";
import { stateEventNames, type JiraConfig } from "./schema.js";

const service = createJiraService();
// The service has both.
const webhook = service.webhook as Webhook<JiraConfig>;
const kind = service.kinds[0] as ConnectionKind<JiraConfig>;

const config: JiraConfig = {
  webhook: { secret: new Secret("webhook secret") },
  instances: { main: { url: "https://jira.example.org/jira/" } },
};

function context(overrides: Partial<ServiceContext<JiraConfig>> = {}): ServiceContext<JiraConfig> {
  return { ...createServiceContext(config), ...overrides };
}

function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as Record<string, unknown>;
}

/** Parses synchronously, as it has to while nothing is looked up. */
function parse(
  body: unknown,
  { headers = {}, ...overrides }: Partial<ServiceContext<JiraConfig>> & { headers?: Record<string, string> } = {},
) {
  return webhook.parse({ headers, body: Buffer.from(JSON.stringify(body)) }, context(overrides)) as ParsedWebhook;
}

function connection(state: Readonly<Record<string, unknown>> = {}): Connection {
  // `render` reads nothing else.
  return { state: { url: "https://jira.example.org/jira/projects/PLAY", events: stateEventNames, ...state } } as unknown as Connection;
}

function render(body: unknown, state?: Readonly<Record<string, unknown>>): Rendered {
  const [event] = parse(body).events;
  return kind.render(event!, connection(state), context());
}

function contentOf(rendered: Rendered): Readonly<Record<string, unknown>> {
  if (rendered.kind !== "messages") throw new TypeError(rendered.kind === "ignored" ? rendered.reason : "put off");
  expect(rendered.messages).toHaveLength(1);
  return rendered.messages[0]!.content;
}

describe("a Jira message", () => {
  it("tells of a new issue as Hookshot does, with the keys that programs read", () => {
    const content = contentOf(render(fixture("issue_created__cloud")));

    expect(content).toEqual({
      msgtype: "m.notice",
      body: 'Ada Example created a new JIRA issue [PLAY-1](https://acme.atlassian.net/browse/PLAY-1): "Swing needs oil"',
      format: "org.matrix.custom.html",
      formatted_body:
        'Ada Example created a new JIRA issue <a href="https://acme.atlassian.net/browse/PLAY-1">PLAY-1</a>: &quot;Swing needs oil&quot;',
      "m.mentions": {},
      external_url: "https://acme.atlassian.net/browse/PLAY-1",
      "uk.half-shot.matrix-hookshot.jira.issue": {
        id: "10001",
        key: "PLAY-1",
        api_url: "https://acme.atlassian.net/rest/api/2/issue/10001",
      },
      "uk.half-shot.matrix-hookshot.jira.project": {
        id: "10000",
        key: "PLAY",
        api_url: "https://acme.atlassian.net/rest/api/2/project/10000",
      },
    });
  });

  it("leaves out who created an issue and its summary where Jira does not say", () => {
    const { body } = contentOf(render(fixture("issue_created__anonymous")));

    expect(body).toBe("created a new JIRA issue [PLAY-8](https://jira.example.org/jira/browse/PLAY-8)");
  });

  it("tells one change in one line", () => {
    const content = contentOf(render(fixture("issue_updated__cloud-one-change")));

    expect(content["body"]).toBe(
      "Bo Example updated JIRA [PLAY-1](https://acme.atlassian.net/browse/PLAY-1): **status** changed from 'To Do' to 'In Progress'",
    );
    expect(content["formatted_body"]).toBe(
      "<p>Bo Example updated JIRA <a href=\"https://acme.atlassian.net/browse/PLAY-1\">PLAY-1</a>: <strong>status</strong> changed from 'To Do' to 'In Progress'</p>\n",
    );
  });

  it("lists several changes; what was or is empty is not set", () => {
    const content = contentOf(render(fixture("issue_updated__data-center-several-changes")));

    expect(content["body"]).toBe(
      [
        "Dee Example updated JIRA [PLAY-7](https://jira.example.org/jira/browse/PLAY-7): ",
        " - **summary** changed from 'Printer on floor 2 jams' to 'Printer on floor 3 jams'",
        "  - **assignee** changed from 'not set' to 'Dee Example'",
        "  - **labels** changed from 'print' to 'not set'",
      ].join("\n"),
    );
    expect(content["formatted_body"]).toContain("</p>\n<ul>\n<li><strong>summary</strong> changed");
    expect(String(content["formatted_body"]).match(/<li>/g)).toHaveLength(3);
  });

  it.each(["issue_updated__without-changelog", "issue_updated__empty-changelog"])("says nothing about %s", (name) => {
    expect(render(fixture(name))).toEqual({ kind: "ignored", reason: "the update names no changed field" });
  });

  it("passes over changelog items that name no field, and does not take inherited members for text", () => {
    const body = {
      ...fixture("issue_updated__cloud-one-change"),
      changelog: { items: [null, 1, "x", {}, { field: null }, { field: "labels" }] },
    };

    expect(contentOf(render(body))["body"]).toMatch(/: \*\*labels\*\* changed from 'not set' to 'not set'$/);
  });

  it.each([
    ["version_created__cloud", "created", "[1.0](https://acme.atlassian.net/projects/10000/versions/10050) (_First public release_)"],
    ["version_updated__data-center-without-description", "updated", "[2.4.1](https://jira.example.org/jira/projects/10100/versions/10310)"],
    ["version_released__data-center", "released", "[2.4](https://jira.example.org/jira/projects/10100/versions/10310) (_Prints again_)"],
  ])("tells of %s with the connection's project", (name, action, version) => {
    const content = contentOf(render(fixture(name)));

    expect(content["body"]).toBe(`Version **${action}** for project [PLAY](https://jira.example.org/jira/projects/PLAY): ${version}`);
    expect(content).not.toHaveProperty("external_url");
  });

  it.each(["issue_created", "jira:issue_created"])("is the same for the event name %s", (webhookEvent) => {
    expect(contentOf(render({ ...fixture("issue_created__cloud"), webhookEvent }))["body"]).toMatch(/^Ada Example created/);
  });

  it("is not sent where the connection did not choose the event", () => {
    const rendered = render(fixture("issue_updated__cloud-one-change"), { events: ["issue_created"] });

    expect(rendered).toEqual({ kind: "ignored", reason: "the connection's events do not include issue_updated" });
  });

  it("pings no room and runs nothing, whatever a summary holds", () => {
    const body = fixture("issue_created__cloud");
    const summary = "@room <script>alert(1)</script> [x](javascript:alert(1))";
    const issue = body["issue"] as { fields: object };

    const content = contentOf(render({ ...body, issue: { ...issue, fields: { ...issue.fields, summary } } }));

    expect(content["m.mentions"]).toEqual({});
    expect(content["body"]).toContain(summary);
    expect(content["formatted_body"]).toMatch(/&quot;@room &lt;script&gt;alert\(1\)&lt;\/script&gt; \[x\]\(javascript:alert\(1\)\)&quot;$/);
  });

  it("of a thousand long changes is made quickly, and holds what an event can hold", () => {
    const items = Array.from({ length: 1_000 }, (_, index) => ({ field: `f${index}`, fromString: "*_`".repeat(5_000), toString: "x" }));

    const { body } = contentOf(render({ ...fixture("issue_updated__cloud-one-change"), changelog: { items } }));

    expect(String(body).length).toBeGreaterThan(65_536);
    expect(String(body).length).toBeLessThan(131_072);
  });
});

describe("where a Jira webhook belongs", () => {
  it("finds issues by host and key, and by host and id", () => {
    expect(parse(fixture("issue_created__data-center")).events[0]?.routingKeys).toEqual([
      "jira.example.org/PLAY",
      "jira.example.org#10100",
    ]);
  });

  it("finds versions by host and id, and by the key once it is known", () => {
    const store = new MemoryServiceStore();
    const before = parse(fixture("version_created__cloud"), { store });

    store.apply(parse(fixture("issue_created__cloud"), { store }).changes);
    const after = parse(fixture("version_created__cloud"), { store });

    expect(before.events[0]?.routingKeys).toEqual(["acme.atlassian.net#10000"]);
    expect(after.events[0]?.routingKeys).toEqual(["acme.atlassian.net/PLAY", "acme.atlassian.net#10000"]);
  });

  it("does not take another host's id for a known one", () => {
    const store = new MemoryServiceStore();
    store.apply(parse(fixture("issue_created__data-center"), { store }).changes);
    const version = fixture("version_created__cloud")["version"] as object;

    const { events } = parse({ ...fixture("version_created__cloud"), version: { ...version, projectId: 10100 } }, { store });

    expect(events[0]?.routingKeys).toEqual(["acme.atlassian.net#10100"]);
  });

  it.each(["issue_created__cloud", "comment_created__cloud", "issue_deleted__cloud"])(
    "learns a project's id and road from %s, once",
    (name) => {
      const store = new MemoryServiceStore();

      const first = parse(fixture(name), { store });
      store.apply(first.changes);
      const second = parse(fixture(name), { store });

      expect([...store.entries]).toEqual([
        ["project/acme.atlassian.net/10000", "PLAY"],
        ["heard/acme.atlassian.net/PLAY", "configured"],
      ]);
      expect(second).not.toHaveProperty("changes");
    },
  );

  it("learns a project's new key", () => {
    const store = new MemoryServiceStore();
    store.apply(parse(fixture("issue_created__data-center"), { store }).changes);
    const project = fixture("project_updated__data-center")["project"] as object;

    store.apply(parse({ ...fixture("project_updated__data-center"), project: { ...project, key: "PARK" } }, { store }).changes);

    const { events } = parse(fixture("version_released__data-center"), { store });
    expect(events[0]?.routingKeys).toContain("jira.example.org/PARK");
  });

  it("waits for a store that answers later", async () => {
    const store = new MemoryServiceStore();
    store.apply(parse(fixture("issue_created__cloud"), { store }).changes);
    const slow = {
      get: async (key: string) => store.get(key),
      put: store.put.bind(store),
      remove: store.remove.bind(store),
      list: store.list.bind(store),
    };

    const parsed = await webhook.parse(
      { headers: {}, body: Buffer.from(JSON.stringify(fixture("version_created__cloud"))) },
      context({ store: slow }),
    );

    expect(parsed.events[0]?.routingKeys).toContain("acme.atlassian.net/PLAY");
  });
});

describe("reading a Jira webhook", () => {
  it("names a delivery by host and Jira's identifier", () => {
    const headers = { "x-atlassian-webhook-identifier": "one" };

    expect(parse(fixture("issue_created__cloud"), { headers }).deliveryKey).toBe("acme.atlassian.net one");
    expect(parse(fixture("version_created__cloud"), { headers }).deliveryKey).toBe("acme.atlassian.net one");
    expect(parse(fixture("issue_created__data-center"), { headers }).deliveryKey).toBe("jira.example.org one");
    expect(parse(fixture("issue_created__cloud"))).not.toHaveProperty("deliveryKey");
  });

  it.each([
    ["null", null],
    ["a list", []],
    ["a number", 7],
    ["an empty object", {}],
    ["an event name that is no text", { webhookEvent: { toString: "issue_created" } }],
    ["an event name of the prototype", JSON.parse('{"__proto__":{"webhookEvent":"jira:issue_created"}}')],
  ])("refuses %s", (_title, body) => {
    expect(() => parse(body)).toThrow("Missing webhookEvent in body");
  });

  it.each([
    ["no issue", {}],
    ["null as issue", { issue: null }],
    ["an issue without fields", { issue: { id: "1", key: "A-1", self: "https://a.example.org/" } }],
    [
      "a self that is no web address",
      { issue: { id: "1", key: "A-1", self: "javascript:alert(1)", fields: { project: { id: "1", key: "A" } } } },
    ],
    ["a key that is no text", { issue: { id: "1", key: {}, self: "https://a.example.org/", fields: { project: { id: "1", key: "A" } } } }],
  ])("refuses an issue event with %s", (_title, body) => {
    expect(() => parse({ webhookEvent: "jira:issue_created", ...body })).toThrow("The payload does not fit");
  });

  it.each(["__proto__", "constructor", "jira:", "something_new"])("takes the event %s for one that is not bridged", (webhookEvent) => {
    expect(parse({ webhookEvent })).toEqual({ events: [] });
  });
});

describe("the tracker, with an account that somebody hands in", () => {
  it.each([
    ["https://jira.example.org/jira/", "GET https://jira.example.org/jira/rest/api/2/myself"],
    ["https://acme.atlassian.net", "GET https://acme.atlassian.net/rest/api/3/myself"],
    ["https://other.example.org/", "GET https://other.example.org/rest/api/2/myself"],
  ])("speaks as the Jira at %s does", async (url, call) => {
    const http = new RecordedHttp({ [call]: { name: "ada", accountId: "ada", displayName: "Ada" } });

    const user = await service.tracker?.({ url, token: new Secret("t") }, context({ http })).whoAmI();

    expect(user).toEqual({ id: "ada", displayName: "Ada" });
    expect(http.calls).toEqual([call]);
  });
});
