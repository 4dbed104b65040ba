import type { ServiceContext } from "../../core/service.js";
import { loginCommandOf, tokenCommand } from "./access.js";
import { instancesOf, takesTokens, type JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";
import { keyRemedy } from "../../vocabulary/key-remedy.js";

/** What a person does to act as themselves at one of the instances; sentences for an answer. The browser goes first: nothing is copied. */
export function howToLogIn(
  instances: readonly JiraInstance[],
  { logins, config }: Pick<ServiceContext<JiraConfig>, "logins" | "config">,
): string {
  if (!logins.canKeep) return keyRemedy;
  const commands = [...browserCommands(instances, config), ...tokenCommands(instances)];
  if (commands.length === 0) return "The administrator can add the Jira under `jira.instances`; then you can log in there.";
  return `Open a direct chat with me and type ${commands.join(" or ")}.`;
}

/** One for each login: that of Jira Cloud is good for all its sites. Where there is only one, nothing needs to be named. */
function browserCommands(instances: readonly JiraInstance[], config: JiraConfig): readonly string[] {
  const places = loginPlaces(instances);
  const [only, another] = loginPlaces(instancesOf(config));
  const isOnly = only !== undefined && another === undefined;
  return places.map((instance) => `\`${isOnly ? "jira login" : loginCommandOf(instance)}\` (with your browser)`);
}

/** The instances by whose names people can log in with a browser, one for each login that there is to have. */
export function loginPlaces(instances: readonly JiraInstance[]): readonly JiraInstance[] {
  const places = instances.filter(({ oauth }) => oauth !== undefined);
  return places.filter(({ oauth }, index) => places.findIndex((other) => other.oauth?.remote === oauth?.remote) === index);
}

function tokenCommands(instances: readonly JiraInstance[]): readonly string[] {
  return instances.filter(takesTokens).map((instance) => `\`${tokenCommand(instance)}\` (${tokenKind(instance)})`);
}

/** Where Jira gives out such a token. */
function tokenKind({ deployment }: JiraInstance): string {
  return deployment === "cloud"
    ? "an API token: Atlassian account > Security > API tokens"
    : "a personal access token: Jira > Profile > Personal Access Tokens";
}
