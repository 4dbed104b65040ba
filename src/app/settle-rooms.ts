import { backoffMs } from "../connections/backoff.js";
import type { ConnectionOperations } from "../connections/operations.js";
import { Pauses } from "../connections/pauses.js";
import { RemoteError } from "../core/errors.js";
import type { RoomId } from "../core/ids.js";
import type { RoomQueue } from "../core/ports/room-work.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";

const backoff = { firstMs: 1_000, longestMs: 5 * 60_000 };

interface RoomSettlerOptions {
  readonly operations: Pick<ConnectionOperations, "settle" | "unsettledRooms">;
  readonly queue: RoomQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: { warn(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Settles what a crash, or a homeserver that went away, left of changes of connections; each room in its turn, until it succeeds. */
export class RoomSettler {
  readonly #options: RoomSettlerOptions;
  readonly #pauses: Pauses;
  readonly #rooms = new Set<RoomId>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: RoomSettlerOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
  }

  /** Takes up what is open from before, in the background. */
  start(): void {
    this.#inBackground(this.#settleAll());
  }

  /** Has a room settled in a while. */
  settleLater(roomId: RoomId): void {
    this.#take(roomId, 1);
  }

  /** Waits for what is on its way. */
  async stop(): Promise<void> {
    this.#pauses.stop();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Our own store may fail, as on a full disk. */
  async #settleAll(): Promise<void> {
    for (let attempt = 0; !this.#pauses.isStopped; attempt += 1) {
      try {
        for (const roomId of await this.#options.operations.unsettledRooms()) this.#take(roomId, 0);
        return;
      } catch (error) {
        this.#options.log.error({ error }, "Which changes of connections are open could not be read; it is tried again");
        await this.#wait(attempt);
      }
    }
  }

  /** @param attempt tries that failed before */
  #take(roomId: RoomId, attempt: number): void {
    if (this.#rooms.has(roomId) || this.#pauses.isStopped) return;
    this.#rooms.add(roomId);
    this.#inBackground(this.#settle(roomId, attempt).finally(() => this.#rooms.delete(roomId)));
  }

  async #settle(roomId: RoomId, failed: number): Promise<void> {
    const { operations, queue, log } = this.#options;
    for (let attempt = failed; ; attempt += 1) {
      if (attempt > 0) await this.#wait(attempt - 1);
      if (this.#pauses.isStopped) return;
      try {
        await queue.run(roomId, () => operations.settle(roomId));
        return;
      } catch (error) {
        const level = error instanceof RemoteError ? "warn" : "error";
        log[level]({ roomId, error }, "An interrupted change of the room's connections is still open; it is tried again");
      }
    }
  }

  #wait(attempt: number): Promise<void> {
    return this.#pauses.wait(backoffMs(attempt, backoff, this.#options.random));
  }

  #inBackground(work: Promise<void>): void {
    const guarded = work
      .catch((error: unknown) => {
        this.#options.log.error({ error }, "Settling changes of connections was interrupted");
      })
      .finally(() => this.#underWay.delete(guarded));
    this.#underWay.add(guarded);
  }
}
