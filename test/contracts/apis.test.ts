import { createControlRoutes } from "../../src/apis/control/routes.js";
import { createTokenRoutes } from "../../src/apis/control/token-routes.js";
import { createAppserviceRoutes } from "../../src/apis/appservice/routes.js";
import { matrixErrorBody } from "../../src/apis/appservice/errors.js";
import { createConnectorRoutes } from "../../src/apis/connectors/routes.js";
import { createDevinfoRoutes } from "../../src/apis/devinfo/routes.js";
import { createGitIntegrationRoutes } from "../../src/apis/git-integrations/routes.js";
import { createHealthRoutes, createMetricsRoutes } from "../../src/apis/health/routes.js";
import { createWebhookRoutes } from "../../src/apis/webhooks/routes.js";
import { createTicketingRoutes } from "../../src/apis/xray-ticketing/routes.js";
import type { ShownToken } from "../../src/callers/token-desk.js";
import { PermissionError, ValidationError } from "../../src/core/errors.js";
import type { DeliveryId } from "../../src/core/ids.js";
import type { DeliveryDetail } from "../../src/core/ports/delivery-desk.js";
import type { ActiveService, Webhook } from "../../src/core/service.js";
import { createDocumentRoutes, documentsTag } from "../../src/http/document-routes.js";
import { createListener } from "../../src/http/listener.js";
import type { ErrorBody, Route } from "../../src/http/route.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { createMetrics } from "../../src/shared/metrics.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { describeApiContract, isMatrixRefusal, type RunningApi } from "./api.js";
import { connection } from "../support/bot-fakes.js";
import { ConnectorsRig, fitting, right as rightToken } from "../support/connectors-rig.js";
import { cloudId, DevinfoApiRig } from "../support/devinfo-api-rig.js";
import { bulk as submission, commit as devinfoCommit, repository as storedRepository } from "../support/devinfo-samples.js";
import { baseUrl as gitUrl, fitting as fittingGit, GitIntegrationsRig } from "../support/git-integrations-rig.js";
import { ProvisioningRig, right } from "../support/provisioning-rig.js";
import { createServiceContext } from "../support/service-context.js";
import { fitting as fittingIntegration, integrationsUrl, statusUrl, TicketingRig } from "../support/ticketing-rig.js";

async function serve(routes: readonly Route[], errorBody?: ErrorBody): Promise<RunningApi> {
  const shape = errorBody === undefined ? {} : { errorBody };
  const address = { bindAddress: "127.0.0.1", port: 0 };
  const listener = createListener({ ...address, ...shape, routes, log: silentLog(), clock: systemClock, random: systemRandom });
  const { port } = await listener.start();
  return { port, routes, stop: () => listener.stop() };
}

describeApiContract("health", {
  start: () => serve([...createHealthRoutes(() => true), ...createMetricsRoutes(createMetrics())]),
  samples: [
    { method: "GET", path: "/live" },
    { method: "GET", path: "/ready" },
    { method: "GET", path: "/metrics" },
  ],
  isRefusal: isMatrixRefusal,
});

const headers = { authorization: "Bearer right" };
const stranger = { headers: { authorization: "Bearer wrong" } };
const transaction = { method: "PUT", headers, stranger, body: '{"events":[]}', badJsonStatuses: [200] } as const;

describeApiContract("appservice", {
  start() {
    const intake = { take: () => Promise.resolve() };
    const known = { isOurUser: () => true, openRoom: () => Promise.resolve(true) };
    const routes = createAppserviceRoutes({ hsToken: new Secret("right"), intake, ...known, metrics: createMetrics(), log: silentLog() });
    return serve(routes, matrixErrorBody);
  },
  samples: [
    { ...transaction, path: "/_matrix/app/v1/transactions/1" },
    { ...transaction, path: "/transactions/1" },
    { method: "POST", path: "/_matrix/app/v1/ping", headers, stranger, body: "{}", badJsonStatuses: [200] },
    { method: "GET", path: "/_matrix/app/v1/users/@bot:example.org", headers, stranger },
    { method: "GET", path: "/users/@bot:example.org", headers, stranger: { headers: {} } },
    { method: "GET", path: "/_matrix/app/v1/rooms/%23room%3Aexample.org", headers, stranger },
    { method: "GET", path: "/rooms/%23room%3Aexample.org", headers, stranger: { headers: {} } },
  ],
  isRefusal: isMatrixRefusal,
});

