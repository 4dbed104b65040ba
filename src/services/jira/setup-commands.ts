import type { Connection } from "../../core/connection.js";
import { PermissionError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { ServiceContext, SetupAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { instancesAt, instancesOf, type JiraInstance } from "./instances.js";
import { learn, lookableFor, lookUp, targetOf, type Found, type Lookable } from "./look-up.js";
import { parseProjectUrl, projectOfState, projectUrl, type ProjectAddress } from "./project-url.js";
import { invalidProjectUrl } from "./resolve.js";
import type { JiraConfig } from "./schema.js";
import type { JiraParts } from "./parts.js";

// Hookshot's answers, word for word (reference 3.2, 3.5 and 5.3).
const notLoggedIn = "You are not logged into Jira. Start a DM with this bot and use the command `jira login`.";
const listLead = "Currently connected to these JIRA projects:";
const emptyList = "Not connected to any JIRA projects";
const projectNotFound = "Requested project was not found";

type Values = Readonly<Record<string, string | undefined>>;
type Context = ServiceContext<JiraConfig>;

/** Hookshot's set-up commands for Jira. Where a person has no login of their own, an instance's credential takes its place. */
export function createSetupCommands(parts: JiraParts, renderer: MarkdownRenderer): readonly SetupCommand<JiraConfig>[] {
  const url = { name: "url", required: true };
  return [
    {
      name: "jira project",
      arguments: [url],
      help: "Create a connection for a JIRA project. (You must be logged in with JIRA to do this.)",
      effect: "change",
      run: (values, setup, context) => connectProject(parts, values, setup, context),
    },
    {
      name: "jira list project",
      arguments: [],
      help: "Show JIRA projects currently connected to.",
      effect: "read",
      run: async (_values, setup) => listProjects(await setup.connections(), renderer),
    },
    {
      name: "jira remove project",
      arguments: [url],
      help: "Remove a connection for a JIRA project.",
      effect: "change",
      run: async (values, setup, context) => describeRemoval(await removeProject(parts, values, setup, context), renderer),
    },
  ];
}

async function connectProject(parts: JiraParts, values: Values, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  const address = await readAddress(parts, values, setup, context);
  const wanted = {
    instances: instancesAt(instancesOf(context.config), address.url),
    isWanted: (site: JiraInstance) => instancesAt([site], address.url).length > 0,
  };
  const [lookable] = await lookableFor(parts, wanted, setup.actor, context);
  if (lookable === undefined) throw new PermissionError(notLoggedIn);
  const found = await findProject(parts, lookable, address.key, context);
  const target = targetOf(found);
  await setup.connect(target, learn(found, context));
  return { body: `Room configured to bridge Jira project ${target.name}.` };
}

async function findProject(parts: JiraParts, lookable: Lookable, key: string, context: Context): Promise<Found> {
  const answer = await lookUp(parts, lookable, key, context);
  if (answer.kind === "found") return answer;
  if (answer.kind === "missing") throw new ValidationError(projectNotFound);
  // Not a RemoteError: that would make the command wait and run again, and the person wait for an answer.
  throw new SwitchboardError("HS_REMOTE_ERROR", answer.error.message, { cause: answer.error });
}

function listProjects(connections: readonly Connection[], renderer: MarkdownRenderer): SetupAnswer {
  const urls = connections.map(({ state, stateKey }) => (typeof state["url"] === "string" ? state["url"] : stateKey));
  if (urls.length === 0) return answer(emptyList, markdown`${emptyList}`, renderer);
  const items = urls.map((url) => markdown` - ${url}`);
  const source = joinMarkdown([{ text: listLead, source: listLead }, ...items], "\n");
  // Hookshot's body is the text form of its HTML: a blank line, then ` * ` before each item.
  return answer([listLead, "", ...urls.map((url) => ` * ${url}`)].join("\n"), source, renderer);
}

/** @returns the address of the project that the room is no longer connected to */
async function removeProject(parts: JiraParts, values: Values, setup: SetupOperations, context: Context): Promise<string> {
  const address = await readAddress(parts, values, setup, context);
  const connections = (await setup.connections()).filter((connection) => isOf(connection, address));
  const url = safeUrl(address, context);
  // Hookshot says "Feed" here, too.
  if (connections.length === 0) throw new ValidationError(`Feed "${url}" is not currently bridged to this room`);
  for (const connection of connections) await setup.disconnect(connection);
  return url;
}

function describeRemoval(url: string, renderer: MarkdownRenderer): SetupAnswer {
  return answer(`Room no longer bridged to Jira project ${url}.`, markdown`Room no longer bridged to Jira project ${url}.`, renderer);
}

/** @throws PermissionError without any account (before the address is judged, as in Hookshot), ValidationError for another address */
async function readAddress(parts: JiraParts, values: Values, { actor }: SetupOperations, context: Context): Promise<ProjectAddress> {
  const usable = await lookableFor(parts, { instances: instancesOf(context.config), isWanted: () => true }, actor, context);
  if (usable.length === 0) throw new PermissionError(notLoggedIn);
  const address = parseProjectUrl(values["url"] ?? "");
  if (address === undefined) throw new ValidationError(invalidProjectUrl);
  return address;
}

function isOf({ state }: Connection, address: ProjectAddress): boolean {
  const project = projectOfState(state["url"]);
  return project !== undefined && project.key === address.key && project.url.host === address.url.host;
}

function safeUrl({ url, key }: ProjectAddress, { config }: Context): string {
  const [instance] = instancesAt(instancesOf(config), url);
  return projectUrl(instance?.url ?? url.origin, key);
}

function answer(body: string, source: Markdown, renderer: MarkdownRenderer): SetupAnswer {
  return { body, html: renderer.block(source) };
}
