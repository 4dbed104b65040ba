import type { Delivery } from "../core/delivery.js";
import type { RoomId } from "../core/ids.js";

const rememberMs = 60_000;
/** Ghosts are many: above this, what is over is let go. */
const manySenders = 1_000;

/** Senders that turned out not to be in a room: what waits there is discarded for a minute without asking again for each. */
export class AbsentSenders {
  readonly #until = new Map<string, number>();

  note(delivery: Delivery, now: number): void {
    if (this.#until.size >= manySenders) for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
    this.#until.set(keyOf(delivery), now + rememberMs);
  }

  has(delivery: Delivery, now: number): boolean {
    return this.#until.size > 0 && (this.#until.get(keyOf(delivery)) ?? 0) > now;
  }

  /** Somebody may have come back. */
  forget(roomId: RoomId): void {
    for (const key of this.#until.keys()) if (key.startsWith(`${roomId} `)) this.#until.delete(key);
  }
}

export function absenceReason({ sender }: Delivery): string {
  return `${sender} is not in the room; invite it again and replay the delivery`;
}

function keyOf({ roomId, sender }: Delivery): string {
  return `${roomId} ${sender}`;
}
