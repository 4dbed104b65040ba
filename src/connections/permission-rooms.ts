import { RemoteError } from "../core/errors.js";
import { isUserId, type RoomId, type UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { BotAccounts, RoomState } from "../core/ports/rooms.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { backoffMs } from "./backoff.js";
import type { ConnectionLog } from "./dependencies.js";
import { Pauses } from "./pauses.js";

const backoff = { firstMs: 1_000, longestMs: 60 * 60_000 };

export interface PermissionRoomsOptions {
  /** The rooms that `permissions[]` names as actors (Hookshot reference 1.8). */
  readonly roomIds: readonly RoomId[];
  /** The main bot, which joins them. */
  readonly as: UserId;
  readonly accounts: Pick<BotAccounts, "join">;
  readonly roomState: Pick<RoomState, "joinedMembers">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: ConnectionLog;
}

/** Who is in the rooms that permissions name. */
export interface PermissionRooms {
  /** Joins the rooms and reads their members in the background, until it succeeds. */
  start(): void;
  stop(): Promise<void>;
  has(roomId: RoomId): boolean;
  /** True until every room has answered or refused: until then a missing right may only not be known yet. */
  isLoading(): boolean;
  /** Undefined while they are not known. */
  membersOf(roomId: RoomId): ReadonlySet<UserId> | undefined;
  /** Takes over a membership event; those of other rooms are ignored. */
  applyMember(event: MatrixEvent): void;
}

export function createPermissionRooms(options: PermissionRoomsOptions): PermissionRooms {
  const pauses = new Pauses(options.clock);
  const rooms = new Map(options.roomIds.map((roomId) => [roomId, new PermissionRoom(roomId, options, pauses)]));
  return {
    start() {
      for (const room of rooms.values()) room.load();
    },
    async stop() {
      pauses.stop();
      await Promise.all([...rooms.values()].map((room) => room.loading));
    },
    has: (roomId) => rooms.has(roomId),
    isLoading: () => [...rooms.values()].some((room) => !room.isSettled),
    membersOf: (roomId) => rooms.get(roomId)?.members,
    applyMember: (event) => rooms.get(event.room_id)?.apply(event),
  };
}

class PermissionRoom {
  readonly #roomId: RoomId;
  readonly #options: PermissionRoomsOptions;
  readonly #pauses: Pauses;
  #members: Set<UserId> | undefined;
  /** Changes that came while the members were asked for: they are newer than the answer. */
  #early = new Map<UserId, boolean>();
  #loading: Promise<void> | undefined;
  /** The homeserver has told the members, or has refused to. */
  isSettled = false;

  constructor(roomId: RoomId, options: PermissionRoomsOptions, pauses: Pauses) {
    this.#roomId = roomId;
    this.#options = options;
    this.#pauses = pauses;
  }

  get members(): ReadonlySet<UserId> | undefined {
    return this.#members;
  }

  get loading(): Promise<void> {
    return this.#loading ?? Promise.resolve();
  }

  load(): void {
    this.#loading ??= this.#loadUntilKnown().finally(() => (this.#loading = undefined));
  }

  apply({ type, state_key: user, content }: MatrixEvent): void {
    if (type !== "m.room.member" || !isUserId(user)) return;
    const isJoined = content["membership"] === "join";
    if (this.#members === undefined) this.#early.set(user, isJoined);
    else this.#set(user, isJoined);
    if (user === this.#options.as && this.#members !== undefined && !isJoined) this.#loadAgain();
  }

  /** Without our bot in the room nobody tells us who leaves, so nobody has rights from it until the bot is back. */
  #loadAgain(): void {
    this.#members = undefined;
    this.load();
  }

  async #loadUntilKnown(): Promise<void> {
    for (let attempt = 0; this.#members === undefined && !this.#pauses.isStopped; attempt += 1) {
      try {
        await this.#loadOnce();
      } catch (error) {
        this.#complain(error);
        await this.#pauses.wait(backoffMs(attempt, backoff, this.#options.random));
      }
    }
  }

  async #loadOnce(): Promise<void> {
    const { accounts, roomState, as } = this.#options;
    this.#early = new Map();
    await accounts.join(this.#roomId, as);
    const members = new Set(await roomState.joinedMembers(this.#roomId, as));
    this.#members = members;
    this.isSettled = true;
    for (const [user, isJoined] of this.#early) this.#set(user, isJoined);
  }

  #complain(error: unknown): void {
    const { log, as } = this.#options;
    const isRefused = !(error instanceof RemoteError) || !error.isTransient;
    if (isRefused) this.isSettled = true;
    const remedy = isRefused ? `invite ${as} there` : "it is tried again";
    log.warn({ roomId: this.#roomId, error }, `The members of ${this.#roomId}, which "permissions" names, cannot be read: ${remedy}`);
  }

  #set(user: UserId, isJoined: boolean): void {
    if (isJoined) this.#members?.add(user);
    else this.#members?.delete(user);
  }
}
