import type { SettingSchema } from "../setting-schema.js";

/** Requests to addresses that people type. Ours: Hookshot has no such section. */
export const outbound: SettingSchema = {
  type: "object",
  description:
    "Requests to addresses that people type in rooms, such as the targets of outbound hooks, or that programs register over APIs. Those that the configuration itself names are not concerned.",
  default: {},
  properties: {
    allow: {
      type: "array",
      items: { type: "string", minLength: 1 },
      default: [],
      description:
        "Private targets that may be asked all the same: addresses, ranges such as `10.0.0.0/8`, and host names. Everything that is not on the public internet is refused otherwise.",
      examples: [["10.20.0.0/16", "builds.internal"]],
    },
    proxy: {
      type: "string",
      format: "http-url",
      secret: true,
      description:
        "An HTTP proxy that these requests take, for example `http://proxy.internal:3128`; it has to allow CONNECT to the ports in question. It is asked for addresses, never for names.",
      examples: ["http://proxy.internal:3128"],
    },
  },
};
