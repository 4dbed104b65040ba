import type { SettingSchema } from "../setting-schema.js";

/** Bots of their own for single services (reference 1.3). */
export const serviceBots: SettingSchema = {
  type: "array",
  description:
    "Further bots, each for one service. In a room, a service's own bot goes before the main one. Their user ids must lie in the registration's `namespaces.users`.",
  default: [],
  items: {
    type: "object",
    properties: {
      localpart: { type: "string", minLength: 1, description: "What stands before the colon in its user id, without the @." },
      displayname: { type: "string", description: "Its name in rooms." },
      avatar: { type: "string", description: "An `mxc://` address or an image file." },
      prefix: { type: "string", minLength: 1, description: "What commands to it begin with." },
      service: { type: "string", minLength: 1, description: "The service that it serves, by its name in `permissions`." },
    },
    required: ["localpart", "prefix", "service"],
  },
};
