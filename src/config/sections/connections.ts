import type { SettingSchema } from "../setting-schema.js";

/** Connections of the configuration instead of a room (reference 1.18). */
export const connections: SettingSchema = {
  type: "array",
  description: "Static connections. Lists of several files are joined. No service of this version has them yet: they have no effect.",
  default: [],
  deprecated: true,
  items: {
    type: "object",
    properties: {
      roomId: { type: "string", description: "The room." },
      connectionType: { type: "string", description: "The connection's state event type." },
      stateKey: { type: "string", description: "Its state key." },
      state: { type: "object", additionalProperties: true, description: "Its settings." },
    },
    required: ["roomId", "connectionType", "stateKey", "state"],
  },
};
