import type { SettingSchema } from "../setting-schema.js";

/** How we and the homeserver reach each other (reference 1.4). */
export const bridge: SettingSchema = {
  type: "object",
  description: "How Switchboard and the homeserver reach each other.",
  properties: {
    domain: {
      type: "string",
      minLength: 1,
      description: "The homeserver's server name: what stands after the colon in user ids.",
    },
    url: { type: "string", format: "http-url", description: "Where the homeserver's client-server API answers, as seen from here." },
    mediaUrl: {
      type: "string",
      format: "http-url",
      description: "Where people outside reach the homeserver's media; `url` unless given.",
      examples: ["https://matrix.example.org"],
    },
    port: {
      type: "integer",
      minimum: 0,
      maximum: 65535,
      description: "The port on which the homeserver reaches Switchboard; the registration's `url` names it too.",
    },
    bindAddress: { type: "string", minLength: 1, default: "127.0.0.1", description: "The address of that port." },
  },
  required: ["domain", "url", "port"],
  examples: [{ domain: "example.org", url: "http://localhost:8008", port: 9993, bindAddress: "127.0.0.1" }],
};
