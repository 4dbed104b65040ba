import type { SettingSchema } from "../setting-schema.js";

/** The git repositories that are read. Ours: Hookshot has no such section. */
export const repositories: SettingSchema = {
  type: "object",
  description: "The git repositories of registered Git integrations, whose commits, branches and pull requests are read.",
  default: {},
  properties: {
    trackedFolders: {
      type: "array",
      items: { type: "string", pattern: "^/" },
      default: [],
      description:
        "Absolute folders on this machine below which Git integrations of the type FILESPACE may read. Unless one is named, such an integration can be registered, and nothing is read.",
      examples: [["/srv/git"]],
    },
  },
};
