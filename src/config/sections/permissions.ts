import { permissionLevels } from "../../core/permissions.js";
import type { SettingSchema } from "../setting-schema.js";

/** Who may do what (reference 1.8). */
export const permissions: SettingSchema = {
  type: "array",
  description:
    "Who may do what. Every entry that matches a person grants, none denies, and each level includes those before it. Without this section the users of `bridge.domain` are administrators.",
  items: {
    type: "object",
    properties: {
      actor: {
        type: "string",
        minLength: 1,
        description: 'A user id, a server name, the id of a room (its joined members), or "*" for everybody.',
      },
      services: {
        type: "array",
        description:
          "What the actor may do at which service, by level. commands: run commands in connected rooms; login: also invite the bot and store a token; notifications: also get personal notifications; manageConnections: also connect and disconnect rooms; admin: everything.",
        items: {
          type: "object",
          properties: {
            service: { type: "string", description: 'A service\'s name; absent or "*" means all.' },
            level: {
              type: "string",
              enum: permissionLevels,
              description: "The level; each includes those before it.",
            },
          },
          required: ["level"],
        },
      },
      targets: { deprecated: true, description: "Has no effect, as in Hookshot." },
    },
    required: ["actor", "services"],
  },
  examples: [
    [
      { actor: "example.org", services: [{ service: "*", level: "manageConnections" }] },
      { actor: "@admin:example.org", services: [{ level: "admin" }] },
    ],
  ],
};
