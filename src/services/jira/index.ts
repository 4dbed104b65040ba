import type { Service } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createJiraClient } from "./client.js";
import { createProjectKind } from "./kind-project.js";
import { authorizeProject, resolveProject } from "./resolve.js";
import { configSchema, type JiraConfig } from "./schema.js";
import { createSetupCommands } from "./setup-commands.js";
import { createJiraWebhook } from "./webhook.js";

/** Jira Cloud, Server and Data Center. Compiles its schemas, so it is made once. */
export function createJiraService(): Service<JiraConfig> {
  const renderer = createMarkdownRenderer();
  const client = createJiraClient();
  return {
    id: "jira",
    title: "Jira",
    configKey: "jira",
    permissionName: "jira",
    configSchema,
    kinds: [createProjectKind(renderer)],
    webhook: createJiraWebhook(),
    resolve: (input, context) => resolveProject(client, input, context),
    authorize: (input, context) => authorizeProject(client, input, context),
    setupCommands: createSetupCommands(client, renderer),
  } satisfies Service<JiraConfig>;
}
