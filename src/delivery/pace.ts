import type { Clock } from "../shared/clock.js";

/** Somebody waits for the answer: nobody is kept for longer than this, whatever happens. */
const longestMs = 40;

/**
 * Holds new work back for a moment while more is under way than gets done. What is accepted faster than it is sent would only live longer in
 * memory, be put aside and read again: the same work gets done sooner when it comes a little slower.
 */
export class Pace {
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when something got done, in the order of the calls, or after a moment. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(longestMs, () => {
        this.#waiting = this.#waiting.filter((one) => one !== goOn);
        resolve();
      });
      const goOn = (): void => {
        cancel();
        resolve();
      };
      this.#waiting.push(goOn);
    });
  }

  /** Something got done. */
  done(): void {
    if (this.#waiting.length > 0) this.#waiting.shift()?.();
  }
}
