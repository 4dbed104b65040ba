import { afterEach, describe, expect, it } from "vitest";
import { ask } from "../../../test/support/ask.js";
import { createListener, type Listener } from "../../http/listener.js";
import type { Route } from "../../http/route.js";
import { systemClock } from "../../shared/clock.js";
import { silentLog } from "../../shared/log.js";
import { createMetrics } from "../../shared/metrics.js";
import { systemRandom } from "../../shared/random.js";
import { createHealthRoutes, createMetricsRoutes } from "./routes.js";

const started: Listener[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

async function serve(routes: readonly Route[]): Promise<number> {
  const options = { bindAddress: "127.0.0.1", port: 0, log: silentLog(), clock: systemClock, random: systemRandom };
  const listener = createListener({ ...options, routes });
  started.push(listener);
  return (await listener.start()).port;
}

describe("the probes", () => {
  it("say that the process lives", async () => {
    const answer = await ask(await serve(createHealthRoutes(() => false)), "/live");

    expect([answer.status, answer.json()]).toEqual([200, { ok: true }]);
  });

  it("say whether it can store, each time anew", async () => {
    let isReady = false;
    const port = await serve(createHealthRoutes(() => isReady));
    const before = await ask(port, "/ready");

    isReady = true;
    const after = await ask(port, "/ready");

    expect([before.status, before.json()]).toEqual([500, { ready: false }]);
    expect([after.status, after.json()]).toEqual([200, { ready: true }]);
  });
});

describe("the metrics route", () => {
  it("gives the text that Prometheus reads", async () => {
    const metrics = createMetrics();
    metrics.appserviceEvents.inc();

    const answer = await ask(await serve(createMetricsRoutes(metrics)), "/metrics");

    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    expect(answer.text).toContain("matrix_appservice_events 1");
  });
});
