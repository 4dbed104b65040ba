import type { Service } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { completeAccess } from "./access.js";
import { createAccountCommands } from "./account-commands.js";
import { createAccountRoutes } from "./account-routes.js";
import { createJiraClient } from "./client.js";
import { createCommands } from "./commands.js";
import { createCommitAuthors } from "./commit-authors.js";
import { createIssueKeys } from "./issue-keys.js";
import { createProjectKind } from "./kind-project.js";
import { createJiraOauth } from "./oauth.js";
import { createLoginBook } from "./personal-login.js";
import { createProjectProvisioning } from "./provision-project.js";
import { jiraRemote } from "./remote-check.js";
import { authorizeProject, resolveProject } from "./resolve.js";
import { keyRoutingKey } from "./routing-keys.js";
import { configSchema, type JiraConfig } from "./schema.js";
import { jiraSetUp } from "./set-up.js";
import { createSetupCommands } from "./setup-commands.js";
import { createSmartCommits } from "./smart-commits.js";
import { createTracker } from "./tracker.js";
import { createJiraWebhook } from "./webhook.js";
import { createWebhookRegistration } from "./webhook-registration.js";
import { withoutSection } from "./without-section.js";

/** Jira Cloud, Server and Data Center. Compiles its schemas, so it is made once. */
export function createJiraService(): Service<JiraConfig> {
  const renderer = createMarkdownRenderer();
  const basics = { client: createJiraClient(), logins: createLoginBook() };
  const parts = { ...basics, authors: createCommitAuthors(basics), webhooks: createWebhookRegistration(renderer) };
  const issueKeys = createIssueKeys(parts);
  return {
    id: "jira",
    title: "Jira",
    configKey: "jira",
    permissionName: "jira",
    configSchema,
    kinds: [createProjectKind(renderer, createCommands(parts), createProjectProvisioning(parts), issueKeys)],
    webhook: createJiraWebhook(),
    resolve: (input, context) => resolveProject(parts, input, context),
    authorize: (input, context) => authorizeProject(parts, input, context),
    setupCommands: createSetupCommands(parts, renderer),
    withoutSection,
    setUp: jiraSetUp,
    accountCommands: createAccountCommands(parts),
    remote: jiraRemote,
    oauth: createJiraOauth(parts),
    accountRoutes: createAccountRoutes(parts),
    tracker: (access, { config, http }) =>
      createTracker(parts.client, { http: access.http ?? http, access: completeAccess(access, config) }),
    smartCommits: createSmartCommits(parts, issueKeys),
    findingKeys: (remoteUrl, project) => [keyRoutingKey(new URL(remoteUrl).host, project)],
  } satisfies Service<JiraConfig>;
}
