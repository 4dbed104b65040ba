import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import { serverOf, type RoomId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import { ghostOf } from "./ghosts.js";
import { discussionsKey, userSpaceKey } from "./routing-keys.js";
import type { RepositoryName } from "./repository-name.js";
import { discussionsOfState, userOfState } from "./room-states.js";
import type { GitHubConfig } from "./schema.js";

type Context = ServiceContext<GitHubConfig>;

export const discussionSpaceKindId = "discussion-space";
export const userSpaceKindId = "user-space";

/** Only those who keep a space may change it; others may look (Hookshot reference 2.5). */
export const spacePowerLevels = {
  ...{ ban: 100, kick: 100, redact: 100, state_default: 100, events_default: 50, invite: 50 },
  notifications: { room: 100 },
};

export const worldReadable = { type: "m.room.history_visibility", stateKey: "", content: { history_visibility: "world_readable" } };

const lookAgainMs = 60 * 60 * 1_000;
/** While rooms are read for the first time. */
const waitMs = 60_000;

/** Makes a room a child of the space (Matrix spec, "Managing rooms/spaces included in a space"). @throws RemoteError */
export async function addToSpace({ roomId, sender }: Connection, child: RoomId, context: Context): Promise<void> {
  if ((await context.rooms.readState(roomId, "m.space.child", child))?.["via"] !== undefined) return;
  const via = serverOf(ghostOf({ login: "x" }, context)?.userId ?? sender);
  await context.rooms.setState(roomId, "m.space.child", child, { via: [via] });
}

/** A new room of a discussion goes into the spaces of its repository. @throws RemoteError */
export async function addToDiscussionSpaces(repository: RepositoryName, child: RoomId, context: Context): Promise<void> {
  for (const space of await context.connections.byRemoteKey(discussionsKey(repository))) {
    if (space.kindId === discussionSpaceKindId) await addToSpace(space, child, context);
  }
}

/** A new space of a repository's discussions goes into its owner's. What fails is made up for by the task. */
export async function addToUserSpaces({ owner }: RepositoryName, child: RoomId, context: Context): Promise<void> {
  for (const space of await context.connections.byRemoteKey(userSpaceKey(owner))) await tryToAdd(space, child, context);
}

/** Spaces of discussions that are there already go into their owner's space. */
export const spaceTask: ServiceTask<GitHubConfig> = {
  name: "spaces of GitHub users",
  async run(context) {
    if (context.connections.isComplete?.() === false) return waitMs;
    const active: Connection[] = [];
    for await (const connection of context.connections.all()) if (connection.status.kind === "active") active.push(connection);
    for (const space of active.filter(({ kindId }) => kindId === userSpaceKindId)) {
      const owner = userOfState(space.state)?.toLowerCase();
      for (const { kindId, state, roomId } of active) {
        const isTheirs = kindId === discussionSpaceKindId && discussionsOfState(state)?.owner.toLowerCase() === owner;
        if (isTheirs) await tryToAdd(space, roomId, context);
      }
    }
    return lookAgainMs;
  },
};

async function tryToAdd(space: Connection, child: RoomId, context: Context): Promise<void> {
  try {
    await addToSpace(space, child, context);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    context.log.warn({ space: space.roomId, child, error }, "A room could not be put into a space; it is tried again");
  }
}
