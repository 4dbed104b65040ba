import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { AccountCommand } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { sentence } from "../../shared/sentence.js";
import { parseHttpUrl, withoutTrailingSlashes } from "../../shared/url.js";
import { personAccess, tokenCommand, type JiraAccess } from "./access.js";
import { howToLogIn, keyRemedy } from "./how-to-log-in.js";
import { instancesAt, instancesNamed, instancesOf, takesTokens, type JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";
import type { JiraParts } from "./session.js";
import { createTracker } from "./tracker.js";

// Hookshot's answers, word for word (reference 3.4).
const unlinked = "Your JIRA account has been unlinked from your Matrix user.";
const notLinked = "No JIRA account was linked to your Matrix user.";
const loggedIn = "Logged into Jira";
const accessLead = "You have access to the following instances:";
const notLoggedIn = "You are not logged into JIRA.";
const noOauth = "Bot is not configured with JIRA OAuth support.";

type Context = ServiceContext<JiraConfig>;
type Outcome = { readonly answer: Markdown; readonly changes?: readonly StoreChange[] };

/** What people do about their own accounts, in the direct chat with the bot. */
export function createAccountCommands(parts: JiraParts): readonly AccountCommand<JiraConfig>[] {
  const instance = { name: "instance", required: true };
  return [
    {
      name: "jira token",
      arguments: [instance, { name: "email", required: false }, { name: "token", required: true }],
      help: "Log in to a Jira with a token of yours; Jira Cloud needs your e-mail address, too.",
      level: "login",
      takesSecret: true,
      run: (words, actor, context) => logIn(parts, words, actor, context),
    },
    {
      name: "jira login",
      arguments: [],
      help: "Explain how to log in to Jira.",
      run: async (_words, _actor, context) => explainLogin(context),
    },
    {
      name: "jira logout",
      arguments: [{ ...instance, required: false }],
      help: "Forget your token for one Jira, or for all.",
      run: logOut,
    },
    {
      name: "jira whoami",
      arguments: [],
      help: "Show at which Jiras you are logged in, and as whom.",
      run: (_words, actor, context) => whoAmI(parts, actor, context),
    },
  ];
}

/** The token is tried before it is kept, and it goes nowhere but to the configured address. */
async function logIn({ client, logins }: JiraParts, words: readonly string[], actor: UserId, context: Context): Promise<Outcome> {
  if (!context.logins.canKeep) throw new SwitchboardError("HS_DISABLED_FEATURE", keyRemedy);
  const { instance, access } = readLogin(words, context);
  const user = await createTracker(client, { http: context.http, access }).whoAmI();
  const answer = markdown`${loggedIn}: at ${instance.name} (${instance.url}) you are ${user.displayName}. Commands in rooms act as you there.`;
  return { answer, changes: [logins.keep(actor, instance, { access, user }, context)] };
}

/** What was typed is never said again: a token may stand at any place of it. */
function readLogin(words: readonly string[], context: Context): { readonly instance: JiraInstance; readonly access: JiraAccess } {
  const [name = "", ...rest] = words;
  const instance = findInstance(name, context);
  const username = rest.length > 1 ? rest[0] : undefined;
  const token = rest.at(-1);
  const usage = `Type it like this: \`${tokenCommand(instance)}\`.`;
  if (token === undefined || rest.length > 2) throw new ValidationError(`That is not one token. ${usage}`);
  if (instance.deployment === "cloud" && username?.includes("@") !== true) {
    throw new ValidationError(`Jira Cloud takes an API token together with your e-mail address there. ${usage}`);
  }
  if (instance.deployment === "server" && username !== undefined) {
    throw new ValidationError(`Jira Server and Data Center take a personal access token alone, and I take no passwords. ${usage}`);
  }
  if (!/^[\x21-\x7e]+$/.test(token)) throw new ValidationError(`That is no token: it has characters that no token has. ${usage}`);
  return { instance, access: personAccess(instance, { token: new Secret(token), ...(username === undefined ? {} : { username }) }) };
}

function findInstance(typed: string, context: Context): JiraInstance {
  const instances = instancesOf(context.config).filter(takesTokens);
  const [instance] = instancesTyped(instances, typed);
  if (instance !== undefined) return instance;
  const name = isSurelyNoToken(typed) ? `called \`${typed}\`` : "by that name";
  throw new ValidationError(`There is no Jira ${name} here. ${howToLogIn(instances, context)}`);
}

/** Jira's tokens are longer, and have more in them than that. */
function isSurelyNoToken(typed: string): boolean {
  return /^[a-z][a-z.-]{0,15}$/.test(typed);
}

function instancesTyped(instances: readonly JiraInstance[], typed: string): readonly JiraInstance[] {
  const address = parseHttpUrl(typed);
  return address === undefined ? instancesNamed(instances, typed) : instancesAt(instances, address);
}

function explainLogin(context: Context): Outcome {
  return { answer: sentence(`${noOauth} This version has logins by token only. ${howToLogIn(instancesOf(context.config), context)}`) };
}

async function logOut([typed]: readonly string[], actor: UserId, context: Context): Promise<Outcome> {
  const linked = await context.logins.list(actor);
  const ended = typed === undefined ? linked : linkedAs(linked, typed, context);
  if (ended.length === 0) return { answer: markdown`${notLinked}` };
  const changes = ended.map((remote) => context.logins.remove(actor, remote));
  return { answer: markdown`${unlinked} Your token works until you revoke it in Jira: ${ended.join(", ")}`, changes };
}

/** A login may be older than the configuration, so that only its address is left. */
function linkedAs(linked: readonly string[], typed: string, context: Context): readonly string[] {
  const instances = instancesTyped(instancesOf(context.config), typed);
  const address = withoutTrailingSlashes(typed);
  const ended = linked.filter((remote) => remote === address || instances.some(({ url }) => url === remote));
  if (ended.length > 0 || instances.length > 0) return ended;
  throw new ValidationError("There is no Jira by that name. `jira whoami` lists where you are logged in.");
}

async function whoAmI({ logins }: JiraParts, actor: UserId, context: Context): Promise<Outcome> {
  const linked = await context.logins.list(actor);
  if (linked.length === 0) return { answer: sentence(`${notLoggedIn} Type \`jira login\` to read how to.`) };
  const instances = instancesOf(context.config);
  const items = linked.map(async (remote) => {
    const instance = instances.find(({ url }) => url === remote);
    if (instance === undefined) return markdown` - ${remote}, which is not set up here any more`;
    const login = await logins.find(actor, instance, context);
    return markdown` - ${instance.name} (${remote}) ${login?.user.id ?? ""} (${login?.user.displayName ?? ""})`;
  });
  return { answer: joinMarkdown([markdown`${accessLead}`, markdown``, ...(await Promise.all(items))], "\n") };
}
