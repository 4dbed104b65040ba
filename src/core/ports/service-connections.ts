import type { Connection } from "../connection.js";
import type { ConnectionId, RoomId } from "../ids.js";

/** One service's connections, of all its kinds. */
export interface ServiceConnections {
  get(id: ConnectionId): Promise<Connection | undefined> | Connection | undefined;
  /** Active connections that listen to the key. Costs what it returns. */
  byRemoteKey(key: string): Promise<readonly Connection[]> | readonly Connection[];
  inRoom(roomId: RoomId): Promise<readonly Connection[]>;
  /** All, for administrators' lists and rare tasks. */
  all(): AsyncIterable<Connection>;
}
