import { StorageError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { StoredWork, WorkStore } from "../../core/ports/delivery-stores.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { sealedPlace, workStoreName } from "../sealing/sealed-values.js";
import { isSealed, type SealedPlace, type Sealer } from "../sealing/sealer.js";
import { queueKey, readEntries, roomsWithEntries, type Queue } from "./room-queue.js";

interface StoredForm {
  readonly event: MatrixEvent;
  readonly receivedAt: number;
  readonly begun?: true;
}

/**
 * Room events that ask something of us, by room, until it is done. What people type may hold a secret, so all of it is sealed.
 * @param sealer absent when no key is configured: then it lies there in plain; plain work from before there was a key is read all the same
 */
export function createWorkStore(database: Database, sealer?: Sealer): WorkStore {
  const waiting: Queue = database.sublevel(workStoreName);

  function put(work: StoredWork): StoreChange[] {
    const key = queueKey(work.event.room_id, work.place);
    const form: StoredForm = { event: work.event, receivedAt: work.receivedAt, ...(work.begun ? { begun: true } : {}) };
    const json = JSON.stringify(form);
    const value = sealer === undefined ? json : sealer.seal(json, placeOf(key));
    return [{ type: "put", key: waiting.prefixKey(key, "utf8", false), value }];
  }

  return {
    rooms: (after, limit) => roomsWithEntries(waiting, after, limit),
    async read(roomId, after, limit) {
      const entries = await readEntries(waiting, roomId, after, limit);
      return entries.map(({ place, value }) => {
        const json = isSealed(value) ? open(sealer, value, placeOf(queueKey(roomId, place))) : value;
        // Written by `put` above.
        const form = JSON.parse(json) as StoredForm;
        return { place, item: { place, event: form.event, receivedAt: form.receivedAt, begun: form.begun ?? false } };
      });
    },
    add: put,
    markBegun: (work) => put({ ...work, begun: true }),
    remove: ({ event, place }) => [{ type: "del", key: waiting.prefixKey(queueKey(event.room_id, place), "utf8", false) }],
  };
}

function placeOf(key: string): SealedPlace {
  return sealedPlace(workStoreName, key);
}

function open(sealer: Sealer | undefined, value: string, place: SealedPlace): string {
  if (sealer === undefined) throw new StorageError("Work of a room is encrypted, and no key is configured.");
  return sealer.open(value, place);
}
