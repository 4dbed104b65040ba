import type { Delivery } from "../core/delivery.js";
import type { RoomId, UserId } from "../core/ids.js";
import { notice } from "../core/message.js";
import type { Announcer } from "../core/ports/room-work.js";
import type { Clock } from "../shared/clock.js";

interface DeadLetterNoticesOptions {
  readonly announcer: Announcer;
  readonly clock: Clock;
  /** Who tells it: the bot in the room, never a ghost. */
  readonly speaker: (roomId: RoomId) => Promise<UserId | undefined>;
  readonly onError: (roomId: RoomId, error: unknown) => void;
}

const hourMs = 3_600_000;
/** Several deliveries that die together are told together. */
const gatherMs = 2_000;
const retryMs = 60_000;

/** Tells a room that something did not reach it: at most once an hour, with the number. */
export class DeadLetterNotices {
  readonly #options: DeadLetterNoticesOptions;
  readonly #untold = new Map<RoomId, { count: number; lastId: string }>();
  readonly #lastToldAt = new Map<RoomId, number>();

  constructor(options: DeadLetterNoticesOptions) {
    this.#options = options;
  }

  /** Takes note of a dead delivery. A notice that died is not told in turn. */
  dead(delivery: Delivery): void {
    if (delivery.source.kind === "notice") return;
    const untold = this.#untold.get(delivery.roomId);
    this.#untold.set(delivery.roomId, { count: (untold?.count ?? 0) + 1, lastId: delivery.id });
    if (untold !== undefined) return;
    const waitMs = (this.#lastToldAt.get(delivery.roomId) ?? Number.NEGATIVE_INFINITY) + hourMs - this.#options.clock.now();
    this.#tellLater(delivery.roomId, Math.max(waitMs, gatherMs));
  }

  #tellLater(roomId: RoomId, delayMs: number): void {
    this.#options.clock.after(delayMs, () => {
      this.#tell(roomId).catch((error: unknown) => {
        this.#options.onError(roomId, error);
        this.#tellLater(roomId, retryMs);
      });
    });
  }

  async #tell(roomId: RoomId): Promise<void> {
    const untold = this.#untold.get(roomId);
    const sender = await this.#options.speaker(roomId);
    if (untold === undefined || sender === undefined) {
      this.#untold.delete(roomId);
      return;
    }
    const what = untold.count === 1 ? "1 message could not be delivered here" : `${untold.count} messages could not be delivered here`;
    const text = `${what}. An administrator sees why with "switchboard deliveries list --state dead" and can replay them.`;
    await this.#options.announcer.announce(`dead deliveries up to ${untold.lastId}`, { roomId, sender, message: notice(text) });
    this.#lastToldAt.set(roomId, this.#options.clock.now());
    this.#told(roomId, untold.count);
  }

  /** What died while the notice was on its way is told with the next. */
  #told(roomId: RoomId, count: number): void {
    const untold = this.#untold.get(roomId);
    if (untold === undefined || untold.count === count) {
      this.#untold.delete(roomId);
      return;
    }
    this.#untold.set(roomId, { ...untold, count: untold.count - count });
    this.#tellLater(roomId, hourMs);
  }
}
