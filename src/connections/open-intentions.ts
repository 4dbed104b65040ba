import type { RoomId } from "../core/ids.js";
import type { Intention, IntentionStore } from "../core/ports/intention-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";

/** Changes that were begun and not ended. They are few and known in memory, so that asking for them costs nothing. */
export class OpenIntentions {
  readonly #store: IntentionStore;
  #loading: Promise<Map<RoomId, readonly Intention[]>> | undefined;

  constructor(store: IntentionStore) {
    this.#store = store;
  }

  async inRoom(roomId: RoomId): Promise<readonly Intention[]> {
    return (await this.#load()).get(roomId) ?? [];
  }

  async rooms(): Promise<readonly RoomId[]> {
    return [...(await this.#load()).keys()];
  }

  /** Notes what is about to be done; the caller stores the change before the first effect. */
  async begin(intention: Intention): Promise<StoreChange> {
    const open = await this.#load();
    open.set(intention.roomId, [...(open.get(intention.roomId) ?? []).filter((other) => !isSamePlace(other, intention)), intention]);
    return this.#store.put(intention);
  }

  /** What belongs into the batch of the last effect; `ended` follows it. */
  end(intention: Intention): StoreChange {
    return this.#store.remove(intention);
  }

  async ended(intention: Intention): Promise<void> {
    const open = await this.#load();
    const others = (open.get(intention.roomId) ?? []).filter((other) => !isSamePlace(other, intention));
    if (others.length > 0) open.set(intention.roomId, others);
    else open.delete(intention.roomId);
  }

  /** A store that failed is read again. */
  #load(): Promise<Map<RoomId, readonly Intention[]>> {
    this.#loading ??= this.#read().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  async #read(): Promise<Map<RoomId, readonly Intention[]>> {
    const open = new Map<RoomId, readonly Intention[]>();
    for (const intention of await this.#store.list()) open.set(intention.roomId, [...(open.get(intention.roomId) ?? []), intention]);
    return open;
  }
}

function isSamePlace(left: Intention, right: Intention): boolean {
  return (["roomId", "serviceId", "kindId", "stateKey"] as const).every((part) => left[part] === right[part]);
}
