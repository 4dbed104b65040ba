import type { SettingSchema } from "../setting-schema.js";

/** The data folder. Ours: Hookshot has no such section. */
export const storage: SettingSchema = {
  type: "object",
  description: "Where Switchboard keeps what it was handed, so that nothing is lost when it or the homeserver is down.",
  default: {},
  properties: {
    path: {
      type: "string",
      minLength: 1,
      default: "./data",
      description: "The data folder, relative to the working folder. It belongs to one running Switchboard.",
    },
    keepDeliveries: {
      type: "object",
      description: "How long finished deliveries can be looked at and replayed. What still waits is never removed.",
      default: {},
      properties: {
        days: { type: "number", minimum: 0, default: 7, description: "For this many days." },
        count: { type: "integer", minimum: 0, default: 100_000, description: "And at most this many." },
      },
    },
  },
};
