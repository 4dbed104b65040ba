import type { SettingSchema } from "../setting-schema.js";

const namespace: SettingSchema = {
  type: "array",
  items: {
    type: "object",
    properties: { exclusive: { type: "boolean", default: false }, regex: { type: "string" } },
    required: ["regex"],
    additionalProperties: true,
  },
  default: [],
};

/** The registration file (Matrix application service API; reference 1.19). Its other keys are the homeserver's. */
export const registration: SettingSchema = {
  type: "object",
  properties: {
    id: { type: "string", minLength: 1 },
    as_token: { type: "string", minLength: 1, secret: true },
    hs_token: { type: "string", minLength: 1, secret: true },
    sender_localpart: { type: "string", minLength: 1 },
    url: { type: "string" },
    namespaces: {
      type: "object",
      properties: { users: namespace, aliases: namespace, rooms: namespace },
      additionalProperties: true,
      default: {},
    },
  },
  required: ["id", "as_token", "hs_token", "sender_localpart"],
  additionalProperties: true,
};
