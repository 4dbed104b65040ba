import { describe, expect, it } from "vitest";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import { createMemoryRegistry } from "../../test/support/memory-registry.js";
import { deadHttpClient } from "../../test/support/service-context.js";
import type { RegistryConfig } from "../config/config.js";
import type { HttpRequest } from "../core/ports/http-client.js";
import type { ServiceRemotes } from "../core/ports/service-remotes.js";
import type { Webhook } from "../core/webhook.js";
import { connectorSystems } from "../apis/connectors/schema.js";
import type { Connectors } from "../remotes/connectors.js";
import { createServiceRemotes, type ServiceRemotesOptions } from "./service-remotes.js";

const alice = "@alice:example.org";

// Only its paths are read.
const webhook = { paths: ["/jira/webhook"], verifyRemote: () => undefined } as unknown as Webhook<unknown>;

interface Setup {
  readonly remotes: ServiceRemotes;
  readonly connectors: Connectors;
}

function setUp(
  registry: Partial<RegistryConfig> = {},
  options: Partial<ServiceRemotesOptions> = {},
  service = { id: "jira", webhook },
): Setup {
  const registered = createMemoryRegistry(deadHttpClient);
  const remotes = createServiceRemotes(service, {
    ...registered,
    guarded: deadHttpClient,
    registry: { chat: true, commandsThroughCredential: false, ...registry },
    listeners: [],
    ...options,
  });
  return { remotes, connectors: registered.connectors };
}

async function registerTrackers(connectors: Connectors): Promise<void> {
  for (const [name, id, params] of [
    ["main", "jira", { issue_tracker_user: "ada", issue_tracker_pass: "x", issue_tracker_project: "PLAY, OPS" }],
    ["forge", "github", { issue_tracker_api_token: "x", github_repo_owner: "octo" }],
    ["old", "trac", { issue_tracker_user: "ada", issue_tracker_pass: "x" }],
  ] as const) {
    const system = connectorSystems.find((candidate) => candidate.id === id);
    if (system === undefined) throw new TypeError(id);
    await connectors.create({ name, system, inaccessible: name === "forge", params: { issue_tracker_server: `${id}.test`, ...params } });
  }
}

describe("the registered remotes of a service", () => {
  it("are those that it speaks to, with the projects that they serve", async () => {
    const { remotes, connectors } = setUp();
    await registerTrackers(connectors);

    expect(await remotes.usableBy(alice)).toMatchObject([
      { key: "connector-1", name: "main", url: "https://jira.test", projects: ["PLAY", "OPS"] },
    ]);
    expect((await remotes.all()).map(({ key }) => key)).toEqual(["connector-1"]);
  });

  it("know the owner of projects, and what cannot be reached", async () => {
    const { remotes, connectors } = setUp({}, {}, { id: "github", webhook });
    await registerTrackers(connectors);

    expect(await remotes.all()).toMatchObject([{ name: "forge", projects: ["octo/*"], isInaccessible: true }]);
  });

  it("are none where the configuration keeps rooms away from them", async () => {
    const { remotes, connectors } = setUp({ chat: false, commandsThroughCredential: true });
    await registerTrackers(connectors);

    expect([await remotes.usableBy(alice), await remotes.all(), remotes.letsPeopleAct]).toEqual([[], [], false]);
  });

  it("have webhooks of their own, below the public address of a listener for webhooks", async () => {
    const listeners = [
      { resources: ["connectors"], publicUrl: "https://no.test" },
      { resources: ["webhooks"], publicUrl: "https://yes.test/hooks" },
    ];
    const { remotes } = setUp({}, { listeners });
    const remote = connectorRemote({ serviceId: "jira", url: "https://jira.test", id: 4 });

    const { path, url, secret } = await remotes.webhookOf(remote);

    expect([path, url]).toEqual(["/jira/webhook/connector-4", "https://yes.test/hooks/jira/webhook/connector-4"]);
    expect((await remotes.webhookOf(remote)).secret.reveal()).toBe(secret.reveal());
    expect(await setUp().remotes.webhookOf(remote)).not.toHaveProperty("url");
  });

  it("are asked by the rules that were registered", async () => {
    const asked: HttpRequest[] = [];
    const guarded = {
      async request(request: HttpRequest) {
        asked.push(request);
        return { status: 200, headers: {}, body: "", bytes: Buffer.alloc(0) };
      },
    };
    const { remotes } = setUp({}, { guarded });
    const remote = connectorRemote({ serviceId: "jira", url: "https://jira.test", checksCertificate: false, usesProxy: false });

    await remotes.clientFor(remote).request({ method: "GET", url: "https://jira.test/" });
    await remotes.clientFor({ ...remote, checksCertificate: true, usesProxy: true }).request({ method: "GET", url: "https://jira.test/" });

    const common = { method: "GET", url: "https://jira.test/", staysAtOrigin: true };
    expect(asked).toEqual([{ ...common, acceptsAnyCertificate: true, skipsProxy: true }, common]);
  });
});
