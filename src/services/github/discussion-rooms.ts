import type { RoomId, UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import type { DiscussionChanged, Repository } from "./events.js";
import { deletedPerson, ghostOf, type Person } from "./ghosts.js";
import { discussionRoomName, discussionTopic } from "./room-names.js";
import { addToDiscussionSpaces } from "./room-spaces.js";
import { discussionStateTypes } from "./room-states.js";
import { discussionKey } from "./routing-keys.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

/** Names the event by which a new room is told what its discussion is about. */
export const discussionOpenedName = "discussion_room.opened";

export interface OpenedDiscussion {
  readonly repository: Repository;
  readonly discussion: DiscussionChanged["discussion"];
}

interface RoomWish extends OpenedDiscussion {
  readonly isPublic: boolean;
  /** Absent for rooms that are not for everybody. */
  readonly alias?: string;
  readonly invite?: readonly UserId[];
}

/** The alias of a discussion's room. */
export function discussionAlias({ owner, repo }: Repository, number: number): string {
  return `github_disc_${owner}_${repo}_${number}`;
}

export function discussionAuthor({ author, authorAvatarUrl }: DiscussionChanged["discussion"]): Person {
  if (author === undefined) return deletedPerson;
  return { login: author, ...(authorAvatarUrl === undefined ? {} : { avatarUrl: authorAvatarUrl }) };
}

/** The room of a discussion that has one already. */
export async function findDiscussionRoom({ repository, discussion }: OpenedDiscussion, context: Context): Promise<RoomId | undefined> {
  const found = await context.connections.byRemoteKey(discussionKey(repository, discussion.number));
  return found.find(({ kindId }) => kindId === "discussion")?.roomId;
}

/** What opens rooms of discussions, one at a time for each: GitHub's event and somebody who joins the alias often come together. */
export type OpenDiscussionRoom = (wish: RoomWish, context: Context) => Promise<RoomId>;

export function createDiscussionRooms(): OpenDiscussionRoom {
  // By configuration: one for each running service.
  const openingBy = new WeakMap<GitHubConfig, Map<string, Promise<RoomId>>>();
  return (wish, context) => {
    const opening = openingBy.get(context.config) ?? new Map<string, Promise<RoomId>>();
    openingBy.set(context.config, opening);
    const key = discussionKey(wish.repository, wish.discussion.number);
    const opened = opening.get(key) ?? openDiscussionRoom(wish, context).finally(() => opening.delete(key));
    opening.set(key, opened);
    return opened;
  };
}

/**
 * Opens the room of a discussion as its author's ghost, puts it into the spaces of its repository, and has it told what the discussion is
 * about (Hookshot reference 2.5). Each step finds what an earlier try did.
 * @throws RemoteError
 */
async function openDiscussionRoom({ isPublic, alias, invite, ...opened }: RoomWish, context: Context): Promise<RoomId> {
  const { repository, discussion } = opened;
  const { owner, repo } = repository;
  const { id, nodeId, number, category } = discussion;
  const topic = discussionTopic(discussion);
  const as = ghostOf(discussionAuthor(discussion), context);
  const content = {
    owner,
    repo,
    id,
    internalId: nodeId,
    discussion: number,
    ...(category === undefined ? {} : { category: category.name }),
  };
  const roomId = await context.rooms.create({
    name: discussionRoomName(discussion, repository),
    ...(topic === undefined ? {} : { topic }),
    ...(alias === undefined ? {} : { alias }),
    ...(invite === undefined ? {} : { invite }),
    ...(as === undefined ? {} : { as }),
    isPublic,
    state: [{ type: discussionStateTypes[0], stateKey: "", content }],
  });
  await addToDiscussionSpaces(repository, roomId, context);
  const event = { name: discussionOpenedName, routingKeys: [discussionKey(repository, number)], payload: opened };
  await context.emit(event, `discussion-room ${roomId}`);
  return roomId;
}
