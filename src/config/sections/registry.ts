import type { SettingSchema } from "../setting-schema.js";

/** What rooms may do with remotes that were registered over APIs. Ours: Hookshot has no such section. */
export const registry: SettingSchema = {
  type: "object",
  description:
    "What rooms may do with the remote systems that were registered over APIs: connectors, Git integrations and the trackers of scanners.",
  default: {},
  properties: {
    chat: {
      type: "boolean",
      default: true,
      description:
        "Whether rooms may be connected through them: `!connect` finds what is registered. The account that was registered counts as consent: who has `manageConnections` may connect whatever it sees.",
    },
    commandsThroughCredential: {
      type: "boolean",
      default: false,
      description:
        "Lets people without a login of their own act through a registered account, by the commands of rooms: only in the projects that their room is connected to, and what is written names them.",
    },
    allow: {
      type: "array",
      description:
        "Narrows who may connect rooms through which of them, and act through their accounts. Unless given: everybody who may manage connections, through all.",
      items: {
        type: "object",
        properties: {
          actor: {
            type: "string",
            minLength: 1,
            description: "A user id, a server name, a room id (its members), or `*`.",
            examples: ["@alice:example.org"],
          },
          remotes: {
            type: "array",
            items: { type: "string", pattern: "^(\\*|(connector|integration|ticketing)/.+)$" },
            description:
              "What they may use: `<kind>/<name>`, `<kind>/#<id>`, `<kind>/*`, or `*` for all. Kinds are `connector`, `integration` and `ticketing`.",
            examples: [["connector/main"]],
          },
        },
        required: ["actor", "remotes"],
        additionalProperties: false,
      },
    },
  },
};
