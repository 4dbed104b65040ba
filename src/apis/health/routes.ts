import type { Route } from "../../http/route.js";
import type { Metrics } from "../../shared/metrics.js";

/**
 * Probes, for every listener and the appservice port (reference 4.3).
 * @param isReady whether webhooks and transactions can be stored; whether the homeserver answers does not count
 */
export function createHealthRoutes(isReady: () => boolean): readonly Route[] {
  return [
    { method: "GET", path: "/live", handle: () => ({ status: 200, body: { ok: true } }) },
    {
      method: "GET",
      path: "/ready",
      handle() {
        const ready = isReady();
        return { status: ready ? 200 : 500, body: { ready } };
      },
    },
  ];
}

/** For listeners with the resource `metrics`, where the configuration switches metrics on. */
export function createMetricsRoutes(metrics: Pick<Metrics, "read">): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/metrics",
      async handle() {
        const { text, contentType } = await metrics.read();
        return { status: 200, headers: { "content-type": contentType }, body: text };
      },
    },
  ];
}
