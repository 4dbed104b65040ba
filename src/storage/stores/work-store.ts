import type { MatrixEvent } from "../../core/matrix-event.js";
import type { StoredWork, WorkStore } from "../../core/ports/delivery-stores.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { queueKey, readEntries, roomsWithEntries, type Queue } from "./room-queue.js";

interface StoredForm {
  readonly event: MatrixEvent;
  readonly receivedAt: number;
  readonly begun?: true;
}

/** Room events that ask something of us, by room, until it is done. */
export function createWorkStore(database: Database): WorkStore {
  const waiting: Queue = database.sublevel("room-work");
  const keyOf = (work: StoredWork): string => waiting.prefixKey(queueKey(work.event.room_id, work.place), "utf8", false);
  const put = (work: StoredWork): StoreChange[] => {
    const form: StoredForm = { event: work.event, receivedAt: work.receivedAt, ...(work.begun ? { begun: true } : {}) };
    return [{ type: "put", key: keyOf(work), value: JSON.stringify(form) }];
  };

  return {
    rooms: (after, limit) => roomsWithEntries(waiting, after, limit),
    async read(roomId, after, limit) {
      const entries = await readEntries(waiting, roomId, after, limit);
      return entries.map(({ place, value }) => {
        // Written by `put` above.
        const form = JSON.parse(value) as StoredForm;
        return { place, item: { place, event: form.event, receivedAt: form.receivedAt, begun: form.begun ?? false } };
      });
    },
    add: put,
    markBegun: (work) => put({ ...work, begun: true }),
    remove: (work) => [{ type: "del", key: keyOf(work) }],
  };
}
