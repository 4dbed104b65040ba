import type { ConnectionKind } from "../../core/service.js";
import { createDiscussionKind } from "./kind-discussion.js";
import { createDiscussionSpaceKind } from "./kind-discussion-space.js";
import { createIssueKind } from "./kind-issue.js";
import { createProjectKind } from "./kind-project.js";
import { createUserSpaceKind } from "./kind-user-space.js";
import type { RoomParts } from "./room-parts.js";
import type { GitHubConfig } from "./schema.js";

/** Rooms that are one thing at GitHub, or hold such rooms (Hookshot reference 2.4 and 2.5). */
export function createRoomKinds(parts: RoomParts): readonly ConnectionKind<GitHubConfig>[] {
  return [
    createIssueKind(parts),
    createDiscussionKind(parts),
    createDiscussionSpaceKind(parts),
    createUserSpaceKind(),
    createProjectKind(),
  ];
}
