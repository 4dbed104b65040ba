import { RemoteError } from "../core/errors.js";
import { isRoomId, isUserId, type RoomId, type UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { PermissionRule } from "../core/permissions.js";
import type { BotAccounts, RoomState } from "../core/ports/rooms.js";
import type { BotLog, PermissionRoomMembers } from "./deps.js";

interface LoadDeps {
  readonly accounts: Pick<BotAccounts, "join">;
  readonly roomState: Pick<RoomState, "joinedMembers">;
  readonly log: BotLog;
}

/** The joined members of the rooms that `permissions[]` names, read once and kept current by membership events. */
export class PermissionRooms implements PermissionRoomMembers {
  readonly #members = new Map<RoomId, Set<UserId>>();
  /** Changes that arrived while the members were being read: they are newer than the answer. */
  readonly #early = new Map<RoomId, Map<UserId, boolean>>();
  readonly #unread: Set<RoomId>;
  readonly #rooms: ReadonlySet<RoomId>;

  constructor(rules: readonly PermissionRule[]) {
    this.#rooms = new Set(rules.map((rule) => rule.actor).filter(isRoomId));
    this.#unread = new Set(this.#rooms);
  }

  has(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  isLoading(): boolean {
    return this.#unread.size > 0;
  }

  /** Undefined while they are not known. */
  membersOf(roomId: RoomId): ReadonlySet<UserId> | undefined {
    return this.#members.get(roomId);
  }

  applyMember(event: MatrixEvent): void {
    if (!this.has(event.room_id) || !isUserId(event.state_key)) return;
    const isJoined = event.content["membership"] === "join";
    if (this.#unread.has(event.room_id)) this.#noteEarly(event.room_id, event.state_key, isJoined);
    else this.#set(event.room_id, event.state_key, isJoined);
  }

  /**
   * Joins the rooms not read yet as the main bot and reads their members. A room that refuses the bot is logged and gives nobody a right.
   * @throws RemoteError when the homeserver cannot be asked just now; call again later
   */
  async load(as: UserId, deps: LoadDeps): Promise<void> {
    for (const roomId of this.#unread) await this.#loadRoom(roomId, as, deps);
  }

  async #loadRoom(roomId: RoomId, as: UserId, { accounts, roomState, log }: LoadDeps): Promise<void> {
    try {
      await accounts.join(roomId, as);
      this.#members.set(roomId, new Set(await roomState.joinedMembers(roomId, as)));
    } catch (error) {
      if (!(error instanceof RemoteError) || error.isTransient) throw error;
      log.error({ roomId, error }, `The members of ${roomId}, named in "permissions", cannot be read: invite ${as} and restart`);
    }
    this.#unread.delete(roomId);
    for (const [user, isJoined] of this.#early.get(roomId) ?? []) this.#set(roomId, user, isJoined);
    this.#early.delete(roomId);
  }

  #noteEarly(roomId: RoomId, user: UserId, isJoined: boolean): void {
    const early = this.#early.get(roomId) ?? new Map<UserId, boolean>();
    this.#early.set(roomId, early.set(user, isJoined));
  }

  #set(roomId: RoomId, user: UserId, isJoined: boolean): void {
    const members = this.#members.get(roomId);
    if (isJoined) members?.add(user);
    else members?.delete(user);
  }
}
