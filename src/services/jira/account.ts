import type { Connection } from "../../core/connection.js";
import { NotFoundError, PermissionError, type SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { loginCommandOf, type JiraAccess } from "./access.js";
import { howToLogIn } from "./how-to-log-in.js";
import { gatewayOf, instancesAt, instancesOf, type JiraInstance } from "./instances.js";
import { chooseLender, lendingRemedy, type Lender } from "./lenders.js";
import type { JiraParts } from "./parts.js";
import { placeOf, requireOneJira, type Place } from "./place.js";
import { projectOfState } from "./project-url.js";
import { allRegistered, isRegistered, serves } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";
import { personsJirasAmong, userAt } from "./sites.js";

/** Whose account a command acts with, and how far that reaches. */
export interface Account {
  readonly instance: JiraInstance;
  readonly access: JiraAccess;
  /** Who the person is there; absent when they act through an account that is lent to them. */
  readonly user?: TrackerUser;
  /** Through such an account only these projects are reached; their keys. Absent: whatever Jira lets the person reach. */
  readonly onlyProjects?: readonly string[];
}

type Call = Pick<ConnectionCommandCall, "connection" | "connections" | "actor">;
type Context = ServiceContext<JiraConfig>;

/**
 * The person's own account at the connection's Jira, else the instance's credential or a registered connector's account, where the
 * administrator lets people act through it. None ever goes to another address than its own, or than Jira Cloud's for the site.
 * @throws PermissionError with the remedy when there is none; NotFoundError when no such Jira is set up any more; RemoteError
 */
export async function chooseAccount(parts: JiraParts, call: Call, context: Context): Promise<Account> {
  const jiras = [...instancesOf(context.config), ...(await allRegistered(context))];
  const place = placeOf(call.connection, jiras);
  requireOneJira(place);
  const instance = place.fitting.find((jira) => !isRegistered(jira));
  const own = await ownAccount(parts, call.actor, place, instance, context);
  if (own !== undefined) return own;
  const lender = await chooseLender(parts, place, call, context);
  if (lender !== undefined) return throughLender(lender, call, jiras);
  const [jira] = place.fitting;
  if (jira === undefined) throw await unreached(parts, call.actor, place, context);
  throw new PermissionError(
    `You are not logged in. ${howToLogIn([loginPlaceOf(jira, context)], context)} ${lendingRemedy(place.fitting, context)}`,
  );
}

/** At a registered site of Jira Cloud people have the login that is good for all sites. */
function loginPlaceOf(jira: JiraInstance, { config }: Context): JiraInstance {
  const gateway = gatewayOf(config);
  return gateway !== undefined && isRegistered(jira) && jira.deployment === "cloud" ? gateway : jira;
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

/** The key of the project that the room is connected to. */
export function projectKeyOf({ state, stateKey }: Connection): string {
  return projectOfState(state["url"])?.key ?? stateKey;
}

function throughLender({ instance, access }: Lender, { connections }: Call, jiras: readonly JiraInstance[]): Account {
  const places = connections.map((connection) => placeOf(connection, jiras));
  const here = places.filter(({ fitting }) => fitting.length > 0 && fitting.every(({ url }) => url === instance.url));
  const keys = here.map(({ key }) => key).filter((key) => serves(access.registered ?? {}, key));
  return { instance, access, onlyProjects: [...new Set(keys)] };
}
