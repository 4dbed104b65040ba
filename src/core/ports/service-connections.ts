import type { Connection } from "../connection.js";
import type { ConnectionId, RoomId } from "../ids.js";

/** One service's connections, of all its kinds. */
export interface ServiceConnections {
  get(id: ConnectionId): Promise<Connection | undefined> | Connection | undefined;
  /** Active connections that listen to the key, in the order in which they are asked. Costs what it returns. */
  byRemoteKey(key: string): Promise<readonly Connection[]> | readonly Connection[];
  inRoom(roomId: RoomId): Promise<readonly Connection[]>;
  /** False while rooms are read for the first time: what is not found may be in one of them. Absent: everything is known. */
  isComplete?(): boolean;
  /** All, for administrators' lists and rare tasks. */
  all(): AsyncIterable<Connection>;
}
