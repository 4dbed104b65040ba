import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { ConnectionContext } from "./dependencies.js";

/** Everything a room has of enabled services: active, invalid and ungranted, those of higher priority first. */
export async function listConnections({ index, kinds }: ConnectionContext, roomId: RoomId): Promise<readonly Connection[]> {
  const connections = (await index.inRoom(roomId)).filter((connection) => kinds.forConnection(connection) !== undefined);
  return connections.sort((left, right) => right.priority - left.priority || (left.id < right.id ? -1 : 1));
}
