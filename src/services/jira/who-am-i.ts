import { PermissionError, RemoteError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { sentence } from "../../shared/sentence.js";
import { loginCommandOf } from "./access.js";
import { gatewayOf, instancesOf, type JiraInstance } from "./instances.js";
import type { JiraParts } from "./parts.js";
import type { JiraConfig } from "./schema.js";
import { personsJirasAmong, userAt, type PersonsJira } from "./sites.js";

// Hookshot's answers, word for word (reference 3.4).
const accessLead = "You have access to the following instances:";
const notLoggedIn = "You are not logged into JIRA.";

type Context = ServiceContext<JiraConfig>;

interface Asking {
  readonly parts: JiraParts;
  readonly person: UserId;
  readonly context: Context;
  /** What the person has logins for. */
  readonly linked: readonly string[];
}

/** At which Jiras somebody is logged in, and as whom. What cannot be told of one Jira is said in its place. */
export async function describeLogins(parts: JiraParts, person: UserId, context: Context): Promise<Markdown> {
  await parts.logins.takeOver(person, context);
  const linked = await context.logins.list(person);
  if (linked.length === 0) return sentence(`${notLoggedIn} Type \`jira login\` to log in, or to read how to.`);
  const asking = { parts, person, context, linked };
  const items = await Promise.all(linked.map((remote) => describeLogin(asking, remote)));
  return joinMarkdown([markdown`${accessLead}`, markdown``, ...items.flat()], "\n");
}

async function describeLogin(asking: Asking, remote: string): Promise<readonly Markdown[]> {
  try {
    return await describeLinked(asking, remote);
  } catch (error) {
    return [describeFailure(error)];
  }
}

async function describeLinked(asking: Asking, remote: string): Promise<readonly Markdown[]> {
  const { config } = asking.context;
  const gateway = gatewayOf(config);
  if (gateway !== undefined && remote === gateway.url) return describeSites(asking, gateway);
  const instance = instancesOf(config).find(({ url }) => url === remote);
  if (instance === undefined) return [markdown` - ${remote}, which is not set up here any more`];
  const login = await asking.parts.logins.find(asking.person, instance, asking.context);
  const place = `${instance.name} (${instance.url})`;
  if (login === undefined) return [sentence(` - ${place}, where you have to log in again: type \`${loginCommandOf(instance)}\``)];
  return [await describeJira(asking, { instance, ...login })];
}

async function describeSites(asking: Asking, gateway: JiraInstance): Promise<readonly Markdown[]> {
  const { parts, person, context, linked } = asking;
  const sites = await personsJirasAmong(parts, person, { instances: [gateway], isWanted: () => true }, context);
  if (sites.length === 0) return [sentence(` - no site of Jira Cloud: type \`${loginCommandOf(gateway)}\` and choose one`)];
  // Where the person has a token as well, that is what counts.
  const further = sites.filter(({ instance }) => !linked.includes(instance.url));
  return Promise.all(further.map((jira) => describeJira(asking, jira)));
}

async function describeJira({ parts, person, context }: Asking, jira: PersonsJira): Promise<Markdown> {
  const { name, url } = jira.instance;
  try {
    const { id, displayName } = await userAt(parts, person, jira, context);
    return markdown` - ${name} (${url}) ${id} (${displayName})`;
  } catch (error) {
    return describeFailure(error);
  }
}

function describeFailure(error: unknown): Markdown {
  if (!(error instanceof RemoteError || error instanceof PermissionError)) throw error;
  return sentence(` - ${error.message}`);
}