/** A service that is called at a path of its own, and one whose hooks have theirs in the path. */
function fakeServices(): readonly ActiveService[] {
  const base = { title: "Fake", configKey: "fake", permissionName: "fake", configSchema: {}, kinds: [] };
  const called: Webhook<unknown> = {
    paths: ["/fake/webhook"],
    keptHeaders: [],
    recognises: () => true,
    verify({ query }) {
      if (query.get("secret") !== "right") throw new PermissionError("Invalid secret", "HS_BAD_TOKEN");
    },
    parse({ body }) {
      const payload: unknown = JSON.parse(body.toString());
      if (typeof payload !== "object" || payload === null || !("event" in payload)) throw new ValidationError("Missing event in body");
      return { events: [] };
    },
  };
  const hooks: Webhook<unknown> = {
    paths: ["/hooks/:id", "/:id"],
    methods: "all",
    maxBodyBytes: () => 1_000,
    keptHeaders: [],
    recognises: () => false,
    async verify({ params }) {
      if (params["id"] !== "known") throw new PermissionError("Invalid id", "HS_BAD_TOKEN");
    },
    parse: (stored, context) => called.parse(stored, context),
    doc: { description: "Hooks.", methods: ["PUT"], answers: { 202: "Stored.", 400: "Unreadable.", 401: "Unknown." } },
    answer: () => ({ status: 202, body: { ok: true } }),
  };
  const context = createServiceContext<unknown>({});
  return [
    { service: { ...base, id: "fake", webhook: called }, context },
    { service: { ...base, id: "hooks", webhook: hooks }, context },
  ];
}

describeApiContract("webhooks", {
  start: () => {
    const inbox = {
      accept: () => Promise.resolve("stored" as const),
      acceptAndWatch: () =>
        Promise.resolve({ kind: "stored" as const, outcome: () => Promise.resolve({ kind: "waiting" as const }), end: () => undefined }),
    };
    return serve(createWebhookRoutes({ services: fakeServices(), inbox, metrics: createMetrics(), findRemote: async () => undefined }));
  },
  samples: [
    { method: "POST", path: "/fake/webhook?secret=right", body: '{"event":1}', stranger: { path: "/fake/webhook?secret=wrong" } },
    { method: "PUT", path: "/hooks/known", body: '{"event":1}', stranger: { path: "/hooks/unknown" } },
    { method: "POST", path: "/known", body: '{"event":1}', stranger: { path: "/unknown" } },
    { method: "POST", path: "/?secret=right", body: '{"event":1}', stranger: { path: "/" } },
  ],
  isRefusal: isMatrixRefusal,
});

const delivery: DeliveryDetail = {
  // Any text is an id here.
  id: "d1" as DeliveryId,
  roomId: "!room:example.org",
  state: "sent",
  source: { kind: "notice", about: "x" },
  acceptedAt: 0,
  attempts: 0,
  messages: [],
  eventIds: [],
};

const token: ShownToken = { id: "t1", name: "ci", scopes: [], createdAt: 0 };

