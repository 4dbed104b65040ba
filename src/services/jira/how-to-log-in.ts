import type { ServiceContext } from "../../core/service.js";
import { tokenCommand } from "./access.js";
import { takesTokens, type JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";

/** Without a key there is nothing that a login could be encrypted with. */
export const keyRemedy =
  "The administrator can set `storage.keyFile` (or `passFile`), or run `switchboard init`: without a key I cannot keep logins.";

/** What a person does to act as themselves at one of the instances; sentences for an answer. */
export function howToLogIn(instances: readonly JiraInstance[], { logins }: Pick<ServiceContext<JiraConfig>, "logins">): string {
  if (!logins.canKeep) return keyRemedy;
  const commands = instances.filter(takesTokens).map((instance) => `\`${tokenCommand(instance)}\` (${tokenKind(instance)})`);
  if (commands.length === 0) return "The administrator can add the Jira under `jira.instances`; then you can log in there.";
  return `Open a direct chat with me and type ${commands.join(" or ")}.`;
}

/** Where Jira gives out such a token. */
function tokenKind({ deployment }: JiraInstance): string {
  return deployment === "cloud"
    ? "an API token: Atlassian account > Security > API tokens"
    : "a personal access token: Jira > Profile > Personal Access Tokens";
}
