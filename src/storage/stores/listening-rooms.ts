import type { Connection } from "../../core/connection.js";
import type { ConnectionId, RoomId } from "../../core/ids.js";

/** A kind whose connections have a listener (core/room-listener.ts). */
export interface ListeningKind {
  readonly serviceId: string;
  readonly kindId: string;
}

/** Which rooms may have connections that listen, in memory: every event of every transaction is asked about. */
export class ListeningRooms {
  readonly #kinds: readonly ListeningKind[];
  readonly #services: ReadonlySet<string>;
  /** Connections of services that listen; of what kind they are is known when they are read. */
  readonly #ids = new Map<RoomId, Set<ConnectionId>>();

  constructor(kinds: readonly ListeningKind[]) {
    this.#kinds = kinds;
    this.#services = new Set(kinds.map(({ serviceId }) => serviceId));
  }

  get areNone(): boolean {
    return this.#kinds.length === 0;
  }

  in(roomId: RoomId): ReadonlySet<ConnectionId> | undefined {
    return this.#ids.get(roomId);
  }

  has(connection: Connection | undefined): connection is Connection {
    if (connection?.status.kind !== "active") return false;
    return this.#kinds.some(({ serviceId, kindId }) => serviceId === connection.serviceId && kindId === connection.kindId);
  }

  add(serviceId: string, roomId: RoomId, id: ConnectionId): void {
    if (!this.#services.has(serviceId)) return;
    const ids = this.#ids.get(roomId);
    if (ids === undefined) this.#ids.set(roomId, new Set([id]));
    else ids.add(id);
  }

  remove(roomId: RoomId, id: ConnectionId): void {
    const ids = this.#ids.get(roomId);
    ids?.delete(id);
    if (ids?.size === 0) this.#ids.delete(roomId);
  }
}
