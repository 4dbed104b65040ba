import { RemoteError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import { backoffMs } from "./backoff.js";
import { readJoinedRooms, type JoinedRooms } from "./joined-rooms.js";
import type { Pauses } from "./pauses.js";
import type { RoomReaderOptions } from "./room-reader-options.js";

const awayBackoff = { firstMs: 500, longestMs: 30_000 };
const complaintEveryMs = 60_000;

/** How the reading of one room ended. */
export type VisitOutcome = "read" | "failed" | "refused" | "stopped";

/**
 * Reads rooms one by one in their turns. When the homeserver is away every visit waits for it; when only the one room fails, the visit ends
 * so that it stands in nobody's way.
 */
export class RoomVisits {
  readonly #options: RoomReaderOptions;
  readonly #pauses: Pauses;
  #lastComplaintAt = Number.NEGATIVE_INFINITY;

  constructor(options: RoomReaderOptions, pauses: Pauses) {
    this.#options = options;
    this.#pauses = pauses;
  }

  /**
   * @param since rooms read since then are known well enough; milliseconds since the epoch
   * @param inTurn called in the room's turn when the room is known
   */
  async visit(roomId: RoomId, joined: readonly UserId[], since: number, inTurn?: () => void | Promise<void>): Promise<VisitOutcome> {
    for (let attempt = 0; !this.#pauses.isStopped; attempt += 1) {
      try {
        await this.#options.queue.run(roomId, async () => {
          await this.#read(roomId, joined, since);
          await inTurn?.();
        });
        return "read";
      } catch (error) {
        const outcome = await this.#judge(roomId, error);
        if (outcome !== "away") return outcome;
        await this.#pauses.wait(waitFor(error, attempt, this.#options));
      }
    }
    return "stopped";
  }

  /** Waits until the homeserver tells. @returns undefined when stopped */
  async joinedRooms(): Promise<JoinedRooms | undefined> {
    for (let attempt = 0; !this.#pauses.isStopped; attempt += 1) {
      try {
        return await readJoinedRooms(this.#options);
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        this.#complain(error);
        await this.#pauses.wait(waitFor(error, attempt, this.#options));
      }
    }
    return undefined;
  }

  /** Drops the rooms that no bot is joined to any more. */
  async forgetLeft(known: ReadonlyMap<RoomId, RoomRecord["readAt"]>, { rooms: joined, isComplete }: JoinedRooms): Promise<void> {
    if (!isComplete) return;
    for (const [roomId, readAt] of known) {
      if (!joined.has(roomId) && !this.#pauses.isStopped) await this.#forget(roomId, readAt);
    }
  }

  /** A room that was read or joined since the homeserver was asked stays, and so does one that waits for an upgrade's connections. */
  #forget(roomId: RoomId, readAt: RoomRecord["readAt"]): Promise<void> {
    const { queue, rooms, operations, unitOfWork } = this.#options;
    return queue.run(roomId, async () => {
      const record = await rooms.get(roomId);
      if (record === undefined || record.readAt !== readAt || record.carryOverFrom !== undefined) return;
      await operations.forgetRoom(roomId);
      await unitOfWork.commit(rooms.remove(roomId));
    });
  }

  async #read(roomId: RoomId, joined: readonly UserId[], since: number): Promise<void> {
    const { rooms, unitOfWork, operations } = this.#options;
    const record = await rooms.get(roomId);
    if (record?.readAt !== undefined && record.readAt >= since) return;
    if (joined.some((userId) => record?.bots.includes(userId) !== true)) {
      await unitOfWork.commit(rooms.put({ ...record, roomId, bots: joined }));
    }
    await operations.readRoom(roomId);
  }

  /** Whether the fault lies with the homeserver as a whole, which then does not answer a small question either. */
  async #judge(roomId: RoomId, error: unknown): Promise<VisitOutcome | "away"> {
    const { log, bots, accounts } = this.#options;
    if (!(error instanceof RemoteError)) {
      log.error({ roomId, error }, "A room could not be read");
      return "failed";
    }
    if (!error.isTransient) {
      log.warn({ roomId, error }, "A room could not be read: the homeserver refused");
      return "refused";
    }
    if (error.status === 429) return "away";
    try {
      await accounts.joinedRooms(bots.main.userId);
    } catch {
      this.#complain(error);
      return "away";
    }
    log.warn({ roomId, error }, "A room could not be read; it is tried again later");
    return "failed";
  }

  #complain(error: RemoteError): void {
    const now = this.#options.clock.now();
    if (now - this.#lastComplaintAt < complaintEveryMs) return;
    this.#lastComplaintAt = now;
    this.#options.log.warn({ error }, "The rooms cannot be read now; the homeserver is asked until they can.");
  }
}

function waitFor(error: unknown, attempt: number, { random }: RoomReaderOptions): number {
  const wanted = error instanceof RemoteError ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(wanted, backoffMs(attempt, awayBackoff, random));
}
