import type { SettingSchema } from "../setting-schema.js";

/** What a listener can serve in this version; Hookshot's other names are accepted with a warning (reference 1.6). */
export const builtResources = [
  "webhooks",
  "metrics",
  "provisioning",
  "connectors",
  "git-integrations",
  "xray-ticketing",
  "devinfo",
] as const;

/** HTTP listeners for everybody but the homeserver (reference 1.6). */
export const listeners: SettingSchema = {
  type: "array",
  description:
    "Where the outside reaches Switchboard: webhooks, metrics, the APIs for programs, and the probes `/live` and `/ready`. Several resources may share a listener; put TLS in front with a reverse proxy.",
  items: {
    type: "object",
    properties: {
      port: { type: "integer", minimum: 0, maximum: 65535, description: "The TCP port." },
      bindAddress: { type: "string", minLength: 1, default: "127.0.0.1", description: "The address to listen on." },
      prefix: { type: "string", default: "", description: "Stands in front of every route of this listener, for example `/hooks`." },
      resources: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: `What is served here: ${builtResources.map((resource) => `\`${resource}\``).join(", ")}.`,
      },
      publicUrl: {
        type: "string",
        format: "http-url",
        description: "Where the outside finds this listener; links use it. Unless given, the request's scheme and host with `prefix`.",
      },
    },
    required: ["port"],
  },
  examples: [
    [
      { port: 9000, bindAddress: "0.0.0.0", resources: ["webhooks"] },
      { port: 9001, bindAddress: "127.0.0.1", resources: ["metrics"] },
    ],
  ],
};
