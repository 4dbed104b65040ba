import type { NewRoom } from "../../core/ports/service-rooms.js";
import type { ServiceAliases, ServiceContext } from "../../core/service.js";
import { appLink, type GitHubLink } from "./access.js";
import { aliasPrefix, readAlias } from "./alias-names.js";
import { issueStateTypes } from "./issue-room-state.js";
import { askForSync } from "./issue-room-sync.js";
import { repositoryStateTypes } from "./kind-repository.js";
import { repositoryName, type IssueName, type RepositoryName } from "./repository-name.js";
import type { PersonAnswer, RoomRepositoryAnswer } from "./room-answers.js";
import { cut, issueRoomName, issueTopic } from "./room-names.js";
import type { RoomParts } from "./room-parts.js";
import { addToUserSpaces, spacePowerLevels, spaceTask, worldReadable } from "./room-spaces.js";
import { discussionSpaceStateTypes, userSpaceStateTypes } from "./room-states.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

/** Opens the room of what was read from an alias; false where there is no such thing, or it is not for everybody. */
type Open<T> = (read: T, alias: string, parts: RoomParts, context: Context) => Promise<boolean>;

/**
 * Rooms that come to be when somebody joins their alias: only of what is public, and read through the App (Hookshot reference 2.5). Anybody
 * on any server may ask for any alias. So GitHub is asked only about accounts that the App is installed for, and one thing gets two rooms
 * at most, by its name in lower case and as GitHub writes it: other ways to write it would make any number of rooms, each told everything.
 */
export function createAliases(parts: RoomParts): ServiceAliases<GitHubConfig> {
  async function openFirst<T>(readings: readonly T[], open: Open<T>, alias: string, context: Context): Promise<boolean> {
    for (const read of readings) if (await open(read, alias, parts, context)) return true;
    return false;
  }
  return {
    prefix: aliasPrefix,
    owns: (localpart) => localpart.startsWith(aliasPrefix) && localpart.length > aliasPrefix.length,
    async create(localpart, context) {
      const { issues, discussionSpaces, discussions, repositories, users } = readAlias(localpart);
      return (
        (await openFirst(issues, openIssue, localpart, context)) ||
        (await openFirst(discussionSpaces, openDiscussionSpace, localpart, context)) ||
        (await openFirst(discussions, openDiscussion, localpart, context)) ||
        (await openFirst(repositories, openRepository, localpart, context)) ||
        openFirst(users, openUser, localpart, context)
      );
    },
  };
}

interface PublicRepository {
  readonly link: GitHubLink;
  /** As GitHub writes it. */
  readonly name: RepositoryName;
  readonly answer: RoomRepositoryAnswer;
}

function isWellWritten(alias: string, name: string): boolean {
  return alias === alias.toLowerCase() || alias === `${aliasPrefix}${name}`;
}

/** Undefined for private ones, and for those that the App may not read. */
async function findPublic({ gitHub, client }: RoomParts, read: RepositoryName, context: Context): Promise<PublicRepository | undefined> {
  if (!gitHub.app.mayCover(read.owner, context)) return undefined;
  const link = await gitHub.app.linkFor(read, context);
  const answer = link && (await client.repository(link, read));
  const name = repositoryName(answer?.owner.login, answer?.name);
  return link === undefined || name === undefined || answer?.private !== false ? undefined : { link, name, answer };
}

const openIssue: Open<IssueName> = async (read, alias, parts, context) => {
  const repository = await findPublic(parts, read, context);
  const { number } = read;
  const issue = repository && (await parts.client.issue(repository.link, { ...repository.name, number }));
  if (repository === undefined || issue === undefined) return false;
  const { owner: org, repo } = repository.name;
  if (!isWellWritten(alias, `${org}_${repo}_${number}`)) return false;
  const state = { org, repo, issues: [String(number)], state: issue.state, comments_processed: -1 };
  const roomId = await context.rooms.create({
    ...{ name: issueRoomName(repository.answer.full_name, number, issue.title), topic: issueTopic(issue.state, issue.html_url) },
    ...{ alias, isPublic: true },
    ...pictureOf(repository.answer.owner),
    state: [{ type: issueStateTypes[0], stateKey: issue.url, content: state }],
  });
  await askForSync({ state, roomId }, "opened", context);
  return true;
};

const openDiscussionSpace: Open<RepositoryName> = async (read, alias, parts, context) => {
  const repository = await findPublic(parts, read, context);
  if (repository === undefined || repository.answer.has_discussions === false) return false;
  const { owner, repo } = repository.name;
  if (!isWellWritten(alias, `disc_${owner}_${repo}`)) return false;
  const name = `${owner}/${repo}`;
  const connection = { type: discussionSpaceStateTypes[0], stateKey: name.toLowerCase(), content: { owner, repo } };
  const roomId = await context.rooms.create({
    ...space(`${name} Discussions`, alias, repository.answer.owner),
    state: [worldReadable, connection],
  });
  await addToUserSpaces(repository.name, roomId, context);
  return true;
};

const openDiscussion: Open<IssueName> = async (read, alias, parts, context) => {
  const repository = await findPublic(parts, read, context);
  const found = repository && (await parts.client.discussion(repository.link, { ...repository.name, number: read.number }));
  if (found === undefined || found.isPrivate) return false;
  const { owner, repo } = found.repository;
  if (!isWellWritten(alias, `disc_${owner}_${repo}_${read.number}`)) return false;
  await parts.openDiscussionRoom({ ...found, isPublic: true, alias }, context);
  return true;
};

const openRepository: Open<RepositoryName> = async (read, alias, parts, context) => {
  const repository = await findPublic(parts, read, context);
  if (repository === undefined) return false;
  const { full_name: fullName, description, html_url: topic, owner } = repository.answer;
  const { owner: org, repo } = repository.name;
  if (!isWellWritten(alias, `${org}_${repo}`)) return false;
  await context.rooms.create({
    name: cut(description ? `${fullName}: ${description}` : fullName),
    ...{ topic, alias, isPublic: true },
    ...pictureOf(owner),
    state: [{ type: repositoryStateTypes[0], stateKey: fullName, content: { org, repo } }],
  });
  return true;
};

const openUser: Open<string> = async (login, alias, { gitHub, client }, context) => {
  if (!gitHub.app.mayCover(login, context)) return false;
  const installation = await client.installationOf(appLink(context, gitHub.pace), login);
  if (installation === undefined || installation.suspended_at) return false;
  const account = await client.account(gitHub.app.linkOf(installation.id, context), login);
  if (account === undefined) return false;
  const { login: username, node_id: nodeId, name } = account;
  if (!isWellWritten(alias, username)) return false;
  const connection = { type: userSpaceStateTypes[0], stateKey: username.toLowerCase(), content: { username, nodeId } };
  await context.rooms.create({
    ...space(`GitHub - ${name ? name : username} (${username})`, alias, account),
    state: [worldReadable, connection],
  });
  await spaceTask.run(context);
  return true;
};

function space(name: string, alias: string, owner: PersonAnswer): Omit<NewRoom, "state"> {
  return { name: cut(name), alias, isPublic: true, type: "m.space", powerLevels: spacePowerLevels, ...pictureOf(owner) };
}

function pictureOf({ avatar_url: address }: PersonAnswer): Pick<NewRoom, "avatarUrl"> {
  return address ? { avatarUrl: address } : {};
}
