import type { Connection } from "../connection.js";
import type { ConnectionId, RoomId } from "../ids.js";
import type { StoreChange } from "./unit-of-work.js";

/**
 * Our index of room state: which connections exist and which remote keys they listen to.
 * A cache that can be deleted and rebuilt from the rooms. Reads by id and by key are answered from memory where they were asked before.
 */
export interface ConnectionIndex {
  get(id: ConnectionId): Promise<Connection | undefined> | Connection | undefined;
  inRoom(roomId: RoomId): Promise<readonly Connection[]>;
  /** Active connections that listen to the key. Costs what it returns. */
  byRemoteKey(serviceId: string, key: string): Promise<readonly Connection[]> | readonly Connection[];
  /** Stores and removes connections, together with other changes, in one synced batch. Readers see it when this resolves. */
  apply(changes: {
    readonly put?: readonly Connection[];
    readonly remove?: readonly ConnectionId[];
    readonly also?: readonly StoreChange[];
  }): Promise<void>;
  /** Number of connections by service. */
  count(): Promise<ReadonlyMap<string, number>>;
  /**
   * Active connections of the room whose kinds have a listener (room-listener.ts). Asked about every event of every transaction: for most
   * rooms there are none, which is known in memory.
   */
  listening(roomId: RoomId): Promise<readonly Connection[]> | readonly Connection[];
  /** Custom command prefixes in use (not the services' defaults). */
  isCommandPrefix(word: string): boolean;
}
