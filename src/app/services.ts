import type { ServiceSection, UnbuiltService } from "../config/schema.js";
import type { Service } from "../core/service.js";
import { createEchoService } from "../services/echo/index.js";
import { createGenericService } from "../services/generic/index.js";
import { createGenericOutboundService } from "../services/generic-outbound/index.js";
import { createGitHubService } from "../services/github/index.js";
import { createJiraService } from "../services/jira/index.js";

/** The services in this build, one line each, in the order of help (reference 3.5). */
export const services: readonly Service<unknown>[] = [
  createGitHubService(),
  createJiraService(),
  createGenericService(),
  createGenericOutboundService(),
  createEchoService(),
];

/** Hookshot's services that this build lacks: their sections are accepted, and commands that name them say so. */
export const otherServices: readonly UnbuiltService[] = [
  { configKey: "gitlab", permissionName: "gitlab", title: "GitLab" },
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
  return services.map((service) => {
    const { configKey, permissionName, title, configSchema, kinds } = service;
    return {
      configKey,
      permissionName,
      title,
      schema: configSchema,
      ...(service.words === undefined ? {} : { aliases: service.words }),
      ...(service.environment === undefined ? {} : { environment: service.environment }),
      kinds,
      isEnabled: (section) => service.isEnabled?.(section) !== false,
    };
  });
}
