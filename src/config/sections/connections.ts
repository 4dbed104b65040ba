import type { SettingSchema } from "../setting-schema.js";

/** Connections of the configuration instead of a room (reference 1.18). */
export const connections: SettingSchema = {
  type: "array",
  description:
    "Static connections: they stand here instead of in a room, and nobody can change them from there. The bot has to be in the room already. Lists of several files are joined.",
  default: [],
  items: {
    type: "object",
    properties: {
      roomId: { type: "string", description: "The room." },
      connectionType: {
        type: "string",
        description: "The connection's state event type, for example `uk.half-shot.matrix-hookshot.generic.hook`.",
      },
      stateKey: { type: "string", description: "Its state key: the id in the address of a webhook." },
      state: { type: "object", additionalProperties: true, description: "Its settings." },
    },
    required: ["roomId", "connectionType", "stateKey", "state"],
  },
};

/** Hookshot's words for a field that is missing or of another type. */
export const fieldMistakes: Readonly<Record<string, string>> = {
  roomId: "is not a string",
  connectionType: "is not an string",
  stateKey: "is not an string",
  state: "is not an object",
};
