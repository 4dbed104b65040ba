import type { Connection } from "../../core/connection.js";
import { NotFoundError, PermissionError, ValidationError, type SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { credentialAccess, loginCommandOf, type JiraAccess } from "./access.js";
import { howToLogIn } from "./how-to-log-in.js";
import {
  areOneJira,
  gatewayOf,
  hasCredential,
  instancesAt,
  instancesOf,
  type InstanceWithCredential,
  type JiraInstance,
} from "./instances.js";
import type { JiraParts } from "./parts.js";
import { projectOfState } from "./project-url.js";
import type { JiraConfig } from "./schema.js";
import { personsJirasAmong, userAt } from "./sites.js";

/** Whose account a command acts with, and how far that reaches. */
export interface Account {
  readonly instance: JiraInstance;
  readonly access: JiraAccess;
  /** Who the person is there; absent when they act through the instance's credential. */
  readonly user?: TrackerUser;
  /** Through the credential only these projects are reached; their keys. Absent: whatever Jira lets the person reach. */
  readonly onlyProjects?: readonly string[];
}

type Call = Pick<ConnectionCommandCall, "connection" | "connections" | "actor">;
type Context = ServiceContext<JiraConfig>;

/**
 * The person's own account at the connection's instance, else the instance's credential where the administrator lets people act through it.
 * Neither ever goes to another address than the configured one, or than Jira Cloud's for the site.
 * @throws PermissionError with the remedy when there is neither; NotFoundError when no such instance is configured any more; RemoteError
 */
export async function chooseAccount(parts: JiraParts, call: Call, context: Context): Promise<Account> {
  const place = placeOf(call.connection, context);
  const instance = onlyInstance(place);
  const own = await ownAccount(parts, call.actor, place, instance, context);
  if (own !== undefined) return own;
  if (instance === undefined) throw await unreached(parts, call.actor, place, context);
  const lender = place.fitting.filter(hasCredential).find(({ credential }) => credential.commands === true);
  if (lender !== undefined) return throughCredential(lender, call, context);
  throw new PermissionError(`You are not logged in. ${howToLogIn([instance], context)} ${lendingRemedy(instance)}`);
}

async function ownAccount(
  parts: JiraParts,
  actor: UserId,
  { url }: Place,
  instance: JiraInstance | undefined,
  context: Context,
): Promise<Account | undefined> {
  if (url === undefined) return undefined;
  const isWanted = (site: JiraInstance): boolean => instance === undefined && instancesAt([site], url).length > 0;
  const instances = instance === undefined ? [] : [instance];
  const [jira] = await personsJirasAmong(parts, actor, { instances, isWanted }, context);
  if (jira === undefined) return undefined;
  return { instance: jira.instance, access: jira.access, user: await userAt(parts, actor, jira, context) };
}

/** No instance of the configuration is there, nor a site that the person's login at Jira Cloud reaches. */
async function unreached({ logins }: JiraParts, actor: UserId, { address }: Place, context: Context): Promise<SwitchboardError> {
  const remedy = "The administrator can add it under `jira.instances`.";
  const gateway = gatewayOf(context.config);
  if (gateway?.oauth === undefined)
    return new NotFoundError(`This room is connected to ${address}, and no Jira there is set up any more. ${remedy}`);
  const login = await logins.find(actor, gateway, context);
  if (login === undefined) return new PermissionError(`You are not logged in. ${howToLogIn([gateway], context)}`);
  return new PermissionError(
    `This room is connected to ${address}, and your login at Jira Cloud does not reach that site. Type \`${loginCommandOf(gateway)}\` in a direct chat with me and choose the site there. ${remedy}`,
  );
}

function lendingRemedy(instance: JiraInstance): string {
  return `Or the administrator can ${whatLends(instance)}; then everybody here can act through that account.`;
}

/** Hookshot's `jira.url` has no place for a credential; an entry of ours with the same url takes its place. */
function whatLends({ name, configPath, credential }: JiraInstance): string {
  if (configPath !== `jira.instances.${name}`) return "add this Jira under `jira.instances`, with a `credential` that has `commands: true`";
  return credential === undefined
    ? `set \`${configPath}.credential\` with \`commands: true\``
    : `set \`${configPath}.credential.commands: true\``;
}

/** The key of the project that the room is connected to. */
export function projectKeyOf({ state, stateKey }: Connection): string {
  return projectOfState(state["url"])?.key ?? stateKey;
}

/** Where a connection's project is. */
interface Place {
  /** For sentences. */
  readonly address: string;
  readonly url: URL | undefined;
  readonly fitting: readonly JiraInstance[];
}

function placeOf({ state, stateKey }: Connection, { config }: Context): Place {
  const url = projectOfState(state["url"])?.url;
  return { address: url?.href ?? stateKey, url, fitting: url === undefined ? [] : instancesAt(instancesOf(config), url) };
}

/** Two entries may name one Jira; two Jiras at one host may not both be meant. */
function onlyInstance({ fitting, address }: Place): JiraInstance | undefined {
  const [first] = fitting;
  if (first === undefined || areOneJira(fitting)) return first;
  const names = fitting.map(({ name }) => `\`${name}\``).join(", ");
  throw new ValidationError(
    `This room is connected to ${address}, which can mean any of ${names}. Disconnect it and connect it again by the name: \`!connect jira:${first.name} ...\`.`,
  );
}

function throughCredential(instance: InstanceWithCredential, { connections }: Call, context: Context): Account {
  const isHere = (connection: Connection): boolean => {
    const { fitting } = placeOf(connection, context);
    return fitting.length > 0 && fitting.every(({ url }) => url === instance.url);
  };
  const keys = connections.filter(isHere).map(projectKeyOf);
  return { instance, access: credentialAccess(instance), onlyProjects: [...new Set(keys)] };
}
