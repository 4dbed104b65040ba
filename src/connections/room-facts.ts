import type { BotDirectory } from "../core/bots.js";
import { isRoomId, type UserId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { RoomRecord } from "../core/ports/room-store.js";

/** What the state of a room tells about it besides its connections. */
export type RoomFacts = Pick<RoomRecord, "bots" | "encrypted" | "replacedBy" | "create">;

export function factsOf(state: readonly StateEvent[], bots: BotDirectory): RoomFacts {
  const find = (type: string): StateEvent | undefined => state.find((event) => event.type === type && event.state_key === "");
  const replacement = find("m.room.tombstone")?.content["replacement_room"];
  const create = find("m.room.create");
  return {
    bots: joinedBots(state, bots),
    ...(find("m.room.encryption") === undefined ? {} : { encrypted: true }),
    ...(isRoomId(replacement) ? { replacedBy: replacement } : {}),
    ...(create === undefined ? {} : { create: { sender: create.sender, content: create.content } }),
  };
}

function joinedBots(state: readonly StateEvent[], bots: BotDirectory): readonly UserId[] {
  const joined = new Set<string>();
  for (const event of state) if (event.type === "m.room.member" && event.content["membership"] === "join") joined.add(event.state_key);
  return bots.all.map((bot) => bot.userId).filter((userId) => joined.has(userId));
}
