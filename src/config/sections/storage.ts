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
    keyFile: {
      type: "string",
      minLength: 1,
      description:
        "The key under which people's logins, what they type, and what is registered over APIs, are encrypted in the data folder: a file of 32 random bytes, with mode 0600, outside `path`. Without it the key is made from `passFile`; without either, people cannot store logins, and nothing can be registered. Keep a copy of it apart from copies of the data: without the key what it encrypted cannot be read.",
      examples: ["./switchboard.key"],
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
