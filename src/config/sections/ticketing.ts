import type { SettingSchema } from "../setting-schema.js";

/** What scanners register to make tickets in. Ours: Hookshot has no such section. */
export const ticketing: SettingSchema = {
  type: "object",
  description:
    "The trackers in which scanners make tickets, as they are registered over the API of the listener resource `xray-ticketing`.",
  default: {},
  properties: {
    verifyConnection: {
      type: "boolean",
      default: true,
      description:
        "Whether a tracker is asked before it is stored, and when its status is asked for. With false anything that fits is stored, and counts as healthy.",
    },
  },
};
