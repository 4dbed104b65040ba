import type { DeliveryOutcome } from "../core/delivery.js";
import type { ConnectionId, DeliveryId, RoomId } from "../core/ids.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import { movedDeliveryId } from "./delivery-ids.js";
import type { IdSource } from "./id-source.js";

/** A connection, and the room that it is in. */
export interface MovedConnection {
  readonly roomId: RoomId;
  readonly id: ConnectionId;
}

interface Surroundings {
  readonly store: DeliveryStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
}

const pageSize = 200;

/** Moves what waits for a connection to another, with new ids and at the same places. Nothing is sent in either room meanwhile. */
export async function moveDeliveries(
  from: MovedConnection,
  to: MovedConnection,
  { store, unitOfWork, ids, clock }: Surroundings,
): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const page = await store.read(from.roomId, after, pageSize);
    const changes: StoreChange[] = [];
    for (const { item: delivery } of page.filter((entry) => entry.item.connectionId === from.id)) {
      // The cast: here is where the ids of moved deliveries come from that no event gave one.
      const id = movedDeliveryId(delivery.id, from.id, to.id) ?? (`${ids.next()}.m` as DeliveryId);
      const outcome: DeliveryOutcome = { kind: "discarded", at: clock.now(), reason: `the room was replaced; goes on as ${id}` };
      changes.push(...store.end(delivery, outcome), ...store.clearProgress(delivery.id));
      // While connections were copied the event may have found its way there already.
      if ((await store.get(id)) === undefined) changes.push(...store.add({ ...delivery, id, roomId: to.roomId, connectionId: to.id }));
    }
    await unitOfWork.commit(changes);
    after = page.at(-1)?.place;
    if (page.length < pageSize) return;
  }
}
