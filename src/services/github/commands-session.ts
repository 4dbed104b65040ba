import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ConnectionCommandCall } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { code } from "../../shared/sentence.js";
import { registeredLink, type GitHubLink } from "./access.js";
import type { IssueAnswer } from "./client-schema.js";
import type { GitHubClient } from "./client.js";
import { lookUpAt } from "./look-up-registered.js";
import { atSite, gitHubsFor, type RegisteredGitHub } from "./registered-githubs.js";
import {
  isSameRepository,
  nameOf,
  ownsIssue,
  parseIssueName,
  parseIssueNumber,
  repositoryOfState,
  type IssueName,
  type RepositoryName,
} from "./repository-name.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, requirePerson, type GitHubParts } from "./session.js";
import { isElsewhere, siteOfState } from "./state-site.js";

/** A command while it runs: as the person who typed it, or, where the configuration says so, through a registered account for them. */
export interface CommandSession {
  readonly client: GitHubClient;
  readonly link: GitHubLink;
  /** Of the connection that the command went to. */
  readonly repository: RepositoryName;
  readonly call: ConnectionCommandCall;
  /** Who typed it, where a registered account acts in their place. */
  readonly onBehalfOf?: UserId;
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
  const common = { client: parts.client, repository, call };
  const isHere = !isElsewhere(call.connection.state, context.config);
  const own = isHere ? await findPerson(parts, call.actor, context) : undefined;
  if (own !== undefined) return { ...common, link: own };
  const registered = await findRegistered(parts, repository, call, context);
  if (registered !== undefined) return { ...common, link: linkTo(registered, parts, context), onBehalfOf: call.actor };
  // Refused with what to do.
  if (isHere) return { ...common, link: await requirePerson(parts, call.actor, context) };
  const { webUrl } = siteOfState(call.connection.state, context.config);
  throw new PermissionError(
    `This room is connected to ${nameOf(repository)} at ${webUrl}, where nobody can log in through me. Do it there in the browser.`,
  );
}

/** Through which somebody without a login may act, where the configuration lets them. */
async function findRegistered(
  parts: GitHubParts,
  repository: RepositoryName,
  { connection: { state, roomId }, actor }: ConnectionCommandCall,
  context: ServiceContext<GitHubConfig>,
): Promise<RegisteredGitHub | undefined> {
  if (!context.remotes.letsPeopleAct) return undefined;
  const here = atSite(await gitHubsFor(actor, roomId, context), siteOfState(state, context.config));
  const lookUps = await lookUpAt(parts, here, repository, context);
  // What has another name now may be none of the projects that it serves.
  const found = lookUps.find((lookUp) => lookUp.kind === "found" && isSameRepository(lookUp.repository, repository));
  return found?.gitHub;
}

function linkTo({ remote }: RegisteredGitHub, { pace }: GitHubParts, context: ServiceContext<GitHubConfig>): GitHubLink {
  return registeredLink(remote, context.remotes.clientFor(remote), context, pace);
}

/** What is written at GitHub: through a registered account it says who wrote it. As code, so that it means nobody there. */
export function signed({ onBehalfOf }: CommandSession, text: string): string {
  return onBehalfOf === undefined ? text : `${text}\n\nBy ${code(onBehalfOf).source} in Matrix.`.trimStart();
}

/** @throws PermissionError where it would be done as somebody else */
export function requireOwnLogin({ onBehalfOf }: CommandSession): void {
  if (onBehalfOf === undefined) return;
  throw new PermissionError("You are not logged in, and this is not done through an account that somebody else registered.");
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
  // One that was moved is answered from where it is now: whoever has no login has no say there.
  const isHere = session.onBehalfOf === undefined || ownsIssue({ org: repository.owner, repo: repository.repo }, issue?.html_url ?? "");
  if (issue !== undefined && isHere) return { name, issue };
  throw new NotFoundError(
    `There is no #${name.number} in ${nameOf(repository)} at ${link.site.webUrl}, or your account may not see it. Check the number.`,
  );
}
