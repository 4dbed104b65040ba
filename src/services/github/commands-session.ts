import { NotFoundError, ValidationError } from "../../core/errors.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import type { GitHubLink } from "./access.js";
import type { IssueAnswer } from "./client-schema.js";
import type { GitHubClient } from "./client.js";
import {
  isSameRepository,
  nameOf,
  parseIssueName,
  parseIssueNumber,
  repositoryOfState,
  type IssueName,
  type RepositoryName,
} from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { requirePerson, type GitHubParts } from "./session.js";

/** A command while it runs: always as the person who typed it. */
export interface CommandSession {
  readonly client: GitHubClient;
  readonly link: GitHubLink;
  /** Of the connection that the command went to. */
  readonly repository: RepositoryName;
  readonly call: ConnectionCommandCall;
}

/** @throws SwitchboardError when nobody can act, with the remedy */
export async function openSession(
  parts: GitHubParts,
  call: ConnectionCommandCall,
  context: ServiceContext<GitHubConfig>,
): Promise<CommandSession> {
  const repository = repositoryOfState(call.connection.state);
  if (repository === undefined) {
    throw new NotFoundError(
      "The repository that this room is connected to has a name that GitHub does not allow. Disconnect it and connect the right one.",
    );
  }
  return { client: parts.client, link: await requirePerson(parts, call.actor, context), repository, call };
}

/** @throws ValidationError for what names no issue, or one elsewhere */
export function readIssueName({ link, repository }: CommandSession, typed: string): IssueName {
  const byNumber = parseIssueNumber(typed);
  if (byNumber !== undefined) return { ...repository, number: byNumber };
  const named = parseIssueName(typed, link.site);
  if (named === undefined) {
    throw new ValidationError(`"${typed.trim()}" is no issue. Type its number, such as \`12\`, or its address from the browser.`);
  }
  if (isSameRepository(named, repository)) return named;
  throw new ValidationError(
    `That is in ${nameOf(named)}, and this room is connected to ${nameOf(repository)}. Connect it with \`!connect github ${nameOf(named)}\`.`,
  );
}

/** @throws NotFoundError when the person cannot see it */
export async function findIssue(
  session: CommandSession,
  typed: string,
): Promise<{ readonly name: IssueName; readonly issue: IssueAnswer }> {
  const { client, link, repository } = session;
  const name = readIssueName(session, typed);
  const issue = await client.findIssue(link, name);
  if (issue !== undefined) return { name, issue };
  throw new NotFoundError(
    `There is no #${name.number} in ${nameOf(repository)} at ${link.site.webUrl}, or your account may not see it. Check the number.`,
  );
}
