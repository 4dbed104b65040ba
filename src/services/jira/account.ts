import type { Connection } from "../../core/connection.js";
import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { credentialAccess, type JiraAccess } from "./access.js";
import { howToLogIn } from "./how-to-log-in.js";
import { hasCredential, instancesAt, instancesOf, type InstanceWithCredential, type JiraInstance } from "./instances.js";
import type { LoginBook } from "./personal-login.js";
import { projectOfState } from "./project-url.js";
import type { JiraConfig } from "./schema.js";

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
 * Neither ever goes to another address than the configured one.
 * @throws PermissionError with the remedy when there is neither; NotFoundError when no such instance is configured any more
 */
export async function chooseAccount(logins: LoginBook, call: Call, context: Context): Promise<Account> {
  const { address, fitting } = instancesOfConnection(call.connection, context);
  const instance = onlyInstance(fitting, address);
  const login = await logins.find(call.actor, instance, context);
  if (login !== undefined) return { instance, ...login };
  const lender = fitting.filter(hasCredential).find(({ credential }) => credential.commands === true);
  if (lender !== undefined) return throughCredential(lender, call, context);
  throw new PermissionError(`You are not logged in. ${howToLogIn([instance], context)} ${lendingRemedy(instance)}`);
}

function lendingRemedy({ configPath, credential }: JiraInstance): string {
  const set =
    credential === undefined ? `\`${configPath}.credential\` with \`commands: true\`` : `\`${configPath}.credential.commands: true\``;
  return `Or the administrator can set ${set}; then everybody here can act through that account.`;
}

/** The key of the project that the room is connected to. */
export function projectKeyOf({ state, stateKey }: Connection): string {
  return projectOfState(state["url"])?.key ?? stateKey;
}

function instancesOfConnection(
  { state, stateKey }: Connection,
  { config }: Context,
): { readonly address: string; readonly fitting: readonly JiraInstance[] } {
  const project = projectOfState(state["url"]);
  return { address: project?.url.href ?? stateKey, fitting: project === undefined ? [] : instancesAt(instancesOf(config), project.url) };
}

/** Two entries may name one Jira; two Jiras at one host may not both be meant. */
function onlyInstance(fitting: readonly JiraInstance[], address: string): JiraInstance {
  const [first, ...others] = fitting;
  if (first === undefined) {
    throw new NotFoundError(
      `This room is connected to ${address}, and no Jira there is set up any more. The administrator can add it under \`jira.instances\`.`,
    );
  }
  if (others.every(({ url }) => url === first.url)) return first;
  const names = fitting.map(({ name }) => `\`${name}\``).join(", ");
  throw new ValidationError(
    `This room is connected to ${address}, which can mean any of ${names}. Disconnect it and connect it again by the name: \`!connect jira:${first.name} ...\`.`,
  );
}

function throughCredential(instance: InstanceWithCredential, { connections }: Call, context: Context): Account {
  const isHere = (connection: Connection): boolean => {
    const { fitting } = instancesOfConnection(connection, context);
    return fitting.length > 0 && fitting.every(({ url }) => url === instance.url);
  };
  const keys = connections.filter(isHere).map(projectKeyOf);
  return { instance, access: credentialAccess(instance), onlyProjects: [...new Set(keys)] };
}
