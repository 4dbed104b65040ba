import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { changed, gitHubConfig, gitHubFixture, PlayedGitHub, type GitHubRequest } from "../../../test/support/github-events.js";
import { MemoryServiceStore } from "../../../test/support/service-context.js";
import type { Connection } from "../../core/connection.js";
import { PermissionError, ValidationError } from "../../core/errors.js";
import type { ParsedWebhook } from "../../core/service.js";
import { withSender, type WebhookSender } from "../../core/webhook.js";
import { Secret } from "../../shared/secret.js";
import { bridgedEvents } from "./bridged-events.js";
import { createEventTable } from "./events-table.js";
import { repositoryKeysAt } from "./routing-keys.js";

const enterprise = "https://git.example.org";
const sender: WebhookSender = { key: "connector-3", url: enterprise };

let store: MemoryServiceStore;
let github: PlayedGitHub;

beforeEach(() => {
  store = new MemoryServiceStore();
  github = new PlayedGitHub({ store });
});

/** A fixture as the Enterprise Server would send it. */
function atEnterprise(name: string, members: Readonly<Record<string, unknown>> = {}): GitHubRequest {
  const fixture = gitHubFixture(name, members);
  return { ...fixture, body: { ...fixture.body, ...changed(fixture, "repository", { html_url: `${enterprise}/octo/hello` }) } };
}

function parse({ headers, body }: GitHubRequest, by: WebhookSender = sender): ParsedWebhook {
  const stored = withSender({ headers, body: Buffer.from(JSON.stringify(body)) }, by);
  // The store is in memory.
  return github.webhook.parse(stored, github.context) as ParsedWebhook;
}

/** A room that hears the repository. */
function listenTo(remoteKey: string): void {
  // Nothing else is read.
  github.context.connections.list.push({ id: remoteKey, remoteKeys: [remoteKey] } as unknown as Connection);
}

