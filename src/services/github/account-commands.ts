import type { Connection } from "../../core/connection.js";
import { PermissionError, RemoteError, SwitchboardError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { AccountAnswer, AccountCommand } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, markdownLink, type Markdown } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { code, sentence } from "../../shared/sentence.js";
import { keyRemedy } from "../../vocabulary/key-remedy.js";
import { personLink } from "./access.js";
import { howToLogIn, loginCommand, logoutCommand, tokenWay } from "./login-help.js";
import { noSection } from "./no-section.js";
import { nameOf, repositoryOfState } from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, type GitHubParts } from "./session.js";
import { siteOf } from "./site.js";
import { namedSite } from "./state-site.js";

// Hookshot's answers, word for word (reference 3.4).
const wrongToken = "Could not authenticate with GitHub. Is your token correct?";
const notAuthenticated = "You are not authenticated, please login.";
const noLongerValid = "Your authentication is no longer valid, please login again.";
const unable = "The bridge was unable to authenticate as you, please login again.";
const noOauth = "The bridge is not configured with GitHub OAuth support.";
const noConnections = "No GitHub bridges";

/** Connections of one kind that are listed; an event has its limits. */
const mostListed = 200;

type Context = ServiceContext<GitHubConfig>;

/** What people do about their own accounts, in the direct chat with the bot, and what administrators see there. */
export function createAccountCommands(parts: GitHubParts): readonly AccountCommand<GitHubConfig>[] {
  return [
    {
      name: "github setpersonaltoken",
      arguments: [{ name: "accessToken", required: true }],
      help: "Set your personal access token for GitHub.",
      level: "login",
      takesSecret: true,
      run: (words, actor, context) => setToken(parts, words, actor, context),
    },
    {
      name: loginCommand,
      arguments: [],
      help: "Log in to GitHub with your browser.",
      run: (_words, actor, context) => beginLogin(actor, context),
    },
    {
      name: "github status",
      arguments: [],
      help: "Show as whom you are logged in to GitHub.",
      run: (_words, actor, context) => showStatus(parts, actor, context),
    },
    {
      name: logoutCommand,
      arguments: [],
      help: "Forget your GitHub login.",
      run: (_words, actor, context) => logOut(parts, actor, context),
    },
    {
      name: "github list-connections",
      arguments: [],
      help: "List what rooms are connected to at GitHub.",
      level: "admin",
      run: async (_words, _actor, context) => listConnections(context),
    },
  ];
}

/** The token is tried before it is kept, and it goes nowhere but to the configured GitHub. */
async function setToken(parts: GitHubParts, words: readonly string[], actor: UserId, context: Context): Promise<AccountAnswer> {
  if (context.config.auth === undefined) throw new SwitchboardError("HS_DISABLED_FEATURE", noSection);
  if (!context.logins.canKeep) throw new SwitchboardError("HS_DISABLED_FEATURE", keyRemedy);
  const [typed = "", ...others] = words;
  // What was typed is never said again.
  if (others.length > 0 || !/^[\x21-\x7e]+$/.test(typed)) {
    throw new ValidationError("That is no token. Type `github setpersonaltoken <accessToken>`, with nothing behind the token.");
  }
  const token = new Secret(typed);
  try {
    const { login } = await parts.client.whoAmI(personLink({ token, by: "token" }, context, parts.pace));
    return { answer: markdown`Connected as ${login}. Token stored.`, changes: parts.logins.keepToken(actor, token, context) };
  } catch (error) {
    if (error instanceof PermissionError) return { answer: markdown`${wrongToken}` };
    throw error;
  }
}

/** The level `login` is looked at where there is something to begin: how to log in may be read by everybody. */
async function beginLogin(actor: UserId, context: Context): Promise<AccountAnswer> {
  if (context.config.auth === undefined) return { answer: sentence(noSection) };
  if (context.config.oauth === undefined) return { answer: sentence(`${noOauth} ${howToLogIn(context)}`) };
  const url = await context.logins.begin(actor);
  const lead = markdown`Open ${markdownLink(url, url, url)} to link your account to the bridge.`;
  const rest = sentence(
    `The link is good once, for ten minutes, and for you alone: whoever opens it links their own account to you. Without a browser, make ${tokenWay(context)}.`,
  );
  return { answer: joinMarkdown([lead, rest], " "), isSecret: true };
}

async function showStatus(parts: GitHubParts, actor: UserId, context: Context): Promise<AccountAnswer> {
  try {
    const wasKept = await parts.logins.isKept(actor, context);
    const link = await findPerson(parts, actor, context);
    // It ended while it was to be renewed.
    if (link === undefined) return { answer: markdown`${wasKept ? noLongerValid : notAuthenticated}` };
    return { answer: markdown`You are logged in as ${(await parts.client.whoAmI(link)).login}` };
  } catch (error) {
    if (error instanceof PermissionError) return { answer: markdown`${noLongerValid}` };
    if (error instanceof RemoteError) return { answer: joinMarkdown([markdown`${unable}`, sentence(error.message)], " ") };
    throw error;
  }
}

async function logOut({ logins }: GitHubParts, actor: UserId, context: Context): Promise<AccountAnswer> {
  const by = await logins.kindOf(actor, context);
  if (by === undefined) return { answer: markdown`You are not logged in to GitHub.` };
  const settings = `${siteOf(context.config).webUrl}/settings`;
  const answer =
    by === "browser"
      ? markdown`Your GitHub login is forgotten. To withdraw it at GitHub as well, revoke the App at ${`${settings}/apps/authorizations`}`
      : markdown`Your GitHub token is forgotten. It works until you revoke it at ${`${settings}/tokens`}`;
  return { answer, changes: logins.forget(actor, context) };
}

async function listConnections(context: Context): Promise<AccountAnswer> {
  const byKind = new Map<string, Connection[]>();
  for await (const connection of context.connections.all()) {
    const ofKind = byKind.get(connection.kindId) ?? [];
    ofKind.push(connection);
    byKind.set(connection.kindId, ofKind);
  }
  if (byKind.size === 0) return { answer: markdown`${noConnections}` };
  return {
    answer: joinMarkdown(
      [...byKind].map(([kindId, connections]) => describeKind(kindId, connections)),
      "\n\n",
    ),
  };
}

const kindTitles: Readonly<Record<string, string>> = {
  repository: "Repositories",
  issue: "Issues",
  discussion: "Discussions",
  "discussion-space": "Discussion spaces",
  "user-space": "User spaces",
};

function describeKind(kindId: string, connections: readonly Connection[]): Markdown {
  const lead = markdown`${(Object.hasOwn(kindTitles, kindId) ? kindTitles[kindId] : undefined) ?? kindId}:`;
  const items = connections.slice(0, mostListed).map((connection) => {
    const repository = repositoryOfState(connection.state);
    const site = namedSite(connection.state);
    const full = repository && `${nameOf(repository)}${site === undefined ? "" : ` at ${site.webUrl}`}`;
    const name = connection.kindId === "repository" && full !== undefined ? full : connection.stateKey;
    return markdown`- ${name} in ${code(connection.roomId)} as ${code(connection.id)}`;
  });
  const left = connections.length - items.length;
  const end = left > 0 ? [markdown`- and ${String(left)} more`] : [];
  return joinMarkdown([lead, joinMarkdown([...items, ...end], "\n")], "\n\n");
}
