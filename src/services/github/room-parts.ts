import { createDiscussionRooms, type OpenDiscussionRoom } from "./discussion-rooms.js";
import { createRoomClient, type RoomClient } from "./room-client.js";
import { createRoomText, type ToRoomText } from "./room-text.js";
import type { GitHubParts } from "./session.js";

/** What rooms of their own are made of, besides what everything at GitHub is. */
export interface RoomParts {
  readonly gitHub: GitHubParts;
  readonly client: RoomClient;
  readonly toRoomText: ToRoomText;
  readonly openDiscussionRoom: OpenDiscussionRoom;
}

/** Compiles schemas, so it is called once. */
export function createRoomParts(gitHub: GitHubParts): RoomParts {
  return { gitHub, client: createRoomClient(), toRoomText: createRoomText(), openDiscussionRoom: createDiscussionRooms() };
}
