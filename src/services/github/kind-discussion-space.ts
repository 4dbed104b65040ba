import type { Connection, ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ConnectionKind, LateRendering, Rendered, ServiceContext } from "../../core/service.js";
import { discussionAlias } from "./discussion-rooms.js";
import type { DiscussionChanged } from "./events.js";
import { nameOf, type RepositoryName } from "./repository-name.js";
import { roomGrant } from "./room-grants.js";
import type { RoomParts } from "./room-parts.js";
import { discussionSpaceKindId } from "./room-spaces.js";
import { discussionsOfState, discussionSpaceStateSchema, discussionSpaceStateTypes } from "./room-states.js";
import { discussionsKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

/** "This space holds the rooms of that repository's discussions" (Hookshot reference 2.5). */
export function createDiscussionSpaceKind(parts: RoomParts): ConnectionKind<GitHubConfig> {
  return {
    id: discussionSpaceKindId,
    title: "GitHub discussion space",
    stateTypes: discussionSpaceStateTypes,
    stateSchema: discussionSpaceStateSchema,
    remoteKeys: (state) => [discussionsKey(requireRepository(state))],
    resourceKey: (state) => discussionsKey(requireRepository(state)),
    describe,
    isNamed: (state, stateKey, typed) => typed.toLowerCase() === describe(state, stateKey).name.toLowerCase(),
    grant: (state) => roomGrant(discussionSpaceStateTypes, String(state["owner"]), String(state["repo"])),
    render,
    renderLater: (event, _connection, context) => openRoom(parts, event, context),
  };
}

/** @throws ValidationError for what the schema cannot say; the connection is not loaded then */
function requireRepository(state: ConnectionState): RepositoryName {
  const repository = discussionsOfState(state);
  if (repository === undefined) throw new ValidationError("'owner' and 'repo' must be the names of an account and a repository at GitHub");
  return repository;
}

/** Also called for state that was not loaded. */
function describe(state: ConnectionState, stateKey: string): { readonly name: string } {
  const repository = discussionsOfState(state);
  return { name: repository === undefined ? stateKey : `${nameOf(repository)} discussions` };
}

function render(event: RemoteEvent, { state }: Connection): Rendered {
  const repository = discussionsOfState(state);
  const isHere = repository !== undefined && event.routingKeys.includes(discussionsKey(repository));
  if (isHere && event.name === "discussion.created") return { kind: "later" };
  return { kind: "ignored", reason: isHere ? "it is told in the discussion's room" : "it is about another repository" };
}

/** GitHub's event does not say whether everybody may read it. */
async function openRoom(rooms: RoomParts, event: RemoteEvent, context: ServiceContext<GitHubConfig>): Promise<LateRendering> {
  // The webhook made it, and `render` let it through.
  const { repository, discussion } = event.payload as DiscussionChanged;
  const link = await rooms.gitHub.app.linkFor(repository, context);
  const found = link && (await rooms.client.repository(link, repository));
  if (found?.private !== false) {
    const typed = `${repository.owner} ${repository.repo} ${discussion.number}`;
    return {
      kind: "ignored",
      reason: `the repository is not public, so its discussions get rooms only by \`github discussion open ${typed}\``,
    };
  }
  await rooms.openDiscussionRoom(
    { repository, discussion, isPublic: true, alias: discussionAlias(repository, discussion.number) },
    context,
  );
  return { kind: "ignored", reason: "a room was opened for it" };
}
