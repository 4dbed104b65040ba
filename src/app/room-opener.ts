import type { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { NewRoom } from "../core/ports/service-rooms.js";
import type { Matrix } from "../matrix/matrix.js";
import type { Log } from "../shared/log.js";
import type { Late } from "./late.js";
import type { LateParts } from "./late-parts.js";

/*
 * A room that a service opens, step by step; called again after a crash, the steps that were done are found done:
 *
 *   it is made, with its state; where the alias is taken already, the room that has it is meant. (The alias is not looked up first: about one
 *     that it does not know the homeserver asks us, as it does when somebody wants to join it, and this may be our answer to that.)
 *   -> a new one gets its picture; without one it does as well
 *   -> one that a ghost opened: the main bot joins, is given power, and sets the state of connections, since a ghost's does not count
 *   -> the room is read in its turn, so that its connections are known before the homeserver has told us of it
 */

interface RoomOpenerOptions {
  readonly bots: BotDirectory;
  readonly rooms: RoomStore;
  readonly matrix: Pick<Matrix, "roomState" | "accounts" | "roomMaker" | "ghosts" | "takePicture">;
  readonly late: Late<LateParts>;
  readonly findByAlias: (alias: string) => Promise<RoomId | undefined>;
  readonly isConnectionType: (type: string) => boolean;
  readonly log: Log;
}

type NewState = NewRoom["state"][number];
type Content = Readonly<Record<string, unknown>>;

const botPower = 100;

/** Opens rooms for services; see above. */
export class RoomOpener {
  readonly #options: RoomOpenerOptions;

  constructor(options: RoomOpenerOptions) {
    this.#options = options;
  }

  /** @throws RemoteError */
  async open(room: NewRoom): Promise<RoomId> {
    const { bots, rooms } = this.#options;
    const { roomId, isNew } = await this.#makeOrFind(room);
    const record = await rooms.get(roomId);
    // A new one may have been read while the homeserver was still making it: without the state that came last.
    const isKnown = !isNew && record?.readAt !== undefined && record.bots.includes(bots.main.userId);
    const hasChanged = room.as === undefined ? false : await this.#admitBot(roomId, room.as.userId, room.state, isKnown);
    if (!isKnown || hasChanged) await this.#read(roomId, room.as === undefined);
    return roomId;
  }

  async #makeOrFind(room: NewRoom): Promise<{ readonly roomId: RoomId; readonly isNew: boolean }> {
    const { matrix, bots, findByAlias } = this.#options;
    const creator = room.as?.userId ?? bots.main.userId;
    if (room.as !== undefined) await matrix.ghosts.introduce(room.as);
    try {
      const roomId = await matrix.roomMaker.create(this.#request(room), creator);
      if (room.avatarUrl !== undefined) await this.#picture(roomId, room.avatarUrl, creator);
      return { roomId, isNew: true };
    } catch (error) {
      const isTaken = error instanceof RemoteError && error.remoteCode === "M_ROOM_IN_USE" && room.alias !== undefined;
      const found = isTaken ? await findByAlias(room.alias) : undefined;
      if (found === undefined) throw error;
      return { roomId: found, isNew: false };
    }
  }

  /** Matrix spec, client-server API, `POST /createRoom`. */
  #request(room: NewRoom): Content {
    const { bots, isConnectionType } = this.#options;
    const state = room.as === undefined ? room.state : room.state.filter(({ type }) => !isConnectionType(type));
    const invite = [...(room.invite ?? []), ...(room.as === undefined ? [] : [bots.main.userId])];
    return {
      name: room.name,
      ...(room.topic === undefined ? {} : { topic: room.topic }),
      ...(room.alias === undefined ? {} : { room_alias_name: room.alias }),
      preset: room.isPublic ? "public_chat" : "private_chat",
      visibility: room.isPublic ? "public" : "private",
      ...(room.type === undefined ? {} : { creation_content: { type: room.type } }),
      ...(room.powerLevels === undefined ? {} : { power_level_content_override: room.powerLevels }),
      initial_state: state.map(({ type, stateKey, content }) => ({ type, state_key: stateKey, content })),
      ...(invite.length === 0 ? {} : { invite }),
    };
  }

  async #picture(roomId: RoomId, address: string, as: UserId): Promise<void> {
    const { matrix, log } = this.#options;
    try {
      await matrix.roomState.set(roomId, "m.room.avatar", "", { url: await matrix.takePicture(address) }, as);
    } catch (error) {
      log.warn({ roomId, error }, "A room's picture could not be set");
    }
  }

  /** @returns whether state of a connection was set */
  async #admitBot(roomId: RoomId, ghost: UserId, state: readonly NewState[], isJoined: boolean): Promise<boolean> {
    const { matrix, bots, isConnectionType } = this.#options;
    const bot = bots.main.userId;
    if (!isJoined) await matrix.accounts.join(roomId, bot);
    await this.#empower(roomId, ghost);
    let hasChanged = false;
    for (const { type, stateKey, content } of state) {
      if (!isConnectionType(type) || (await matrix.roomState.read(roomId, type, stateKey, bot)) !== undefined) continue;
      await matrix.roomState.set(roomId, type, stateKey, content, bot);
      hasChanged = true;
    }
    return hasChanged;
  }

  /** Not by `power_level_content_override`, in which room versions before 12 need the creator and those from 12 on refuse it. */
  async #empower(roomId: RoomId, ghost: UserId): Promise<void> {
    const { matrix, bots } = this.#options;
    const bot = bots.main.userId;
    const levels = (await matrix.roomState.read(roomId, "m.room.power_levels", "", bot)) ?? {};
    const users = contentOf(levels["users"]);
    if (Number(users[bot] ?? 0) >= botPower) return;
    await matrix.roomState.set(roomId, "m.room.power_levels", "", { ...levels, users: { ...users, [bot]: botPower } }, ghost);
  }

  async #read(roomId: RoomId, isOwn: boolean): Promise<void> {
    const { late, matrix, bots } = this.#options;
    // A room that an alias led to may be one that the bot has left.
    if (isOwn) await matrix.accounts.join(roomId, bots.main.userId);
    const { queue, readRoom } = late.get();
    await queue.run(roomId, () => readRoom(roomId));
  }
}

function contentOf(value: unknown): Content {
  // An object that is no list; its values are checked where they are used.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Content) : {};
}
