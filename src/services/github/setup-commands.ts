import type { Connection } from "../../core/connection.js";
import { PermissionError, RemoteError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { ServiceContext, SetupAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { parseHttpUrl } from "../../shared/url.js";
import type { GitHubLink } from "./access.js";
import { checkMayConnect, presentName, repositoryKindId, targetOf } from "./connect-rights.js";
import { noSection } from "./no-section.js";
import { isSameRepository, nameOf, parseRepository, repositoryOfState, repositoryUrl, type RepositoryName } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, type GitHubParts } from "./session.js";
import { siteOf, type GitHubSite } from "./site.js";
import { siteOfState } from "./state-site.js";

// Hookshot's answers, word for word (reference 3.2 and 3.5). Its way to end a connection is the widget; ours follow its words for Jira.
const notLoggedIn = "You are not logged into GitHub. Start a DM with this bot and use the command `github login`.";
const invalidUrl = "The GitHub url you entered was not valid.";
const listLead = "Currently connected to these GitHub repositories:";
const emptyList = "Not connected to any GitHub repositories";

type Values = Readonly<Record<string, string | undefined>>;
type Context = ServiceContext<GitHubConfig>;

/** Hookshot's set-up command for GitHub, its opposite and the list of what is connected. */
export function createSetupCommands(parts: GitHubParts, renderer: MarkdownRenderer): readonly SetupCommand<GitHubConfig>[] {
  const url = { name: "url", required: true };
  return [
    {
      name: "github repo",
      arguments: [url],
      help: "Create a connection for a GitHub repository. (You must be logged in with GitHub to do this.)",
      effect: "change",
      run: (values, setup, context) => connectRepository(parts, values, setup, context),
    },
    {
      name: "github list",
      arguments: [],
      help: "Show GitHub repositories currently connected to.",
      effect: "read",
      run: async (_values, setup, context) => listRepositories(await setup.connections(), context, renderer),
    },
    {
      name: "github remove",
      arguments: [url],
      help: "Remove a connection for a GitHub repository.",
      effect: "change",
      run: (values, setup, context) => removeRepository(values, setup, context, renderer),
    },
  ];
}

async function connectRepository(parts: GitHubParts, values: Values, setup: SetupOperations, context: Context): Promise<SetupAnswer> {
  if (context.config.auth === undefined) {
    throw new SwitchboardError("HS_DISABLED_FEATURE", `${noSection} To use a registered GitHub, type \`!connect github <owner>/<repo>\`.`);
  }
  const link = await findPerson(parts, setup.actor, context);
  if (link === undefined) throw new PermissionError(notLoggedIn);
  // Hookshot writes both names in lower case.
  const typed = readAddress(values["url"]?.toLowerCase(), siteOf(context.config));
  const repository = await findConnectable(parts, link, typed, context);
  await setup.connect(targetOf(repository));
  return { body: `Room configured to bridge ${nameOf(repository)}` };
}

async function findConnectable(parts: GitHubParts, link: GitHubLink, typed: RepositoryName, context: Context): Promise<RepositoryName> {
  try {
    const repository = await presentName(parts, link, typed);
    await checkMayConnect(parts, link, repository, context);
    return repository;
  } catch (error) {
    // A RemoteError would make the command wait and run again, and the person wait for an answer.
    if (error instanceof RemoteError) throw new SwitchboardError(error.code, error.message, { cause: error });
    throw error;
  }
}

function listRepositories(connections: readonly Connection[], context: Context, renderer: MarkdownRenderer): SetupAnswer {
  const urls = connections.filter(isRepository).map((connection) => urlOf(connection, context));
  if (urls.length === 0) return answer(emptyList, markdown`${emptyList}`, renderer);
  const source = joinMarkdown([{ text: listLead, source: listLead }, ...urls.map((url) => markdown` - ${url}`)], "\n");
  return answer([listLead, "", ...urls.map((url) => ` * ${url}`)].join("\n"), source, renderer);
}

async function removeRepository(
  values: Values,
  setup: SetupOperations,
  context: Context,
  renderer: MarkdownRenderer,
): Promise<SetupAnswer> {
  const typed = values["url"] ?? "";
  const connections = (await setup.connections()).filter((connection) => isAt(connection, typed, context));
  const place = siteOfState(connections[0]?.state ?? {}, context.config);
  const url = repositoryUrl(readAddress(typed, place), place);
  if (connections.length === 0) throw new ValidationError(`GitHub repository "${url}" is not currently bridged to this room`);
  for (const connection of connections) await setup.disconnect(connection);
  return answer(
    `Room no longer bridged to GitHub repository ${url}.`,
    markdown`Room no longer bridged to GitHub repository ${url}.`,
    renderer,
  );
}

/** @throws ValidationError for what is no repository's address at that GitHub */
function readAddress(typed: string | undefined, place: Pick<GitHubSite, "webUrl">): RepositoryName {
  const repository = parseHttpUrl(typed) === undefined ? undefined : parseRepository(typed ?? "", place);
  if (repository === undefined) throw new ValidationError(invalidUrl);
  return repository;
}

function isRepository({ kindId }: Connection): boolean {
  return kindId === repositoryKindId;
}

/** The same name at another GitHub is another repository. */
function isAt(connection: Connection, address: string, { config }: Context): boolean {
  const connected = repositoryOfState(connection.state);
  const named = parseHttpUrl(address) && parseRepository(address, siteOfState(connection.state, config));
  return isRepository(connection) && connected !== undefined && named !== undefined && isSameRepository(connected, named);
}

function urlOf({ state, stateKey }: Connection, { config }: Context): string {
  const repository = repositoryOfState(state);
  return repository === undefined ? stateKey : repositoryUrl(repository, siteOfState(state, config));
}

function answer(body: string, source: Markdown, renderer: MarkdownRenderer): SetupAnswer {
  return { body, html: renderer.block(source) };
}
