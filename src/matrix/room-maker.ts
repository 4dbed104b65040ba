import { isRoomId, type RoomId, type UserId } from "../core/ids.js";
import { unlessMissing, type Calls } from "./calls.js";
import { unreadableAnswer, valueAt } from "./homeserver-errors.js";

/** Opens rooms for our users. Every method throws RemoteError. */
export interface RoomMaker {
  /** @param request the body of `POST /createRoom`; with an alias that is taken it is refused with `M_ROOM_IN_USE` */
  create(request: Readonly<Record<string, unknown>>, as: UserId): Promise<RoomId>;
  /** The room behind a whole alias (`#…:server`); undefined when there is none. The homeserver may ask us meanwhile whether we make one. */
  findAlias(alias: string): Promise<RoomId | undefined>;
  /** Whether `findAlias` waits for the homeserver's answer about that alias. */
  isAsking(alias: string): boolean;
  invite(roomId: RoomId, user: UserId, as: UserId): Promise<void>;
}

/** Not through the SDK, whose types know less of a new room than the spec. */
export function createRoomMaker(calls: Calls): RoomMaker {
  /** How often each alias is asked about just now. */
  const asked = new Map<string, number>();

  function note(alias: string, difference: 1 | -1): void {
    const count = (asked.get(alias) ?? 0) + difference;
    if (count === 0) asked.delete(alias);
    else asked.set(alias, count);
  }

  return {
    async create(request, as) {
      return roomIdIn(await calls.json({ name: "createRoom", method: "POST", path: "/_matrix/client/v3/createRoom", as, body: request }));
    },
    async findAlias(alias) {
      const path = `/_matrix/client/v3/directory/room/${encodeURIComponent(alias)}`;
      note(alias, 1);
      try {
        const answer = await unlessMissing(calls.json({ name: "lookupRoomAlias", method: "GET", path }));
        return answer === undefined ? undefined : roomIdIn(answer);
      } finally {
        note(alias, -1);
      }
    },
    isAsking: (alias) => asked.has(alias),
    async invite(roomId, user, as) {
      const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/invite`;
      await calls.json({ name: "inviteUser", method: "POST", path, as, body: { user_id: user } });
    },
  };
}

function roomIdIn(answer: unknown): RoomId {
  const roomId = valueAt(answer, "room_id");
  if (!isRoomId(roomId)) throw unreadableAnswer("room id");
  return roomId;
}