describeApiContract("control", {
  start() {
    const give = (): Promise<DeliveryDetail> => Promise.resolve(delivery);
    const desk = { list: async () => ({ deliveries: [] }), show: give, replay: give, discard: give };
    const tokens = { list: async () => [token], create: async () => ({ ...token, token: "made" }), revoke: async () => token };
    return serve([...createControlRoutes(desk), ...createTokenRoutes(tokens)]);
  },
  samples: [
    { method: "GET", path: "/v1/deliveries" },
    { method: "GET", path: "/v1/deliveries/d1" },
    { method: "POST", path: "/v1/deliveries/d1/replay" },
    { method: "POST", path: "/v1/deliveries/d1/discard" },
    { method: "GET", path: "/v1/tokens" },
    { method: "POST", path: "/v1/tokens", body: '{"name":"ci","scopes":[]}' },
    { method: "POST", path: "/v1/tokens/t1/revoke" },
  ],
  refusesUnknown: true,
  isRefusal: isMatrixRefusal,
});

const strangers = ["Bearer wrong", "Bearer other", "Bearer ", "Basic cmlnaHQ6cmlnaHQ=", "right"].map((authorization) => ({
  headers: { authorization },
}));
const call = { headers: right, stranger: { headers: {} }, strangers };
const connections = "/v1/!room:example.org/connections";
const user = "?userId=@alice:example.org";
const project = connection("PLAY");

describeApiContract("provisioning", {
  async start() {
    const rig = new ProvisioningRig();
    rig.disabledServices = [];
    rig.operations.connections = [project];
    // What is deleted can be deleted again.
    rig.operations.disconnect = () => Promise.resolve();
    return { port: await rig.start(), routes: rig.routes(), stop: () => rig.stop() };
  },
  samples: [
    { method: "GET", path: "/v1/health" },
    { ...call, method: "GET", path: "/v1/connectiontypes" },
    { ...call, method: "GET", path: connections + user },
    { ...call, method: "GET", path: `${connections}/${project.id}${user}` },
    { ...call, method: "PUT", path: `${connections}/${project.eventType}${user}`, body: '{"url":"https://tracker.example/PLAY"}' },
    { ...call, method: "PATCH", path: `${connections}/${project.id}${user}`, body: "{}" },
    { ...call, method: "DELETE", path: `${connections}/${project.id}${user}` },
    { ...call, method: "GET", path: `/v1/tracker/main/account${user}` },
  ],
  isRefusal: isMatrixRefusal,
});

const tokenCall = {
  headers: rightToken,
  stranger: { headers: {} },
  strangers: ["Token wrong", "Token other", "Token ", "Bearer right", "right"].map((authorization) => ({ headers: { authorization } })),
};
const findingsReport = JSON.stringify({
  ...{ target: "connector/main", project: "PLAY", scanner: "trivy" },
  findings: [{ fingerprint: "a", title: "A", state: "open" }],
});
const trackers = "/api/v2/connectors/issue-tracker";

describeApiContract("connectors", {
  async start() {
    const rig = new ConnectorsRig();
    await rig.register("a");
    // What is removed can be removed again, and a name can be given again.
    const options = rig.options();
    const { connectors } = rig;
    let made = 0;
    const routes = createConnectorRoutes({
      ...options,
      connectors: {
        list: () => connectors.list(),
        get: (id) => connectors.get(id),
        create: (draft) => connectors.create({ ...draft, name: `${draft.name} ${(made += 1)}` }),
        change: (id, edit) => connectors.change(id, edit),
        remove: (id) => connectors.get(id),
        test: (draft) => connectors.test(draft),
        systemOf: (id) => connectors.systemOf(id),
        findProblems: (params, system) => connectors.findProblems(params, system),
        isNameTaken: (name, exceptId) => connectors.isNameTaken(name, exceptId),
      },
    });
    const api = await serve(routes);
    return { ...api, stop: () => Promise.all([api.stop(), rig.stop()]).then(() => undefined) };
  },
  samples: [
    { ...tokenCall, method: "GET", path: `${trackers}?page_size=1` },
    { ...tokenCall, method: "GET", path: `${trackers}/1` },
    { ...tokenCall, method: "POST", path: trackers, body: JSON.stringify({ ...fitting, name: "b" }) },
    { ...tokenCall, method: "PATCH", path: `${trackers}/1`, body: '{"inaccessible":true}' },
    { ...tokenCall, method: "DELETE", path: `${trackers}/1` },
    { ...tokenCall, method: "POST", path: "/api/v2/connectors/test-issue-tracker", body: JSON.stringify(fitting) },
    { ...tokenCall, method: "GET", path: "/api/v2/users/me" },
    {
      ...{ ...tokenCall, strangers: [...tokenCall.strangers, { headers: rightToken }] },
      ...{ headers: { authorization: "Token scan" }, method: "POST", path: "/api/v2/findings", body: findingsReport },
    },
  ],
  isRefusal: (body) => isMatrixRefusal(body) || isFieldRefusal(body),
});

