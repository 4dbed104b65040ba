import { createControlRoutes } from "../../src/apis/control/routes.js";
import { createAppserviceRoutes } from "../../src/apis/appservice/routes.js";
import { matrixErrorBody } from "../../src/apis/appservice/errors.js";
import { createHealthRoutes, createMetricsRoutes } from "../../src/apis/health/routes.js";
import { createWebhookRoutes } from "../../src/apis/webhooks/routes.js";
import { PermissionError, ValidationError } from "../../src/core/errors.js";
import type { DeliveryId } from "../../src/core/ids.js";
import type { DeliveryDetail } from "../../src/core/ports/delivery-desk.js";
import type { ActiveService } from "../../src/core/service.js";
import { createListener } from "../../src/http/listener.js";
import type { ErrorBody, Route } from "../../src/http/route.js";
import { systemClock } from "../../src/shared/clock.js";
import { silentLog } from "../../src/shared/log.js";
import { createMetrics } from "../../src/shared/metrics.js";
import { systemRandom } from "../../src/shared/random.js";
import { Secret } from "../../src/shared/secret.js";
import { describeApiContract, isMatrixRefusal, type RunningApi } from "./api.js";
import { createMemoryLogins } from "../support/memory-logins.js";

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
    const options = { hsToken: new Secret("right"), intake, isOurUser: () => true, metrics: createMetrics(), log: silentLog() };
    // Rooms are all unknown to us: their rows answer 404 by contract, and have their own test.
    const routes = createAppserviceRoutes(options).filter(({ path }) => !path.endsWith("/rooms/:alias"));
    return serve(routes, matrixErrorBody);
  },
  samples: [
    { ...transaction, path: "/_matrix/app/v1/transactions/1" },
    { ...transaction, path: "/transactions/1" },
    { method: "POST", path: "/_matrix/app/v1/ping", headers, stranger, body: "{}", badJsonStatuses: [200] },
    { method: "GET", path: "/_matrix/app/v1/users/@bot:example.org", headers, stranger },
    { method: "GET", path: "/users/@bot:example.org", headers, stranger: { headers: {} } },
  ],
  isRefusal: isMatrixRefusal,
});

function fakeService(): ActiveService {
  const noRequests = { request: () => Promise.reject(new Error("no network")) };
  const change = (key: string) => ({ type: "del", key }) as const;
  return {
    service: {
      id: "fake",
      title: "Fake",
      configKey: "fake",
      permissionName: "fake",
      configSchema: {},
      kinds: [],
      webhook: {
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
      },
    },
    context: {
      config: {},
      http: noRequests,
      logins: createMemoryLogins(),
      store: { get: () => undefined, put: change, remove: change },
      now: () => 0,
    },
  };
}

describeApiContract("webhooks", {
  start: () => {
    const inbox = { accept: () => Promise.resolve("stored" as const) };
    return serve(createWebhookRoutes({ services: [fakeService()], inbox, metrics: createMetrics() }));
  },
  samples: [
    { method: "POST", path: "/fake/webhook?secret=right", body: '{"event":1}', stranger: { path: "/fake/webhook?secret=wrong" } },
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

describeApiContract("control", {
  start() {
    const give = (): Promise<DeliveryDetail> => Promise.resolve(delivery);
    return serve(createControlRoutes({ list: async () => ({ deliveries: [] }), show: give, replay: give, discard: give }));
  },
  samples: [
    { method: "GET", path: "/v1/deliveries" },
    { method: "GET", path: "/v1/deliveries/d1" },
    { method: "POST", path: "/v1/deliveries/d1/replay" },
    { method: "POST", path: "/v1/deliveries/d1/discard" },
  ],
  isRefusal: isMatrixRefusal,
});