describe("a webhook of a registered GitHub", () => {
  function verify(body: Buffer, signature: string): void {
    const headers = { "x-hub-signature-256": signature, "x-github-event": "push", "x-github-delivery": "guid" };
    const request = { method: "POST", path: "/github/webhook/connector-3", params: {}, query: new URLSearchParams(), headers, body };
    github.webhook.verifyRemote!(request, new Secret("its own secret"));
  }
  const sign = (body: Buffer, secret: string): string => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

  it("is signed with that GitHub's own secret", () => {
    const body = Buffer.from("{}");

    expect(() => verify(body, sign(body, "its own secret"))).not.toThrow();
    expect(() => verify(body, sign(body, gitHubConfig.webhook.secret.reveal()))).toThrow(PermissionError);
  });

  it("finds rooms of that GitHub and not those of the configured one", () => {
    const [event] = parse(atEnterprise("issues.edited__title")).events;

    expect(event?.routingKeys).toEqual(["git.example.org octo/hello"]);
    expect(github.kind.remoteKeys({ org: "Octo", repo: "hello", url: enterprise }, "")).toEqual(event?.routingKeys);
    expect(github.kind.remoteKeys({ org: "octo", repo: "hello" }, "")).toEqual(["octo/hello"]);
  });

  it("finds rooms of the configured GitHub where it is that one, whether their state names it or not", () => {
    store.apply([store.put("registered octo/hello", "1")]);
    const [event] = parse(gitHubFixture("issues.edited__title"), { key: "integration-1", url: "https://api.github.com" }).events;

    expect(event?.routingKeys).toEqual(["octo/hello", "github.com octo/hello"]);
  });

  it("says nothing to rooms that only people with logins of their own connected: whoever has its secret may see less than they", () => {
    listenTo("octo/hello");
    const { events, changes } = parse(gitHubFixture("issues.edited__title"), { key: "integration-1", url: "https://github.com" });

    expect(events.map(({ routingKeys }) => routingKeys)).toEqual([["github.com octo/hello"]]);
    expect(changes).toBeUndefined();
  });

  it("finds all rooms of github.com where nobody can have connected one by a login", () => {
    const { auth: _, ...config } = gitHubConfig;
    github = new PlayedGitHub({ store, config });
    const [event] = parse(gitHubFixture("issues.edited__title"), { key: "integration-1", url: "https://github.com" }).events;

    expect(event?.routingKeys).toEqual(["octo/hello", "github.com octo/hello"]);
  });

  it.each([
    { title: "of another host", repository: { html_url: "https://github.com/octo/hello" } },
    { title: "of a host that only begins so", repository: { html_url: `${enterprise}.evil.test/octo/hello` } },
    { title: "of an address with somebody else's name", repository: { html_url: `${enterprise}/octo/other` } },
    { title: "with no address but a name", repository: { html_url: "octo/hello" } },
    { title: "with another name for people", repository: { full_name: "octo/other" } },
    { title: "of an owner that the address does not name", repository: { owner: { login: "other" } } },
    { title: "that cannot be", repository: { name: "../hello" } },
  ])("is not believed about a repository $title", ({ repository }) => {
    const fixture = atEnterprise("issues.edited__title");
    listenTo("octo/hello");

    const parsed = parse({ ...fixture, body: { ...fixture.body, ...changed(fixture, "repository", repository) } });

    expect(parsed).toEqual({ events: [], deliveryKey: `:connector-3 ${fixture.headers["x-github-delivery"] ?? ""}` });
  });

  it.each([
    { projects: ["octo/hello"], isHeard: true },
    { projects: ["other/one", " OCTO/* "], isHeard: true },
    { projects: ["octo/hello-world", "oct/*", "hello", "*"], isHeard: false },
    { projects: [], isHeard: false },
  ])("speaks for its projects alone: $projects", ({ projects, isHeard }) => {
    expect(parse(atEnterprise("issues.edited__title"), { ...sender, projects }).events).toHaveLength(isHeard ? 1 : 0);
  });

  it("cannot pass off its deliveries as those of others", () => {
    const fixture = gitHubFixture("issues.edited__title");
    const keys = [github.parse(fixture), parse(fixture), parse(fixture, { ...sender, key: "connector-4" })].map(
      ({ deliveryKey }) => deliveryKey,
    );

    expect(new Set(keys).size).toBe(3);
  });

  it("leaves no note of the App's installations, lends no installation, and opens no rooms of discussions", () => {
    const installation = { id: 4_711 };
    const added = atEnterprise("issues.edited__title", { installation });

    expect(parse({ ...added, headers: { ...added.headers, "x-github-event": "installation" } })).not.toHaveProperty("changes");
    expect(parse(added).events[0]?.payload).not.toHaveProperty("installationId");
    const discussion = { id: 5, node_id: "D_5", number: 3, title: "Oil?", html_url: "https://github.com/octo/hello/discussions/3" };
    const created = atEnterprise("star.created__plain", { discussion });
    expect(parse({ ...created, headers: { ...created.headers, "x-github-event": "discussion" } }).events).toEqual([]);
  });

  it("tells labels at once and keeps nothing of them", () => {
    const label = { name: "bug", color: "d73a4a" };
    const times = { created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-02T00:00:00Z" };
    const made = atEnterprise("issues.opened__with-labels", { action: "labeled", label });
    const later = { ...made, body: { ...made.body, ...changed(made, "issue", times) } };
    const withIssue = { ...made, body: { ...made.body, ...changed(made, "issue", { ...times, updated_at: times.created_at }) } };

    const { events, changes } = parse(later);

    expect(changes).toBeUndefined();
    expect(events).toMatchObject([{ name: "issues.labeled", payload: { labels: [{ name: "bug" }], issue: { number: 1 } } }]);
    expect(parse(withIssue).events).toEqual([]);
  });

  it("is refused where the payload does not fit", () => {
    expect(() => parse(atEnterprise("issues.edited__title", { issue: {} }))).toThrow(ValidationError);
  });
});

describe("that a repository was heard of", () => {
  const state = { org: "octo", repo: "hello", url: enterprise };
  const note = async (of: Readonly<Record<string, unknown>> = state): Promise<string | undefined> =>
    github.kind.note!(of, 0, github.context);

  it("is noted with its first event while a room listens, and not again", async () => {
    expect(await note()).toBe("no event yet");
    store.apply(parse(atEnterprise("issues.edited__title")).changes);
    expect(await note()).toBe("no event yet");
    listenTo("git.example.org octo/hello");

    const { changes } = parse(atEnterprise("ping__hook", { repository: gitHubFixture("issues.edited__title").body["repository"] }));
    store.apply(changes);

    expect(changes).toHaveLength(1);
    expect(await note()).toBeUndefined();
    expect(parse(atEnterprise("issues.edited__title")).changes).toBeUndefined();
  });

  it("is asked of rooms of the configured GitHub where a registered one connected them, by whatever road it comes", async () => {
    const here = { org: "octo", repo: "hello" };
    expect(await note(here)).toBeUndefined();
    store.apply([store.put("registered octo/hello", "1")]);
    expect(await note(here)).toBe("no event yet");
    listenTo("octo/hello");

    store.apply(github.parse(gitHubFixture("issues.edited__title")).changes);

    expect(await note(here)).toBeUndefined();
  });
});

describe("what a webhook is asked to send", () => {
  it("is what rooms hear", () => {
    const names = [...createEventTable().readers.keys()].map((name) => name.split(".")[0] ?? "");

    expect(new Set(bridgedEvents)).toEqual(new Set(names.filter((name) => !name.startsWith("discussion"))));
  });
});

describe("keys of repositories at several GitHubs", () => {
  it("are never those of another", () => {
    const hello = { owner: "octo", repo: "hello" };
    const places = ["https://github.com", enterprise, "https://example.org/git"].map((webUrl) => ({ webUrl }));
    const keys = places.flatMap((place) => repositoryKeysAt(place, hello, gitHubConfig));

    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain("octo/hello");
  });
});
