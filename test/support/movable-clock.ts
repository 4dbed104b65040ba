import { systemClock, type Clock } from "../../src/shared/clock.js";

interface Timer {
  readonly at: number;
  readonly run: () => void;
  callOff: () => void;
}

/** The system's clock, which a test can set forward: what would be due by then is done at once. And back again, which calls nothing off. */
export class MovableClock implements Clock {
  readonly #timers = new Set<Timer>();
  #aheadMs = 0;

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer: Timer = { at: this.now() + delayMs, run, callOff: () => undefined };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      timer.callOff();
      this.#timers.delete(timer);
    };
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
    for (const timer of this.#timers) {
      timer.callOff();
      this.#arm(timer);
    }
  }

  #arm(timer: Timer): void {
    timer.callOff = systemClock.after(timer.at - this.now(), () => {
      this.#timers.delete(timer);
      timer.run();
    });
  }
}
