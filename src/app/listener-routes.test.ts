import { afterEach, describe, expect, it } from "vitest";
import { ask } from "../../test/support/ask.js";
import { alice, room, trackerType } from "../../test/support/bot-fakes.js";
import { ConnectorsRig } from "../../test/support/connectors-rig.js";
import { createMemoryRegistry } from "../../test/support/memory-registry.js";
import { FakeRepositories } from "../../test/support/git-integrations-rig.js";
import { ProvisioningRig, right } from "../../test/support/provisioning-rig.js";
import { createServiceContext, deadHttpClient } from "../../test/support/service-context.js";
import type { ActiveService, Webhook } from "../core/service.js";
import type { OpenApiDocument } from "../http/openapi-document.js";
import { createListener, type Listener } from "../http/listener.js";
import type { BrowserLogins } from "../logins/browser-logins.js";
import { systemClock } from "../shared/clock.js";
import { silentLog } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { createListenerRoutes, type ListenerSources } from "./listener-routes.js";
import type { Remotes } from "./remotes.js";

const started: Listener[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

/** Bodies that hooks took. */
let taken: string[] = [];

/** Hooks at any path of one word, as the oldest addresses have them. */
const hooks: Webhook<unknown> = {
  paths: ["/webhook/:hookId", "/:hookId"],
  methods: "all",
  takesAnyContentType: true,
  recognises: () => false,
  keptHeaders: [],
  verify: () => undefined,
  parse: ({ body }) => {
    taken.push(body.toString());
    return { events: [] };
  },
};

/** Of what is registered. */
const trackers: Webhook<unknown> = { ...hooks, paths: ["/jira/webhook"], verifyRemote: () => undefined };

function sourcesOf(rig: ProvisioningRig): ListenerSources {
  const service = { id: "hooks", title: "Hooks", configKey: "hooks", permissionName: "hooks", configSchema: {}, kinds: [], webhook: hooks };
  const active: ActiveService = { service, context: createServiceContext<unknown>({}) };
  const tracker: ActiveService = { ...active, service: { ...service, id: "jira", webhook: trackers } };
  const provisioning = rig.options();
  const connectors = new ConnectorsRig();
  return {
    ...provisioning,
    callers: { ...connectors.callers(), ...provisioning.callers },
    remotes: createMemoryRegistry(deadHttpClient),
    services: [...provisioning.services, active, tracker],
    inbox: { accept: () => Promise.resolve("stored"), acceptAndWatch: () => Promise.reject(new Error("Nobody waits")) },
    repositories: new FakeRepositories(),
    // No listener here serves it.
    devinfo: {} as ListenerSources["devinfo"],
    maxDevinfoBytes: 0,
    findings: { report: () => Promise.reject(new Error("Not asked here")) },
    // No service here has logins.
    browserLogins: {} as BrowserLogins,
    metrics: rig.metrics,
    ...{ areMetricsOn: true, areRemotesHeard: true, isReady: () => true, random: systemRandom, log: silentLog(), version: "1.2.3" },
  };
}

interface Place {
  readonly prefix?: string;
  readonly publicUrl?: string;
  readonly isUsedByRooms?: boolean;
}

async function serve(
  resources: readonly string[],
  { prefix = "", publicUrl, isUsedByRooms = true }: Place = {},
): Promise<{ readonly port: number; readonly rig: ProvisioningRig; readonly remotes: Remotes }> {
  taken = [];
  const rig = new ProvisioningRig();
  const sources = { ...sourcesOf(rig), areRemotesHeard: isUsedByRooms };
  const routes = createListenerRoutes({ resources, prefix, ...(publicUrl === undefined ? {} : { publicUrl }) }, sources);
  const options = { bindAddress: "127.0.0.1", port: 0, prefix, log: silentLog(), clock: systemClock, random: systemRandom };
  const listener = createListener({ ...options, routes });
  started.push(listener);
  return { port: (await listener.start()).port, rig, remotes: sources.remotes };
}

const type = `/v1/${room}/connections/${trackerType}?userId=${alice}`;

describe("a listener that webhooks and programs share", () => {
  it.each(["/v1/health", "/openapi.json", "/openapi", "/live", "/ready", "/metrics", "/v1/health/", "/V1/Health"])(
    "does not take GET %s for a hook",
    async (path) => {
      const { port } = await serve(["webhooks", "metrics", "provisioning"]);

      const answer = await ask(port, path, { headers: right });

      expect(answer.status).toBe(200);
      expect(taken).toEqual([]);
    },
  );

  it.each([
    { method: "PUT", path: "/openapi.json" },
    { method: "POST", path: "/v1/health" },
    { method: "PUT", path: `/v1/${room}/connections` },
  ])("does not take $method $path for a hook either", async ({ method, path }) => {
    const { port } = await serve(["webhooks", "provisioning"]);

    const answer = await ask(port, path, { method, headers: right, body: "{}" });

    expect([answer.status, taken]).toEqual([405, []]);
  });

  it("gives each API the raw body of its own requests", async () => {
    const { port, rig } = await serve(["webhooks", "provisioning"]);

    const put = await ask(port, type, { method: "PUT", headers: right, body: '{"url": "https://tracker.example/PLAY"}' });
    const hook = await ask(port, "/some-hook", { method: "PUT", body: "{ not json" });

    expect([put.status, hook.status]).toEqual([200, 200]);
    expect(rig.operations.provisioned[0]?.config).toEqual({ url: "https://tracker.example/PLAY" });
    expect(taken).toEqual(["{ not json"]);
  });
});

describe("a listener", () => {
  it.each([
    { resources: ["webhooks"], paths: { "/v1/health": 404, "/openapi.json": 200, "/webhook/x": 200, "/metrics": 200 }, hooksTake: 3 },
    { resources: ["metrics"], paths: { "/v1/health": 404, "/openapi.json": 404, "/webhook/x": 404, "/metrics": 200 }, hooksTake: 0 },
    { resources: ["provisioning"], paths: { "/v1/health": 200, "/openapi.json": 200, "/webhook/x": 404, "/metrics": 404 }, hooksTake: 0 },
    {
      resources: ["connectors"],
      paths: { "/api/v2/users/me/": 401, "/v1/health": 404, "/openapi.json": 200, "/webhook/x": 404 },
      hooksTake: 0,
    },
    {
      resources: ["git-integrations"],
      paths: { "/rest/gitplugin/1.0/integration": 401, "/rest/gitplugin/": 404, "/v1/health": 404, "/openapi.json": 200 },
      hooksTake: 0,
    },
    {
      resources: ["xray-ticketing"],
      paths: { "/xray/api/v1/ticketing/jira-integrations": 401, "/xray/": 404, "/v1/health": 404, "/openapi.json": 200 },
      hooksTake: 0,
    },
    { resources: ["widgets"], paths: { "/v1/health": 404, "/openapi.json": 404, "/webhook/x": 404, "/live": 200 }, hooksTake: 0 },
  ])("serves what its own resources are: $resources", async ({ resources, paths, hooksTake }) => {
    const { port } = await serve(resources);

    const statuses = await Promise.all(Object.keys(paths).map(async (path) => [path, (await ask(port, path)).status]));

    expect(Object.fromEntries(statuses)).toEqual(paths);
    // Hooks take any path of one word that nothing else has.
    expect(taken).toHaveLength(hooksTake);
  });

  it("tells its own routes and no others, with the place where they begin", async () => {
    const { port } = await serve(["provisioning"], { prefix: "/hooks", publicUrl: "https://hooks.example.org/hooks" });

    const answer = await ask(port, "/hooks/openapi.json");

    const document = answer.json() as OpenApiDocument;
    expect(document.servers).toEqual([{ url: "https://hooks.example.org/hooks" }]);
    expect(Object.keys(document.paths)).toContain("/v1/{roomId}/connections");
    expect(Object.keys(document.paths).filter((path) => path.includes("webhook") || path === "/metrics")).toEqual([]);
  });

  it.each([
    { isUsedByRooms: true, status: 200 },
    { isUsedByRooms: false, status: 404 },
  ])("hears registered remotes where rooms may use them: $isUsedByRooms", async ({ isUsedByRooms, status }) => {
    const { port, remotes } = await serve(["webhooks"], { isUsedByRooms });
    const system = remotes.connectors.systemOf("jira") ?? expect.fail("Jira is no system");
    const params = { issue_tracker_server: "jira.example.org", issue_tracker_user: "ada", issue_tracker_pass: "p" };
    await remotes.connectors.create({ name: "main", system, inaccessible: false, params });
    await remotes.webhooks.secretOf({ key: "connector-1", url: "https://jira.example.org" });

    const paths = ["/jira/webhook/connector-1", "/jira/webhook/connector-2", "/jira/webhook/ticketing-1"];
    const statuses = await Promise.all(paths.map(async (path) => (await ask(port, path, { method: "POST", body: "{}" })).status));

    expect(statuses).toEqual([status, 404, 404]);
  });

  it("does not tell of services that are off", async () => {
    const { port } = await serve(["provisioning"]);

    const { paths } = (await ask(port, "/openapi.json")).json() as OpenApiDocument;

    expect(Object.keys(paths)).toContain("/v1/tracker/{name}/account");
    expect(Object.keys(paths)).not.toContain("/v1/forge/account");
  });
});
