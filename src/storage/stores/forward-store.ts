import { StorageError } from "../../core/errors.js";
import type { MatrixEvent } from "../../core/matrix-event.js";
import type { ForwardStore, StoredForward } from "../../core/ports/delivery-stores.js";
import type { Database } from "../database.js";
import { forwardStoreName, sealedPlace } from "../sealing/sealed-values.js";
import { isSealed, type SealedPlace, type Sealer } from "../sealing/sealer.js";
import { queueKey, readEntries, roomsWithEntries, type Queue } from "./room-queue.js";

interface StoredForm {
  readonly event: MatrixEvent;
  readonly receivedAt: number;
}

/**
 * Room events on their way to a remote, by connection, until it has them. They hold what people typed, so they are sealed.
 * @param sealer absent when no key is configured: then they lie there in plain; what is in plain from before is read all the same
 */
export function createForwardStore(database: Database, sealer?: Sealer): ForwardStore {
  const waiting: Queue = database.sublevel(forwardStoreName);
  const keyOf = ({ connectionId, place }: StoredForward): string => queueKey(connectionId, place);

  return {
    rooms: (after, limit) => roomsWithEntries(waiting, after, limit),
    async read(connectionId, after, limit) {
      const entries = await readEntries(waiting, connectionId, after, limit);
      return entries.map(({ place, value }) => {
        const json = isSealed(value) ? open(sealer, value, placeOf(queueKey(connectionId, place))) : value;
        // Written by `add` below.
        const form = JSON.parse(json) as StoredForm;
        return { place, item: { place, connectionId, ...form } };
      });
    },
    add(forward) {
      const key = keyOf(forward);
      const form: StoredForm = { event: forward.event, receivedAt: forward.receivedAt };
      const json = JSON.stringify(form);
      const value = sealer === undefined ? json : sealer.seal(json, placeOf(key));
      return [{ type: "put", key: waiting.prefixKey(key, "utf8", false), value }];
    },
    remove: (forward) => [{ type: "del", key: waiting.prefixKey(keyOf(forward), "utf8", false) }],
  };
}

function placeOf(key: string): SealedPlace {
  return sealedPlace(forwardStoreName, key);
}

function open(sealer: Sealer | undefined, value: string, place: SealedPlace): string {
  if (sealer === undefined) throw new StorageError("A message that is to be handed on is encrypted, and no key is configured.");
  return sealer.open(value, place);
}
