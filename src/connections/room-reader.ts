import type { RoomId } from "../core/ids.js";
import { backoffMs } from "./backoff.js";
import { readAllRooms } from "./first-reading.js";
import { Pauses } from "./pauses.js";
import { loadMark, nextMark, storeMark, type ReadingMark } from "./reading-mark.js";
import type { RoomReaderOptions } from "./room-reader-options.js";
import { RoomVisits } from "./room-visits.js";
import { verifyRooms } from "./verify-rooms.js";

const verificationDelayMs = 10_000;
const roomBackoff = { firstMs: 30_000, longestMs: 60 * 60_000 };
const storeBackoff = { firstMs: 1_000, longestMs: 60_000 };

/*
 * Room state is the truth and the index a cache of it. How the two are brought together depends on what the store has:
 *
 *   no complete index  ->  first reading: all rooms at once, as fast as is decent; what comes from remotes meanwhile is kept for them
 *   complete index     ->  it is used at once, and the rooms are verified slowly: after the first delivery, or 10 seconds
 *
 * In both, a room that fails is tried again later, ever more rarely, and a homeserver that is away is waited for.
 */

/** Keeps our index of the rooms equal to the rooms. */
export class RoomReader {
  readonly #options: RoomReaderOptions;
  readonly #pauses: Pauses;
  /** The wait before verification, which `begin` ends. */
  readonly #delay: Pauses;
  readonly #visits: RoomVisits;
  /** Rooms that wait to be read again. */
  readonly #waiting = new Set<RoomId>();
  /** How often they were put off. */
  readonly #attempts = new Map<RoomId, number>();
  readonly #underWay = new Set<Promise<void>>();
  #isBegun = false;

  constructor(options: RoomReaderOptions) {
    this.#options = options;
    this.#pauses = new Pauses(options.clock);
    this.#delay = new Pauses(options.clock);
    this.#visits = new RoomVisits(options, this.#pauses);
  }

  /**
   * Finds out whether the rooms must be read first, says so, and goes on in the background. Asks the homeserver nothing.
   * @throws StorageError
   */
  async start(): Promise<void> {
    const { marks, stateTypes, clock, unitOfWork } = this.#options;
    const startedAt = clock.now();
    const mark = nextMark(await loadMark(marks), stateTypes, startedAt);
    await unitOfWork.commit([storeMark(marks, mark)]);
    if (!mark.isDone) await this.#options.onFirstReadingBegun();
    this.#inBackground(this.#untilDone(() => (mark.isDone ? this.#verify(startedAt) : this.#readFirst(mark))));
  }

  /** Lets verification begin before its time, because the start is over. */
  begin(): void {
    this.#isBegun = true;
    this.#delay.endAll();
  }

  /** Has a room read again later; the more often that is asked for, the later. */
  readLater(roomId: RoomId): void {
    if (this.#waiting.has(roomId)) return;
    const attempt = this.#attempts.get(roomId) ?? 0;
    this.#attempts.set(roomId, attempt + 1);
    this.#waiting.add(roomId);
    this.#inBackground(this.#retry(roomId, attempt));
  }

  /** Waits for the reads that are on their way. */
  async stop(): Promise<void> {
    this.#pauses.stop();
    this.#delay.stop();
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #readFirst(mark: ReadingMark): Promise<void> {
    const failed = await readAllRooms(this.#options, mark, this.#visits, this.#pauses);
    for (const [roomId] of failed ?? []) this.readLater(roomId);
  }

  async #verify(startedAt: number): Promise<void> {
    if (!this.#isBegun) await this.#delay.wait(verificationDelayMs);
    if (this.#pauses.isStopped) return;
    await verifyRooms(this.#options, startedAt, this.#visits, this.#pauses, (roomId) => this.readLater(roomId));
  }

  async #retry(roomId: RoomId, attempt: number): Promise<void> {
    const { random, rooms } = this.#options;
    await this.#pauses.wait(backoffMs(attempt, roomBackoff, random));
    if (this.#pauses.isStopped) return;
    this.#waiting.delete(roomId);
    const outcome = await this.#visits.visit(roomId, (await rooms.get(roomId))?.bots ?? [], Number.POSITIVE_INFINITY);
    if (outcome === "failed") this.readLater(roomId);
    // Nobody asked for it again while it was read: all is well.
    else if (!this.#waiting.has(roomId)) this.#attempts.delete(roomId);
  }

  /** What fails here is our own store, as on a full disk; it is tried until it works. */
  async #untilDone(task: () => Promise<void>): Promise<void> {
    for (let attempt = 0; !this.#pauses.isStopped; attempt += 1) {
      try {
        await task();
        return;
      } catch (error) {
        this.#options.log.error({ error }, "Reading the rooms was interrupted; it is tried again");
        await this.#pauses.wait(backoffMs(attempt, storeBackoff, this.#options.random));
      }
    }
  }

  #inBackground(work: Promise<void>): void {
    const guarded = work
      .catch((error: unknown) => this.#options.log.error({ error }, "A room could not be read"))
      .finally(() => this.#underWay.delete(guarded));
    this.#underWay.add(guarded);
  }
}
