import type { Connection } from "../core/connection.js";
import type { InboxEvent } from "../core/delivery.js";
import type { InboxId, RoomId } from "../core/ids.js";
import type { KeptEventStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../core/remote-event.js";

/**
 * While the rooms are read for the first time, nobody knows which of them an event is for. Until that ends every event is kept under
 * its routing keys, and a room hears nothing before it was read and given what was kept for it: once, and before newer events.
 */
export class FirstReading {
  readonly #kept: KeptEventStore;
  readonly #unitOfWork: UnitOfWork;
  /** Rooms that were given what was kept; undefined while no first reading goes on. */
  #admitted: Set<RoomId> | undefined;
  readonly #heldBack = new Set<RoomId>();

  constructor(kept: KeptEventStore, unitOfWork: UnitOfWork) {
    this.#kept = kept;
    this.#unitOfWork = unitOfWork;
  }

  get isGoingOn(): boolean {
    return this.#admitted !== undefined;
  }

  begin(): void {
    this.#admitted ??= new Set();
  }

  /** Rooms to which something was not sent because they were not read yet, and which are not admitted so far. */
  get heldBack(): readonly RoomId[] {
    return [...this.#heldBack];
  }

  /** Ends it; the kept events are forgotten. */
  async end(): Promise<void> {
    this.#admitted = undefined;
    this.#heldBack.clear();
    for (;;) {
      const changes = await this.#kept.removeSlice();
      if (changes.length === 0) return;
      await this.#unitOfWork.commit(changes);
    }
  }

  /** What to store with a routed event so that rooms read later find it. */
  keep(event: InboxEvent, remote: RemoteEvent): readonly StoreChange[] {
    if (this.#admitted === undefined) return [];
    return remote.routingKeys.flatMap((key) => this.#kept.add(event.serviceId, key, event.id));
  }

  holdsBack(roomId: RoomId): boolean {
    if (this.#admitted === undefined || this.#admitted.has(roomId)) return false;
    this.#heldBack.add(roomId);
    return true;
  }

  /** From now on the room hears events as they come. */
  admit(roomId: RoomId): void {
    this.#admitted?.add(roomId);
    this.#heldBack.delete(roomId);
  }

  /** Events kept for any of the connections, oldest first, each with the connections it is for. */
  async keptFor(
    connections: readonly Connection[],
  ): Promise<readonly { readonly inboxId: InboxId; readonly connections: readonly Connection[] }[]> {
    const found = new Map<InboxId, Set<Connection>>();
    for (const connection of connections) {
      for (const key of connection.remoteKeys) {
        for (const id of await this.#kept.find(connection.serviceId, key)) {
          const listening = found.get(id) ?? new Set();
          found.set(id, listening.add(connection));
        }
      }
    }
    return [...found]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([inboxId, listening]) => ({ inboxId, connections: [...listening] }));
  }
}
