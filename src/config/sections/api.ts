import { apiScopes } from "../../core/api-scopes.js";
import type { SettingSchema } from "../setting-schema.js";

const knownScopes = apiScopes.map((scope) => `\`${scope}\``).join(", ");

const tokens: SettingSchema = {
  type: "array",
  description:
    "Programs that may call APIs, each with a token of its own. `switchboard token create` makes further ones while Switchboard runs, which do not stand here.",
  default: [],
  items: {
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, description: "What the program is called in the log. No two tokens have the same." },
      token: {
        type: "string",
        minLength: 1,
        secret: true,
        description:
          "What it sends as `Authorization: Bearer <token>`, or `Token <token>` to the connectors API. Long and random; make one with `openssl rand -hex 32`.",
      },
      scopes: {
        type: "array",
        items: { type: "string" },
        description: `The APIs that it may call, by the names of their listener resources: ${knownScopes}.`,
      },
      targets: {
        type: "array",
        items: { type: "string" },
        description:
          "Limits the scope `findings` to registered remotes: `connector/main`, `ticketing/#3`, `connector/*`. Without it all of them may be used.",
      },
      expires: {
        type: "string",
        description: "When the token ends, as `2027-01-31` or `2027-01-31T12:00:00Z`. Without it the token does not end by itself.",
      },
    },
    required: ["name", "token", "scopes"],
  },
  examples: [[{ name: "dimension", tokenFile: "./dimension-token", scopes: ["provisioning"] }]],
};

const admins: SettingSchema = {
  type: "array",
  description:
    "Administrators, who may call APIs with their name and password (HTTP Basic); the connectors API takes tokens alone. Each has a `password` or a `passwordHash`.",
  default: [],
  items: {
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, description: "The name, without a colon." },
      password: { type: "string", minLength: 1, secret: true, description: "The password itself." },
      passwordHash: {
        type: "string",
        secret: true,
        description: "What `switchboard hash-password` made of the password. Nobody can log in with what stands here.",
      },
    },
    required: ["name"],
  },
  examples: [[{ name: "admin", passwordHashFile: "./admin-password-hash" }]],
};

/** Who may call our APIs. Ours: Hookshot has no such section. */
export const api: SettingSchema = {
  type: "object",
  description: "Who may call Switchboard's APIs, beside whoever knows `provisioning.secret`.",
  default: {},
  properties: { tokens, admins },
};
