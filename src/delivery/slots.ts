import type { Clock } from "../shared/clock.js";

interface SlotsOptions {
  readonly count: number;
  /** What has run for this long leaves its slot to another: what it waits for may never come. */
  readonly slowAfterMs: number;
  readonly clock: Clock;
}

/** Lets so many tasks run at once; the others wait in the order they came. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#taken >= this.#options.count) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#taken += 1;
    let isHeld = true;
    const leave = (): void => {
      if (isHeld) this.#leave();
      isHeld = false;
    };
    const cancel = this.#options.clock.after(this.#options.slowAfterMs, leave);
    try {
      return await task();
    } finally {
      cancel();
      leave();
    }
  }

  /** Hands the slot on to whoever waits first. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