/** `detail`, or what is wrong by field. */
function isFieldRefusal(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  return "detail" in body ? typeof body.detail === "string" : Object.values(body).every((errors) => typeof errors === "object");
}

const integration = JSON.stringify(fittingIntegration("https://tracker.example", { connection_name: "a" }));

describeApiContract("ticketing", {
  async start() {
    const rig = new TicketingRig({ verifiesConnections: false });
    await rig.create(fittingIntegration("https://tracker.example", { connection_name: "a" }));
    // As above.
    const { integrations } = rig;
    let made = 0;
    const routes = createTicketingRoutes({
      ...rig.options(),
      integrations: {
        list: () => integrations.list(),
        find: (name) => integrations.find(name),
        create: (draft) => integrations.create({ ...draft, name: `${draft.name} ${(made += 1)}` }),
        update: (name, patch) => integrations.update(name, patch),
        remove: async (name) => (await integrations.find(name)) !== undefined,
        check: (name) => integrations.check(name),
      },
    });
    const api = await serve(routes);
    return { ...api, stop: () => Promise.all([api.stop(), rig.stop()]).then(() => undefined) };
  },
  samples: [
    { ...call, method: "GET", path: integrationsUrl },
    { ...call, method: "POST", path: integrationsUrl, body: integration },
    { ...call, method: "PUT", path: integrationsUrl, body: '{"connection_name":"a"}' },
    { ...call, method: "GET", path: `${integrationsUrl}/a` },
    { ...call, method: "GET", path: `${integrationsUrl}/a/details` },
    { ...call, method: "PUT", path: `${integrationsUrl}/a`, body: '{"skip_proxy":true}' },
    { ...call, method: "DELETE", path: `${integrationsUrl}/a` },
    { ...call, method: "GET", path: `${statusUrl}?integrationName=a` },
  ],
  isRefusal: (body) => typeof body === "object" && body !== null && "error" in body && typeof body.error === "string",
});

const jsonCall = { ...call, headers: { ...right, "content-type": "application/json" } };

describeApiContract("git integrations", {
  async start() {
    const rig = new GitIntegrationsRig();
    await rig.create();
    rig.repositories.onProgress = () => ({ threadId: "t", isFinished: true, perRepository: {}, errors: {}, percent: 100 });
    // As above.
    const { integrations } = rig;
    const routes = createGitIntegrationRoutes({
      ...rig.options(),
      integrations: {
        all: () => integrations.all(),
        find: (id) => integrations.find(id),
        create: (sent) => integrations.create(sent),
        change: (id, sent) => integrations.change(id, sent),
        remove: (id) => integrations.find(id),
      },
    });
    const api = await serve(routes);
    return { ...api, stop: () => Promise.all([api.stop(), rig.stop()]).then(() => undefined) };
  },
  samples: [
    ...["", ".json"].flatMap((end) => [
      { ...call, method: "GET", path: `${gitUrl}/integration${end}` } as const,
      { ...jsonCall, method: "POST", path: `${gitUrl}/integration${end}`, body: JSON.stringify(fittingGit) } as const,
      { ...call, method: "PUT", path: `${gitUrl}/repository/1/disable${end}?disable=true` } as const,
      { ...call, method: "GET", path: `${gitUrl}/repository${end}?all` } as const,
      { ...jsonCall, method: "POST", path: `/rest/gitplugin/2.0/reindex${end}`, body: '{"priority":1}' } as const,
    ]),
    { ...call, method: "GET", path: `${gitUrl}/integration/1` },
    { ...jsonCall, method: "PUT", path: `${gitUrl}/integration/1`, body: '{"disabled":true}' },
    { ...call, method: "DELETE", path: `${gitUrl}/integration/1` },
    { ...call, method: "GET", path: `${gitUrl}/index.json` },
  ],
  isRefusal: (body) =>
    isMatrixRefusal(body) || (typeof body === "object" && body !== null && "success" in body && "error" in body && "advice" in body),
});

