import { createHash } from "node:crypto";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { SeenStore, StoredWork, WorkStore } from "../core/ports/delivery-stores.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { IdSource } from "./id-source.js";

/** Homeservers repeat a transaction until it is answered, and events for longer: they send them again in new transactions. */
const rememberMs = 7 * 24 * 3_600_000;

interface TransactionIntakeOptions {
  /** Whether an event asks something of us; runs on every event of every transaction. */
  readonly isOfInterest: (event: MatrixEvent) => boolean;
  /** Given where nothing is there to encrypt work with: takes secrets out of an event before it is stored. */
  readonly withoutSecrets?: (event: MatrixEvent) => MatrixEvent;
  readonly work: WorkStore;
  readonly seen: SeenStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: IdSource;
  readonly clock: Clock;
  /** Called when the work is stored, in order. */
  readonly onStored: (work: readonly StoredWork[]) => void;
}

/** Takes transactions of the homeserver: what asks something of us is on disk when it answers; nothing waits for a request. */
export class TransactionIntake {
  readonly #options: TransactionIntakeOptions;
  /** One after the other: a repeat that overlaps its first copy must find what that one stored. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: TransactionIntakeOptions) {
    this.#options = options;
  }

  /**
   * Stores the work in a transaction. A transaction seen before, which means equal id and equal events, changes nothing:
   * Synapse on SQLite counts transaction ids from 1 again after each restart, so the id alone says nothing.
   * @throws StorageError when the disk does not take it; the homeserver then sends it again
   */
  async take(transactionId: string, events: readonly MatrixEvent[]): Promise<void> {
    const interesting = events.filter(this.#options.isOfInterest);
    // Chat that is nothing for us needs no mark either: taking it again does no harm.
    if (interesting.length === 0) return;
    const taken = this.#last.then(() => this.#store(transactionId, events, interesting));
    this.#last = taken.catch(() => undefined);
    await taken;
  }

  async #store(transactionId: string, events: readonly MatrixEvent[], interesting: readonly MatrixEvent[]): Promise<void> {
    const { seen, work, unitOfWork, clock, ids, onStored, withoutSecrets = (event: MatrixEvent) => event } = this.#options;
    const receivedAt = clock.now();
    const hash = createHash("sha256").update(events.map((event) => event.event_id).join("\n"));
    const transactionKey = `tx|${transactionId}|${hash.digest("base64url")}`;
    if ((await seen.find(transactionKey, receivedAt)) !== undefined) return;
    const changes: StoreChange[] = seen.mark(transactionKey, "1", receivedAt, rememberMs);
    const stored: StoredWork[] = [];
    for (const event of interesting) {
      const eventKey = `ev|${event.event_id}`;
      if (stored.some((other) => other.event.event_id === event.event_id)) continue;
      if ((await seen.find(eventKey, receivedAt)) !== undefined) continue;
      const entry: StoredWork = { place: ids.next(), event: withoutSecrets(event), receivedAt, begun: false };
      stored.push(entry);
      changes.push(...work.add(entry), ...seen.mark(eventKey, "1", receivedAt, rememberMs));
    }
    await unitOfWork.commit(changes);
    onStored(stored);
  }
}
