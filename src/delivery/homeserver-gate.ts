import type { RoomId } from "../core/ids.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";

interface GateOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The homeserver answers again after an outage. */
  readonly onReopened: () => void;
  readonly onClosed: (reason: string) => void;
}

const firstDelayMs = 250;
const longestDelayMs = 30_000;
/** So many rooms failing one after the other, with no success between them, are an outage and not a matter of those rooms. */
const failingRoomsOfAnOutage = 3;

/**
 * While the homeserver cannot be reached all sends wait here, and one after the other tries it, with a growing delay.
 * Without it every room would knock by itself: thousands of requests at a server that is just coming up.
 */
export class HomeserverGate {
  readonly #options: GateOptions;
  #isOpen = true;
  #isStopped = false;
  #isProbing = false;
  /** It is time for a try, but nobody waits: whoever comes next makes it. */
  #isProbeDue = false;
  #reason = "";
  #delayMs = firstDelayMs;
  #waiting: (() => void)[] = [];
  readonly #failingRooms = new Set<RoomId>();
  #lastSuccessAt = Number.NEGATIVE_INFINITY;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** When any room's send succeeded last; milliseconds since the epoch. */
  get lastSuccessAt(): number {
    return this.#lastSuccessAt;
  }

  /** Resolves when a send may be tried. */
  pass(): Promise<void> {
    if (this.#isOpen || this.#isStopped) return Promise.resolve();
    if (this.#isProbeDue) {
      this.#isProbeDue = false;
      this.#isProbing = true;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  succeeded(): void {
    this.#lastSuccessAt = this.#options.clock.now();
    if (this.#failingRooms.size > 0) this.#failingRooms.clear();
    this.answered();
  }

  /** The homeserver answered, if only to refuse: it is there. */
  answered(): void {
    if (this.#isOpen) return;
    this.#isProbing = false;
    this.#isProbeDue = false;
    this.#isOpen = true;
    this.#delayMs = firstDelayMs;
    this.#releaseAll();
    this.#options.onReopened();
  }

  /** A send failed in a way that may concern only its room; several rooms in a row close the gate. */
  failedInRoom(roomId: RoomId, reason: string): void {
    this.#failingRooms.add(roomId);
    if (!this.#isOpen || this.#failingRooms.size >= failingRoomsOfAnOutage) this.failed(reason);
  }

  /** The homeserver could not be used. */
  failed(reason: string): void {
    if (!this.#isOpen && reason !== this.#reason) this.#options.onClosed(reason);
    this.#reason = reason;
    if (this.#isOpen) {
      this.#isOpen = false;
      this.#options.onClosed(reason);
      this.#probeLater();
    } else if (this.#isProbing) this.#probeLater();
  }

  /** Whoever was let through does not send after all; the next one tries. */
  abandoned(): void {
    if (this.#isProbing) this.#probe();
  }

  /** Lets everybody through, so that nothing waits here while the process ends. */
  stop(): void {
    this.#isStopped = true;
    this.#releaseAll();
  }

  #probeLater(): void {
    this.#isProbing = false;
    const delayMs = this.#delayMs * (0.5 + this.#options.random.fraction() / 2);
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
    this.#options.clock.after(delayMs, () => {
      this.#probe();
    });
  }

  #probe(): void {
    if (this.#isOpen || this.#isStopped) return;
    const next = this.#waiting.shift();
    this.#isProbing = next !== undefined;
    this.#isProbeDue = next === undefined;
    next?.();
  }

  #releaseAll(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
