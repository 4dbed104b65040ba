import type { Intention, IntentionStore } from "../../core/ports/intention-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";

/** A change as JSON holds it: bytes in base64. */
type StoredChange =
  | { readonly type: "del"; readonly key: string }
  | { readonly type: "put"; readonly key: string; readonly text?: string; readonly bytes?: string };

interface StoredForm extends Omit<Intention, "changes"> {
  readonly changes?: readonly StoredChange[];
}

/**
 * Changes of connections that were begun and not ended; seldom more than a few. They hold what room state holds, which is not secret, and
 * changes of other stores, in which secrets are sealed already.
 */
export function createIntentionStore(database: Database): IntentionStore {
  const level = database.sublevel("intentions");
  const absolute = (intention: Parameters<IntentionStore["remove"]>[0]): string => level.prefixKey(keyOf(intention), "utf8", false);
  return {
    async list() {
      return (await level.values().all()).map(parse);
    },
    put: (intention) => ({ type: "put", key: absolute(intention), value: JSON.stringify(toStored(intention)) }),
    remove: (intention) => ({ type: "del", key: absolute(intention) }),
  };
}

/** JSON lists: no part can run into another. */
function keyOf({ roomId, serviceId, kindId, stateKey }: Parameters<IntentionStore["remove"]>[0]): string {
  return JSON.stringify([roomId, serviceId, kindId, stateKey]);
}

function toStored({ changes, ...intention }: Intention): StoredForm {
  return changes === undefined ? intention : { ...intention, changes: changes.map(toStoredChange) };
}

function toStoredChange(change: StoreChange): StoredChange {
  if (change.type === "del") return change;
  const { type, key, value } = change;
  return typeof value === "string" ? { type, key, text: value } : { type, key, bytes: Buffer.from(value).toString("base64") };
}

function parse(stored: string): Intention {
  // Only `put` writes there.
  const { changes, ...intention } = JSON.parse(stored) as StoredForm;
  return changes === undefined ? intention : { ...intention, changes: changes.map(toChange) };
}

function toChange(stored: StoredChange): StoreChange {
  if (stored.type === "del") return stored;
  const { type, key, text, bytes } = stored;
  return { type, key, value: text ?? Buffer.from(bytes ?? "", "base64") };
}
