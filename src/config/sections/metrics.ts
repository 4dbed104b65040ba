import type { SettingSchema } from "../setting-schema.js";

/** Prometheus metrics (reference 1.3, 10). */
export const metrics: SettingSchema = {
  type: "object",
  description: "Prometheus metrics, on listeners with the resource `metrics`.",
  default: {},
  properties: {
    enabled: { type: "boolean", default: false, description: "Whether metrics are served." },
    port: {
      type: "integer",
      minimum: 0,
      maximum: 65535,
      deprecated: true,
      description: "Older form of a listener with the resource `metrics`.",
    },
    bindAddress: { type: "string", deprecated: true, description: "Address of that listener." },
  },
  examples: [{ enabled: true }],
};
