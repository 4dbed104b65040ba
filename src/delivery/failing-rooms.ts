import type { Delivery, DeliveryProgress } from "../core/delivery.js";
import type { RoomId } from "../core/ids.js";

/** Without a success for so long nobody can say that other rooms work. */
const quietMs = 2 * 3_600_000;

/**
 * Since when rooms fail by themselves. A room's time passes on to its next delivery, and stands still while no room gets through and while
 * we are stopped: an outage is nobody's fault.
 */
export class FailingRooms {
  readonly #rooms = new Map<RoomId, { readonly since: number; readonly last: number }>();

  /** The room works, or an outage hides whether it does. */
  forget(roomId: RoomId): void {
    if (this.#rooms.size > 0) this.#rooms.delete(roomId);
  }

  /** Notes one more failure in the delivery's progress. @param now milliseconds since the epoch */
  count(delivery: Delivery, progress: DeliveryProgress, now: number): DeliveryProgress {
    const room = this.#rooms.get(delivery.roomId);
    const pauseMs = now - (room?.last ?? progress.lastFailedAt ?? now);
    // Tries of a failing room are minutes apart, an hour at most.
    const notCountedMs = pauseMs < quietMs ? 0 : pauseMs;
    const roomSince = room === undefined ? now : room.since + notCountedMs;
    const { firstFailedAt } = progress;
    const since = firstFailedAt === undefined ? Math.max(roomSince, delivery.createdAt) : firstFailedAt + notCountedMs;
    this.#rooms.set(delivery.roomId, { since: Math.min(since, roomSince), last: now });
    return { ...progress, firstFailedAt: since, lastFailedAt: now };
  }

  /** Whether others got through lately, so that a failure is the room's own. */
  doOthersWork(lastSuccessAt: number, now: number): boolean {
    return now - lastSuccessAt < quietMs;
  }
}
