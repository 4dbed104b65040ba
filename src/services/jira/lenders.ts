import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { credentialAccess, registeredAccess, registrationWords, type JiraAccess } from "./access.js";
import { hasCredential, type JiraInstance } from "./instances.js";
import { lookUp } from "./look-up.js";
import type { JiraParts } from "./parts.js";
import type { Place } from "./place.js";
import { isProjectOf } from "./project-url.js";
import { isRegistered, jirasFor, serves, type RegisteredJira } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";

type Call = Pick<ConnectionCommandCall, "connection" | "actor">;
type Context = ServiceContext<JiraConfig>;

/** An account that the administrator lends to people without a login of their own. */
export interface Lender {
  readonly instance: JiraInstance;
  readonly access: JiraAccess;
}

/** The instance's credential, else the account of a registered connector. Undefined where none is lent, or none to that person. */
export async function chooseLender(parts: JiraParts, place: Place, call: Call, context: Context): Promise<Lender | undefined> {
  const instance = place.fitting.filter(hasCredential).find(({ credential }) => credential.commands === true);
  if (instance !== undefined) return { instance, access: credentialAccess(instance) };
  const connectors = await connectorsFor(place, call, context);
  return seeing(parts, connectors.map(lend), place.key, context);
}

function lend(instance: RegisteredJira): Lender {
  return { instance, access: registeredAccess(instance, instance.remote) };
}

/** Those at the connection's Jira: a scanner's account is not for people. */
async function connectorsFor(
  { fitting, key, url: address }: Place,
  { actor, connection }: Call,
  context: Context,
): Promise<readonly RegisteredJira[]> {
  if (!context.remotes.letsPeopleAct || address === undefined) return [];
  const usable = await jirasFor(actor, connection.roomId, context);
  return usable.filter(
    ({ kind, url, remote }) =>
      kind === "connector" &&
      remote.isInaccessible !== true &&
      serves(remote, key) &&
      fitting.some((jira) => jira.url === url) &&
      isProjectOf(url, address),
  );
}

/** Where there are several, one that sees the project; nothing is asked where there is only one. */
async function seeing(parts: JiraParts, lenders: readonly Lender[], key: string, context: Context): Promise<Lender | undefined> {
  const [first, ...others] = lenders;
  if (first === undefined || others.length === 0) return first;
  const accounts = [first.access, ...others.map(({ access }) => access)] as const;
  const answer = await lookUp(parts, { instance: first.instance, accounts }, key, context);
  return answer.kind === "found" ? lenders.find(({ access }) => access === answer.access) : first;
}

/** What the administrator can do so that people without a login act there. @param fitting one Jira at least */
export function lendingRemedy(fitting: readonly JiraInstance[], { remotes }: Context): string {
  const configured = fitting.find((jira) => !isRegistered(jira));
  const connector = fitting.filter(isRegistered).find(({ kind }) => kind === "connector");
  if (configured === undefined && connector !== undefined) return connectorRemedy(connector, remotes.letsPeopleAct);
  return `Or the administrator can ${whatLends(configured)}; then everybody here can act through that account.`;
}

function connectorRemedy({ remote }: RegisteredJira, isLent: boolean): string {
  const account = `the account of ${registrationWords(remote)}`;
  return isLent
    ? `Or the administrator can let you use ${account} (\`registry.allow\`), if it serves this project and can be reached.`
    : `Or the administrator can set \`registry.commandsThroughCredential: true\`; then everybody here can act through ${account}.`;
}

/** Hookshot's `jira.url` has no place for a credential; an entry of ours with the same url takes its place. */
function whatLends(instance: JiraInstance | undefined): string {
  if (instance?.configPath === undefined || instance.configPath !== `jira.instances.${instance.name}`)
    return "add this Jira under `jira.instances`, with a `credential` that has `commands: true`";
  return instance.credential === undefined
    ? `set \`${instance.configPath}.credential\` with \`commands: true\``
    : `set \`${instance.configPath}.credential.commands: true\``;
}
