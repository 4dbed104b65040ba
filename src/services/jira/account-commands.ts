import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { AccountAnswer, AccountCommand } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { markdown, markdownLink } from "../../shared/markdown.js";
import { Secret } from "../../shared/secret.js";
import { sentence } from "../../shared/sentence.js";
import { parseHttpUrl, withoutTrailingSlashes } from "../../shared/url.js";
import { keyRemedy } from "../../vocabulary/key-remedy.js";
import { loginCommandOf, logoutCommandOf, personAccess, tokenCommand } from "./access.js";
import { hookshotLoginType } from "./hookshot-login.js";
import { howToLogIn, loginPlaces } from "./how-to-log-in.js";
import { gatewayOf, instancesAt, instancesNamed, instancesOf, onlyFitting, takesTokens, type JiraInstance } from "./instances.js";
import type { JiraConfig } from "./schema.js";
import { noOauth } from "./oauth.js";
import type { AccountParts } from "./parts.js";
import type { TokenLogin } from "./personal-login.js";
import { createTracker } from "./tracker.js";
import { describeLogins } from "./who-am-i.js";

// Hookshot's answers, word for word (reference 3.4).
const unlinked = "Your JIRA account has been unlinked from your Matrix user.";
const notLinked = "No JIRA account was linked to your Matrix user.";
const loggedIn = "Logged into Jira";

/** So long a link is good (logins/). */
const linkGoodForMs = 600_000;

type Context = ServiceContext<JiraConfig>;

/** What people do about their own accounts, in the direct chat with the bot. */
export function createAccountCommands(parts: AccountParts): readonly AccountCommand<JiraConfig>[] {
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
      arguments: [{ ...instance, required: false }],
      help: "Log in to Jira with your browser, or read how to log in with a token.",
      run: ([typed], actor, context) => startLogin(typed, actor, context),
    },
    {
      name: "jira logout",
      arguments: [{ ...instance, required: false }],
      help: "Forget your login at one Jira, or at all.",
      run: (words, actor, context) => logOut(parts, words, actor, context),
    },
    {
      name: "jira whoami",
      arguments: [],
      help: "Show at which Jiras you are logged in, and as whom.",
      run: async (_words, actor, context) => ({ answer: await describeLogins(parts, actor, context) }),
    },
  ];
}

/** The token is tried before it is kept, and it goes nowhere but to the configured address. */
async function logIn(
  { client, logins, authors }: AccountParts,
  words: readonly string[],
  actor: UserId,
  context: Context,
): Promise<AccountAnswer> {
  if (!context.logins.canKeep) throw new SwitchboardError("HS_DISABLED_FEATURE", keyRemedy);
  const { instance, login } = readLogin(words, context);
  const user = await createTracker(client, { http: context.http, access: personAccess(instance, login) }).whoAmI();
  const answer = markdown`${loggedIn}: at ${instance.name} (${instance.url}) you are ${user.displayName}. Commands in rooms act as you there.`;
  const author = await authors.note(actor, instance.url, user.email, context);
  logins.forget(actor);
  return { answer, changes: [logins.keep(actor, instance, { ...login, user }, context), ...author] };
}

/** What was typed is never said again: a token may stand at any place of it. */
function readLogin(
  words: readonly string[],
  context: Context,
): { readonly instance: JiraInstance; readonly login: Omit<TokenLogin, "user"> } {
  const [name = "", ...rest] = words;
  const instance = findInstance(name, instancesOf(context.config).filter(takesTokens), context);
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
  return { instance, login: { token: new Secret(token), ...(username === undefined ? {} : { username }) } };
}

function findInstance(typed: string, instances: readonly JiraInstance[], context: Context): JiraInstance {
  const instance = onlyFitting(instancesTyped(instances, typed));
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

/** A link where a browser does, else how to use a token. */
async function startLogin(typed: string | undefined, actor: UserId, context: Context): Promise<AccountAnswer> {
  const instances = instancesOf(context.config);
  const places = loginPlaces(instances);
  if (typed !== undefined) {
    const instance = findInstance(typed, instances, context);
    return instance.oauth === undefined ? explainTokens([instance], context) : giveLink(instance.name, actor, context);
  }
  const [only, another] = places;
  if (only === undefined) return explainTokens(instances, context);
  if (another === undefined) return giveLink(undefined, actor, context);
  const choices = places.map((place) => `\`${loginCommandOf(place)}\` (${place.url})`);
  return { answer: sentence(`There are several Jiras. Type ${choices.join(" or ")}.`) };
}

function explainTokens(instances: readonly JiraInstance[], context: Context): AccountAnswer {
  return { answer: sentence(`${noOauth} ${howToLogIn(instances, context)}`) };
}

async function giveLink(name: string | undefined, actor: UserId, context: Context): Promise<AccountAnswer> {
  const url = await context.logins.begin(actor, name);
  const end = new Date(context.now() + linkGoodForMs).toISOString().slice(11, 16);
  return {
    answer: markdown`Open ${markdownLink(url, url, url)} to link your account to the bridge. The link is good once, until ${end} UTC, and for you alone: whoever opens it links their own account to you.`,
    isSecret: true,
  };
}

async function logOut(
  { logins, authors }: AccountParts,
  [typed]: readonly string[],
  actor: UserId,
  context: Context,
): Promise<AccountAnswer> {
  await logins.takeOver(actor, context);
  const linked = await context.logins.list(actor);
  const ended = typed === undefined ? linked : linkedAs(linked, typed, context);
  if (ended.length === 0) return { answer: markdown`${notLinked}` };
  const forgotten = await Promise.all(ended.map((remote) => authors.forget(actor, remote, context)));
  logins.forget(actor);
  const changes = [
    ...ended.map((remote) => context.logins.remove(actor, remote)),
    ...forgotten.flat(),
    ...context.logins.forgetHookshots(actor, [hookshotLoginType(actor)]),
  ];
  return { answer: markdown`${unlinked} Your token works until you revoke it in Jira: ${ended.join(", ")}`, changes };
}

/**
 * A login may be older than the configuration, so that only its address is left. At a site of Jira Cloud the person's token goes first, then
 * the login that is good for all sites.
 */
function linkedAs(linked: readonly string[], typed: string, context: Context): readonly string[] {
  const instances = instancesTyped(instancesOf(context.config), typed);
  const address = withoutTrailingSlashes(typed);
  const ended = linked.filter((remote) => remote === address || instances.some(({ url }) => url === remote));
  if (ended.length > 0) return ended;
  const shared = linked.filter((remote) => instances.some(({ oauth }) => oauth?.remote === remote));
  if (shared.length > 0 || instances.length > 0) return shared;
  throw new ValidationError(`There is no Jira by that name. ${whatEnds(linked, context)}`);
}

/** `jira whoami` lists sites of Jira Cloud by names that only the person's login knows. */
function whatEnds(linked: readonly string[], { config }: Context): string {
  const gateway = gatewayOf(config);
  if (gateway === undefined || !linked.includes(gateway.url)) return "`jira whoami` lists where you are logged in.";
  return `\`${logoutCommandOf(gateway)}\` ends your login at all sites of Jira Cloud.`;
}
