import { RemoteError } from "../core/errors.js";
import { isRoomId, type UserId } from "../core/ids.js";
import type { BotAccounts } from "../core/ports/rooms.js";
import type { Calls } from "./calls.js";
import { textAt, unreadableAnswer, valueAt } from "./homeserver-errors.js";
import type { SdkClients } from "./sdk.js";

/** Membership of our users. @param register makes a user of ours at the homeserver; one that is there already is fine */
export function createBotAccounts(clients: SdkClients, calls: Calls, register: (userId: UserId) => Promise<void>): BotAccounts {
  return {
    async join(roomIdOrAlias, as, via = []) {
      const servers = [...new Set([...serversNamedBy(roomIdOrAlias), ...via])];
      return toRoomId(await clients.run("joinRoom", as, (client) => client.joinRoom(roomIdOrAlias, servers)));
    },
    async leave(roomId, as, reason) {
      const leave = (): Promise<unknown> => clients.run("leaveRoom", as, (client): Promise<unknown> => client.leaveRoom(roomId, reason));
      try {
        await leave();
      } catch (error) {
        if (!(error instanceof RemoteError) || error.status !== 403) throw error;
        // A ghost that was invited before it ever spoke: homeservers let nobody act who is not registered, not even to refuse.
        await register(as);
        await leave();
      }
    },
    async membership(roomId, as, via = []) {
      const query = [...new Set([...serversNamedBy(roomId), ...via])].map((server) => ["via", server]);
      // Matrix spec v1.15, "GET /_matrix/client/v1/room_summary": it says what the asker is in the room, and does not ask that they are in it.
      const path = `/_matrix/client/v1/room_summary/${encodeURIComponent(roomId)}`;
      const answer = await unlessRefused(calls.json({ name: "getRoomSummary", method: "GET", path, query, as }));
      return textAt(answer, "membership");
    },
    async joinedRooms(as) {
      // Not through the SDK: every start asks this once per bot, and loading the SDK would delay the first deliveries.
      const answer = await calls.json({ name: "getJoinedRooms", method: "GET", path: "/_matrix/client/v3/joined_rooms", as });
      const rooms = valueAt(answer, "joined_rooms");
      if (!Array.isArray(rooms)) throw unreadableAnswer("list of joined rooms");
      return rooms.filter(isRoomId);
    },
    async sendReadReceipt(roomId, eventId, as) {
      await clients.run("sendReadReceipt", as, (client): Promise<unknown> => client.sendReadReceipt(roomId, eventId));
    },
    async createDirectRoom(person, as) {
      const options = { invite: [person], is_direct: true, preset: "trusted_private_chat" as const };
      return toRoomId(await clients.run("createRoom", as, (client) => client.createRoom(options)));
    },
  };
}

/** Synapse answers 400 for a room it knows nothing of and no server to ask, 404 for one that is not the asker's to know. */
async function unlessRefused(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RemoteError && !error.isTransient) return undefined;
    throw error;
  }
}

function toRoomId(value: unknown): `!${string}` {
  if (!isRoomId(value)) throw unreadableAnswer("room id");
  return value;
}

/** The server in a room id or alias, which can let us in. Room ids from version 12 on name none. */
function serversNamedBy(roomIdOrAlias: string): readonly string[] {
  const colon = roomIdOrAlias.indexOf(":");
  return colon === -1 ? [] : [roomIdOrAlias.slice(colon + 1)];
}
