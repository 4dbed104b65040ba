import type { Service } from "../../core/service.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createAccountCommands } from "./account-commands.js";
import { createAccountRoutes } from "./account-routes.js";
import { createAliases } from "./aliases.js";
import { authorizeRepository } from "./authorize-repository.js";
import { createRepositoryCommands } from "./commands.js";
import { repositoryKindId } from "./connect-rights.js";
import { issueKindId } from "./issue-room-state.js";
import { issueRoomTask } from "./issue-room-waiting.js";
import { createIssueReader } from "./issue-reader.js";
import { createRepositoryKind } from "./kind-repository.js";
import { labelTask } from "./labels.js";
import { repositoryListener } from "./listener.js";
import { createMarkupRenderer } from "./markup.js";
import { createNotificationCommands } from "./notification-commands.js";
import { createNotificationTask } from "./notifications.js";
import { createOAuthLogin } from "./oauth.js";
import { createRepositoryProvisioning } from "./provision-repository.js";
import { gitHubRemote } from "./remote-check.js";
import { gitHubRepositories } from "./repositories.js";
import { resolveRepository } from "./resolve.js";
import { createRoomAccountCommands } from "./room-account-commands.js";
import { authorizeIssue, authorizeRoom } from "./room-grants.js";
import { createRoomKinds } from "./room-kinds.js";
import { createRoomParts } from "./room-parts.js";
import { spaceTask } from "./room-spaces.js";
import { configSchema, withoutSection, type GitHubConfig } from "./schema.js";
import { createGitHubParts } from "./session.js";
import { gitHubSetUp } from "./set-up.js";
import { createSetupCommands } from "./setup-commands.js";
import { createTracker, findingKeys, trackerLink } from "./tracker.js";
import { createWebhookRegistration } from "./webhook-registration.js";
import { createGitHubWebhook } from "./webhook.js";

/** GitHub, in the cloud or as Enterprise Server. Compiles its schemas, so it is made once. */
export function createGitHubService(): Service<GitHubConfig> {
  const renderer = createMarkdownRenderer();
  const parts = createGitHubParts();
  const rooms = createRoomParts(parts);
  const webhooks = createWebhookRegistration(parts, renderer);
  const repositoryKind = createRepositoryKind({
    renderer,
    markup: createMarkupRenderer(),
    reader: createIssueReader(parts),
    commands: createRepositoryCommands(parts),
    listener: repositoryListener(parts, renderer),
    provisioning: createRepositoryProvisioning(parts),
  });
  return {
    id: "github",
    title: "GitHub",
    configKey: "github",
    permissionName: "github",
    configSchema,
    withoutSection,
    // Hookshot's (reference 1.2).
    environment: { GITHUB_PRIVATE_KEY_FILE: "auth.privateKeyFile", GITHUB_OAUTH_REDIRECT_URI: "oauth.redirect_uri" },
    kinds: [repositoryKind, ...createRoomKinds(rooms)],
    webhook: createGitHubWebhook(),
    resolve: (input, context) => resolveRepository({ ...parts, webhooks }, input, context),
    async authorize(input, context) {
      if (input.kindId === repositoryKindId) return authorizeRepository(parts, input, context);
      return input.kindId === issueKindId ? authorizeIssue(rooms, input, context) : authorizeRoom(input);
    },
    setupCommands: createSetupCommands(parts, renderer),
    setUp: gitHubSetUp,
    accountCommands: [...createAccountCommands(parts), ...createNotificationCommands(parts), ...createRoomAccountCommands(rooms)],
    remote: gitHubRemote,
    repositories: gitHubRepositories,
    oauth: createOAuthLogin(parts),
    accountRoutes: createAccountRoutes(parts),
    tasks: [labelTask, parts.app.task, spaceTask, issueRoomTask, createNotificationTask(parts, renderer)],
    aliases: createAliases(rooms),
    tracker: (access, context) => createTracker(parts.client, trackerLink(access, context, parts.pace)),
    findingKeys: (remoteUrl, project, { config }) => findingKeys(remoteUrl, project, config),
  } satisfies Service<GitHubConfig>;
}
