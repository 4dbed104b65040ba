import { createHash } from "node:crypto";
import { RemoteError, StorageError } from "../core/errors.js";
import type { DeliveryId, RoomId } from "../core/ids.js";
import type { StoredWork, WorkStore } from "../core/ports/delivery-stores.js";
import type { Reply, RoomQueue, RoomWorkHandler, RoomWorkResult } from "../core/ports/room-work.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Forwards } from "./forwards.js";
import { KeyedMutex } from "./keyed-mutex.js";
import type { Random } from "../shared/random.js";
import type { IdSource } from "./id-source.js";
import type { NewDelivery, Outbox } from "./outbox.js";
import { retryDelayMs } from "./retry-policy.js";
import { RoomLanes, type LaneEntry, type LaneVerdict } from "./room-lanes.js";

interface RoomWorkerOptions {
  readonly work: WorkStore;
  readonly unitOfWork: UnitOfWork;
  readonly outbox: Outbox;
  readonly forwards: Pick<Forwards, "prepare">;
  readonly handle: RoomWorkHandler;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (roomId: RoomId, error: unknown) => void;
}

const roomsAtOnce = 64;
/** Work that waits for a remote holds its own room only: after this it does not keep another room from its turn. */
const slowAfterMs = 1_000;
/** Work the homeserver keeps failing on is given up after this. */
const giveUpMs = 24 * 3_600_000;

/** Works on room events in order, one at a time per room; what an event leads to is said in the same batch that ends it. */
export class RoomWorker implements RoomQueue {
  readonly #options: RoomWorkerOptions;
  readonly #lanes: RoomLanes<StoredWork>;
  readonly #turns = new KeyedMutex();
  readonly #attempts = new Map<string, number>();

  constructor(options: RoomWorkerOptions) {
    this.#options = options;
    this.#lanes = new RoomLanes({
      store: options.work,
      concurrency: roomsAtOnce,
      slowAfterMs,
      isOwnPlace: (place) => options.ids.isOwn(place),
      clock: options.clock,
      process: (entry) => this.#turns.run(entry.roomId, () => this.#process(entry)),
      onError: options.onError,
    });
  }

  start(): Promise<void> {
    return this.#lanes.start();
  }

  stop(): Promise<void> {
    return this.#lanes.stop();
  }

  /** Takes up work that is stored although its commit seemed to fail. */
  catchUp(): Promise<void> {
    return this.#lanes.catchUp();
  }

  /** Tries waiting work again at once, for example when the homeserver is back. */
  wakeAll(): void {
    this.#lanes.wakeAll();
  }

  /** Hands over work that is stored already. */
  push(stored: readonly StoredWork[]): void {
    for (const work of stored) this.#lanes.push(work.event.room_id, { place: work.place, item: work });
  }

  run<T>(roomId: RoomId, task: () => Promise<T>): Promise<T> {
    return this.#turns.run(roomId, task);
  }

  async #process(entry: LaneEntry<StoredWork>): Promise<LaneVerdict> {
    const work = entry.item;
    let result: readonly Reply[] | RoomWorkResult;
    try {
      result = await this.#options.handle({
        event: work.event,
        receivedAt: work.receivedAt,
        begun: work.begun,
        markBegun: () => this.#options.unitOfWork.commit(this.#options.work.markBegun(work)),
      });
    } catch (error) {
      if (this.#isWorthWaiting(work, error)) return this.#later(work);
      this.#options.onError(work.event.room_id, error);
      result = [];
    }
    this.#attempts.delete(work.place);
    await this.#finish(work, "replies" in result ? result : { replies: result });
    return { kind: "done", settled: Promise.resolve() };
  }

  #isWorthWaiting(work: StoredWork, error: unknown): boolean {
    // What the disk did not take is not done.
    if (error instanceof StorageError) return true;
    return error instanceof RemoteError && error.isTransient && this.#options.clock.now() - work.receivedAt < giveUpMs;
  }

  #later(work: StoredWork): LaneVerdict {
    const attempts = (this.#attempts.get(work.place) ?? 0) + 1;
    this.#attempts.set(work.place, attempts);
    return { kind: "later", delayMs: retryDelayMs(attempts, this.#options.random.fraction()) };
  }

  async #finish(work: StoredWork, { replies, forwards = [], changes = [] }: RoomWorkResult): Promise<void> {
    const prepared = this.#options.outbox.prepare(replies.map((reply, position) => this.#toDelivery(work, reply, position)));
    const handedOn = this.#options.forwards.prepare(forwards, work.receivedAt);
    await this.#options.unitOfWork.commit([...this.#options.work.remove(work), ...changes, ...handedOn.changes, ...prepared.changes]);
    prepared.release();
    handedOn.release();
  }

  #toDelivery(work: StoredWork, reply: Reply, position: number): NewDelivery {
    const hash = createHash("sha256").update(`${work.event.event_id}|${position}`).digest("hex").slice(0, 16);
    return {
      // The cast: here is where the ids of answers come from. They follow from the event answered.
      id: `${work.place}.c${hash}` as DeliveryId,
      roomId: reply.roomId,
      sender: reply.sender,
      ...(reply.ghost === undefined ? {} : { ghost: reply.ghost }),
      source: { kind: "command", eventId: work.event.event_id },
      messages: [reply.message],
      acceptedAt: work.receivedAt,
    };
  }
}
