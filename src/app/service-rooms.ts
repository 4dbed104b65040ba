import type { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import { serverOf, type RoomId, type UserId } from "../core/ids.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { ServiceRooms } from "../core/ports/service-rooms.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Log } from "../shared/log.js";
import { ghostIdOf } from "./ghost-ids.js";
import type { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";
import { RoomOpener } from "./room-opener.js";

export interface ServiceRoomsOptions {
  readonly serviceId: string;
  readonly permissionName: string;
  readonly bots: BotDirectory;
  readonly rooms: RoomStore;
  readonly matrix: Pick<Matrix, "roomState" | "accounts" | "roomMaker" | "ghosts" | "takePicture">;
  readonly late: Late<LateParts>;
  /** Whether state of the type makes a connection. */
  readonly isConnectionType: (type: string) => boolean;
  readonly log: Log;
}

/** What one service may do in rooms, as the bot that serves it there, or as a ghost. */
export function createServiceRooms(options: ServiceRoomsOptions): ServiceRooms {
  const { serviceId, permissionName, bots, rooms, matrix, late } = options;
  const { roomState } = matrix;
  const server = serverOf(bots.main.userId);
  const findByAlias = (alias: string): Promise<RoomId | undefined> => matrix.roomMaker.findAlias(`#${alias}:${server}`);
  const opener = new RoomOpener({ ...options, findByAlias });

  async function botIn(roomId: RoomId): Promise<UserId> {
    const joined = (await rooms.get(roomId))?.bots ?? [];
    return (bots.forService(permissionName, joined) ?? bots.main).userId;
  }

  return {
    ghostId: (localpart) => ghostIdOf(localpart, bots),
    create: (room) => opener.open(room),
    findByAlias,
    async readState(roomId, type, stateKey) {
      return roomState.read(roomId, type, stateKey, await botIn(roomId));
    },
    async setState(roomId, type, stateKey, content) {
      await roomState.set(roomId, type, stateKey, content, await botIn(roomId));
    },
    async readEvent(roomId, eventId) {
      return roomState.readEvent(roomId, eventId, await botIn(roomId));
    },
    async say(about, roomId, message, as) {
      const speaker = as === undefined ? { sender: await botIn(roomId) } : { sender: as.userId, ghost: profileOf(as) };
      await late.get().announcer.announce(`${serviceId}|${about}`, { roomId, message, ...speaker });
    },
    async tellPerson(about, person, message) {
      const { announcer, directChatOf } = late.get();
      const roomId = await directChatOf(person);
      if (roomId === undefined) throw noChat(person);
      await announcer.announce(`${serviceId}|${about}`, { roomId, message, sender: bots.main.userId });
    },
  };
}

function profileOf({ displayName, avatarUrl }: { readonly displayName: string; readonly avatarUrl?: string }): {
  readonly displayName: string;
  readonly avatarUrl?: string;
} {
  return { displayName, ...(avatarUrl === undefined ? {} : { avatarUrl }) };
}

function noChat(person: UserId): RemoteError {
  return new RemoteError(`There is no direct chat with ${person} that is not encrypted, and none can be opened.`, { status: 403 });
}
