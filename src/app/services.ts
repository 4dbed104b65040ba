import type { ServiceSection, UnbuiltService } from "../config/schema.js";
import type { RemoteService } from "../core/remote-service.js";
import type { Service } from "../core/service.js";
import { createAwsCodeCommitRemote } from "../services/aws-codecommit/index.js";
import { createAzureDevOpsRemote } from "../services/azure-devops/index.js";
import { createEchoService } from "../services/echo/index.js";
import { createGenericService } from "../services/generic/index.js";
import { createGenericOutboundService } from "../services/generic-outbound/index.js";
import { createGerritRemote } from "../services/gerrit/index.js";
import { createGitFolderRemote, type GitFolderOptions } from "../services/git-folder/index.js";
import { createGitHubService } from "../services/github/index.js";
import { createGitLabRemote } from "../services/gitlab/index.js";
import { createJiraService } from "../services/jira/index.js";
import { createRallyRemote } from "../services/rally/index.js";

/** The services in this build, one line each, in the order of help (reference 3.5). */
export const services: readonly Service<unknown>[] = [
  createGitHubService(),
  createJiraService(),
  createGenericService(),
  createGenericOutboundService(),
  createEchoService(),
];

/**
 * Those that can be registered as remotes, and whose rooms cannot be connected: they have no section, kinds or commands. Made with what they
 * need of the configuration.
 */
export function createRemoteServices(options: GitFolderOptions): readonly RemoteService[] {
  return [
    createGitLabRemote(),
    createAzureDevOpsRemote(),
    createRallyRemote(),
    createGerritRemote(),
    createAwsCodeCommitRemote(),
    createGitFolderRemote(options),
  ];
}

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
      ...(service.webhook?.devinfo === undefined ? {} : { devinfoName: service.id }),
      ...(service.environment === undefined ? {} : { environment: service.environment }),
      kinds,
      isEnabled: (section) => service.isEnabled?.(section) !== false,
    };
  });
}
