import { findConnections } from "../connections/find-by-remote-key.js";
import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { ServiceConnections } from "../core/ports/service-connections.js";

const pageSize = 200;

/** What a service sees of the index: its own. */
export function createServiceConnections(serviceId: string, index: ConnectionIndex, rooms: RoomStore): ServiceConnections {
  const own = (connection: Connection | undefined): Connection | undefined =>
    connection?.serviceId === serviceId ? connection : undefined;

  async function inRoom(roomId: RoomId): Promise<readonly Connection[]> {
    return (await index.inRoom(roomId)).filter((connection) => connection.serviceId === serviceId);
  }

  return {
    get(id) {
      const found = index.get(id);
      return found instanceof Promise ? found.then(own) : own(found);
    },
    byRemoteKey: (key) => findConnections(index, serviceId, [key]),
    inRoom,
    async *all() {
      let after: RoomId | undefined;
      for (;;) {
        const page = await rooms.list(after, pageSize);
        for (const { roomId } of page) yield* await inRoom(roomId);
        after = page.at(-1)?.roomId;
        if (page.length < pageSize) return;
      }
    },
  };
}
