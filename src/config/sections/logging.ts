import type { SettingSchema } from "../setting-schema.js";

/** The log on standard output (reference 1.5). */
export const logging: SettingSchema = {
  type: "object",
  description: "The log, written to standard output.",
  default: {},
  properties: {
    level: {
      type: "string",
      enum: ["error", "warn", "info", "debug", "trace"],
      default: "info",
      description: "The least important kind of line that is written.",
    },
    json: { type: "boolean", default: false, description: "One JSON object a line, for a log collector." },
    colorize: { type: "boolean", default: false, description: "Colours for a terminal; without effect on JSON." },
    timestampFormat: {
      type: "string",
      default: "HH:mm:ss:SSS",
      description: "How the time is written, in tokens of the fecha library; without effect on JSON.",
    },
  },
};
