import type { ServiceSection, UnbuiltService } from "../config/schema.js";
import type { Service } from "../core/service.js";
import { createJiraService } from "../services/jira/index.js";

/** The services in this build, one line each. */
export const services: readonly Service<unknown>[] = [createJiraService()];

/** Hookshot's services that this build lacks: their sections are accepted, and commands that name them say so. */
export const otherServices: readonly UnbuiltService[] = [
  { configKey: "github", permissionName: "github", title: "GitHub" },
  { configKey: "gitlab", permissionName: "gitlab", title: "GitLab" },
  {
    configKey: "generic",
    permissionName: "generic",
    title: "Inbound webhooks",
    aliases: ["webhooks", "webhook"],
    isEnabled: (section) => section["enabled"] !== false,
  },
  {
    configKey: "generic",
    permissionName: "genericOutbound",
    title: "Outbound webhooks",
    isEnabled: (section) => section["outbound"] === true,
  },
  { configKey: "feeds", permissionName: "feeds", title: "Feeds", aliases: ["feed"], isEnabled: (section) => section["enabled"] === true },
  { configKey: "figma", permissionName: "figma", title: "Figma" },
  { configKey: "openProject", permissionName: "openproject", title: "OpenProject", aliases: ["openProject"] },
  {
    configKey: "challengeHound",
    permissionName: "challengehound",
    title: "ChallengeHound",
    // Hookshot's command has the second spelling.
    aliases: ["challengeHound", "challenghound"],
  },
];

/** What the configuration loader needs of the services in this build. */
export function serviceSections(): readonly ServiceSection[] {
  return services.map(({ configKey, permissionName, title, configSchema }) => ({ configKey, permissionName, title, schema: configSchema }));
}
