import type { Delivery, DeliveryProgress } from "../core/delivery.js";
import type { DeliveryId, RoomId } from "../core/ids.js";
import type { DeliveryStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";

const none: DeliveryProgress = { attempts: 0, sentEventIds: [] };

/** How far the deliveries have come that were tried in vain or have several messages. It is stored; most deliveries never have any. */
export class ProgressBook {
  readonly #store: DeliveryStore;
  readonly #unitOfWork: UnitOfWork;
  /** Deliveries with stored progress, as far as this process knows; saves a look into the store for all others. */
  readonly #stored = new Set<DeliveryId>();
  /** Progress that the store did not take so far. */
  readonly #unsaved = new Map<DeliveryId, DeliveryProgress>();
  /** Rooms in which a look showed that nothing behind a certain delivery was tried in an earlier life of the process. */
  readonly #untried = new Set<RoomId>();

  constructor(store: DeliveryStore, unitOfWork: UnitOfWork) {
    this.#store = store;
    this.#unitOfWork = unitOfWork;
  }

  /**
   * Looked up only where an earlier try can have left some.
   * @param maybeTried an earlier life of the process may have tried it
   */
  of(delivery: Delivery, maybeTried: boolean): DeliveryProgress | Promise<DeliveryProgress> {
    return maybeTried || this.#stored.has(delivery.id) ? this.#lookUp(delivery, maybeTried) : none;
  }

  /** Sends are in order: behind one that never arrived nothing was tried. */
  noteUntried(roomId: RoomId): void {
    this.#untried.add(roomId);
  }

  async save(id: DeliveryId, progress: DeliveryProgress): Promise<void> {
    this.#stored.add(id);
    this.#unsaved.set(id, progress);
    await this.#unitOfWork.commit(this.#store.putProgress(id, progress));
    this.#unsaved.delete(id);
  }

  /** The delivery is over. @returns what has to be removed from the store */
  end(id: DeliveryId): readonly StoreChange[] {
    this.#unsaved.delete(id);
    return this.#stored.delete(id) ? this.#store.clearProgress(id) : [];
  }

  async #lookUp({ id, roomId, createdAt }: Delivery, maybeTried: boolean): Promise<DeliveryProgress> {
    const stored = this.#unsaved.get(id) ?? (await this.#store.getProgress(id));
    if (stored !== undefined) this.#stored.add(id);
    const progress = stored ?? none;
    if (!maybeTried || progress.unknownSince !== undefined || this.#untried.has(roomId)) return progress;
    return { ...progress, unknownSince: createdAt };
  }
}
