import type { RoomId } from "../core/ids.js";
import type { ConnectionContext } from "./dependencies.js";

/** Takes a room's connections out of the index; the room's state stays. Called in the room's turn. */
export async function forgetRoom({ index }: ConnectionContext, roomId: RoomId): Promise<void> {
  const connections = await index.inRoom(roomId);
  if (connections.length > 0) await index.apply({ remove: connections.map(({ id }) => id) });
}
