import type { DocumentTag } from "../../http/openapi-document.js";
import type { JsonSchema, Route } from "../../http/route.js";
import type { Metrics } from "../../shared/metrics.js";

export const healthTag: DocumentTag = {
  name: "Health",
  description: "Probes, on every listener and on the port of the homeserver; and metrics, on listeners with the resource `metrics`.",
};

function flagSchema(name: string): JsonSchema {
  return { type: "object", required: [name], properties: { [name]: { type: "boolean" } } };
}

/**
 * Probes, for every listener and the appservice port (reference 4.3).
 * @param isReady whether webhooks and transactions can be stored; whether the homeserver answers does not count
 */
export function createHealthRoutes(isReady: () => boolean): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/live",
      doc: {
        tag: healthTag.name,
        summary: "Tells that the process runs.",
        answers: { 200: { description: "It does.", schema: flagSchema("ok") } },
      },
      handle: () => ({ status: 200, body: { ok: true } }),
    },
    {
      method: "GET",
      path: "/ready",
      doc: {
        tag: healthTag.name,
        summary: "Tells whether webhooks and transactions can be stored. Whether the homeserver answers does not count.",
        answers: {
          200: { description: "They can.", schema: flagSchema("ready") },
          500: { description: "Not yet, or not any more.", schema: flagSchema("ready") },
        },
      },
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
      doc: {
        tag: healthTag.name,
        summary: "Metrics for Prometheus.",
        answers: { 200: { description: "In Prometheus' text format.", contentType: "text/plain" } },
      },
      async handle() {
        const { text, contentType } = await metrics.read();
        return { status: 200, headers: { "content-type": contentType }, body: text };
      },
    },
  ];
}
