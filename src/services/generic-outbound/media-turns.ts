import { RemoteError } from "../../core/errors.js";
import { sleep, type Clock } from "../../shared/clock.js";

/** Each holds a file of up to 20 MiB in memory, up to three times: as it came, in plain, and in the form. */
const atOnce = 4;
/** With what comes behind it, handing an event on still ends in time. */
const longestWaitMs = 10_000;
const retryAfterMs = 5_000;

/** Lets only so many messages with files be handed on at once, whatever number of targets is slow. */
export class MediaTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #free = atOnce;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws RemoteError, transient, when no turn comes soon */
  async run(task: () => Promise<void>): Promise<void> {
    await this.#take();
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  async #take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    let give = (): void => undefined;
    const given = new Promise<void>((resolve) => {
      give = resolve;
    });
    this.#waiting.push(give);
    await Promise.race([given, sleep(this.#clock, longestWaitMs)]);
    const place = this.#waiting.indexOf(give);
    // Whoever gives a turn takes it out.
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    throw new RemoteError("Too many files are being handed on just now", { retryAfterMs });
  }
}
