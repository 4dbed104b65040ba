import type { Clock } from "../shared/clock.js";

/** Waits that end early when whoever waits is stopped. */
export class Pauses {
  readonly #clock: Clock;
  readonly #endings = new Set<() => void>();
  #isStopped = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Resolves after the time, or at once when stopped. */
  wait(delayMs: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        this.#endings.delete(end);
        cancel();
        resolve();
      };
      const cancel = this.#clock.after(delayMs, end);
      this.#endings.add(end);
    });
  }

  /** Ends all waits, now and later. */
  stop(): void {
    this.#isStopped = true;
    this.endAll();
  }

  /** Ends the waits of now. */
  endAll(): void {
    for (const end of [...this.#endings]) end();
  }
}
