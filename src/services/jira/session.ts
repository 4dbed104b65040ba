import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { IssueTracker, TrackerIssue } from "../../core/issue-tracker.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { accountWords } from "./access.js";
import { chooseAccount, projectKeyOf, type Account } from "./account.js";
import { howToLogIn } from "./how-to-log-in.js";
import { instancesAt, instancesOf } from "./instances.js";
import { parseIssue, type TypedIssue } from "./issue-key.js";
import { linkOf } from "./jira-request.js";
import type { JiraParts } from "./parts.js";
import { allRegistered } from "./registered-jiras.js";
import type { JiraConfig } from "./schema.js";
import { createTracker } from "./tracker.js";

/** A command while it runs: who acts, where, and by what. */
export interface Session {
  readonly account: Account;
  readonly tracker: IssueTracker;
  /** Of the connection that the command went to. */
  readonly projectKey: string;
  readonly call: ConnectionCommandCall;
  readonly context: ServiceContext<JiraConfig>;
}

/** @throws SwitchboardError when nobody can act, with the remedy */
export async function openSession(parts: JiraParts, call: ConnectionCommandCall, context: ServiceContext<JiraConfig>): Promise<Session> {
  const account = await chooseAccount(parts, call, context);
  const tracker = createTracker(parts.client, linkOf(account.access, context));
  return { account, tracker, projectKey: projectKeyOf(call.connection), call, context };
}

/**
 * The typed issue, read. Every command on an issue begins here, so that nothing outside the account's reach is shown or changed: not a key
 * of another project, and not an issue that Jira finds by its old key after it was moved.
 * @throws PermissionError for another project's key, NotFoundError when there is no such issue, ValidationError for what is no key
 */
export async function findIssue(session: Session, typed: string): Promise<TrackerIssue> {
  const wanted = await readTyped(session, typed);
  const { onlyProjects } = session.account;
  if (onlyProjects !== undefined && !onlyProjects.includes(wanted.projectKey)) throw outOfReach(session, wanted);
  const issue = await session.tracker.read(wanted.key);
  if (issue !== undefined && isReached(session.account, issue)) return issue;
  // Hookshot's sentence (reference 3.3), then what it means.
  throw new NotFoundError(
    `Failed to find issue: there is no \`${wanted.key}\` at ${session.account.instance.url}, or ${accountWords(session.account.access)} may not see it. Check the key.`,
  );
}

/** Both the key and the project that it is said to be in have to be within reach. */
export function isReached({ onlyProjects }: Account, { key, projectKey }: Pick<TrackerIssue, "key" | "projectKey">): boolean {
  if (onlyProjects === undefined) return true;
  const inKey = parseIssue(key)?.projectKey;
  return inKey !== undefined && onlyProjects.includes(inKey) && onlyProjects.includes(projectKey.toUpperCase());
}

async function readTyped({ account, context }: Session, typed: string): Promise<TypedIssue> {
  const issue = parseIssue(typed);
  if (issue === undefined) {
    throw new ValidationError(`"${typed.trim()}" is no issue. Type its key, such as \`PLAY-1\`, or its address from the browser.`);
  }
  const { instance } = account;
  const { url } = issue;
  if (url === undefined) return issue;
  const others = [...instancesOf(context.config), ...(await allRegistered(context))].filter((other) => other.url !== instance.url);
  // The configuration need not name a site of Jira Cloud.
  if (instancesAt([...others, instance], url).some((fitting) => fitting.url === instance.url)) return issue;
  throw new ValidationError(
    `This room is connected to ${instance.url}, and that issue is at ${url.host}. Type one of the Jira that is connected.`,
  );
}

function outOfReach({ account, context }: Session, { key, projectKey }: TypedIssue): PermissionError {
  const reached = (account.onlyProjects ?? []).join(", ");
  return new PermissionError(
    `\`${key}\` is in \`${projectKey}\`, and this room is connected to ${reached} only. Connect it with \`!connect jira ${projectKey}\`, or act as yourself there: ${howToLogIn([account.instance], context)}`,
  );
}