const devinfoCall = { headers: { authorization: "Bearer all" }, stranger: { headers: { authorization: "Bearer wrong" } } };
const devinfoBody = JSON.stringify(
  submission([storedRepository("r1", 10, { commits: [devinfoCommit("c1", 10)] })], { properties: { a: "1" } }),
);
/** By the place of the API, what stands for `devinfo` in it. */
const devinfoPlaces = [
  (api: string, version: string) => `/rest/${api}/${version}`,
  (api: string) => `/jira/${api}/0.1/cloud/${cloudId}`,
  (api: string, version: string) => `/ex/jira/${cloudId}/rest/${api}/${version}`,
];

describeApiContract("devinfo", {
  async start() {
    const rig = new DevinfoApiRig();
    await rig.call("POST", "/rest/devinfo/0.10/bulk", { body: devinfoBody });
    // As above.
    const { devinfo } = rig;
    const routes = createDevinfoRoutes({
      ...rig.options(),
      devinfo: {
        record: (sent, about) => devinfo.record(sent, about),
        readRepository: (provider, id) => devinfo.readRepository(provider, id),
        existsByProperties: (...asked) => devinfo.existsByProperties(...asked),
        deleteRepository: async () => undefined,
        deleteEntity: async () => undefined,
        deleteByProperties: async () => undefined,
      },
    });
    const api = await serve(routes);
    return { ...api, stop: () => Promise.all([api.stop(), rig.stop()]).then(() => undefined) };
  },
  samples: [
    ...devinfoPlaces.flatMap((place) => {
      const base = place("devinfo", "0.10");
      return [
        { ...devinfoCall, method: "POST", path: `${base}/bulk`, body: devinfoBody } as const,
        { ...devinfoCall, method: "GET", path: `${base}/repository/r1` } as const,
        { ...devinfoCall, method: "DELETE", path: `${base}/repository/r1?_updateSequenceId=5` } as const,
        { ...devinfoCall, method: "DELETE", path: `${base}/repository/r1/commit/c1` } as const,
        { ...devinfoCall, method: "DELETE", path: `${base}/bulkByProperties?a=1` } as const,
        { ...devinfoCall, method: "GET", path: `${base}/existsByProperties?a=1` } as const,
        ...["builds", "deployments"].flatMap((api) => [
          { ...devinfoCall, method: "POST", path: `${place(api, "0.1")}/bulk` } as const,
          { ...devinfoCall, method: "DELETE", path: `${place(api, "0.1")}/bulkByProperties?a=1` } as const,
        ]),
      ];
    }),
    { method: "GET", path: "/_edge/tenant_info" },
    { method: "GET", path: "/status" },
  ],
  isRefusal: (body) => isMatrixRefusal(body) || (typeof body === "object" && body !== null && "errorMessages" in body),
});

describeApiContract("documents", {
  start: () => serve(createDocumentRoutes({ routes: [], tags: [documentsTag], version: "1.2.3" })),
  samples: [
    { method: "GET", path: "/openapi.json" },
    { method: "GET", path: "/openapi" },
  ],
  isRefusal: isMatrixRefusal,
});
