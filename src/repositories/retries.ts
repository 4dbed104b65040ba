import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";

interface RetriesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly firstMs: number;
  readonly longestMs: number;
}

interface Waiting {
  readonly failures: number;
  /** Undefined once the time has come. */
  readonly callOff: (() => void) | undefined;
}

/** Waits between tries of what failed: twice as long each time, and shortened at random so that many do not come back together. */
export class Retries {
  readonly #options: RetriesOptions;
  readonly #waiting = new Map<number, Waiting>();
  #isStopped = false;

  constructor(options: RetriesOptions) {
    this.#options = options;
  }

  /**
   * @param onDue called when the time has come to try again
   * @param atLeastMs what the remote asks for
   * @returns milliseconds until then
   */
  failed(id: number, onDue: () => void, atLeastMs = 0): number {
    const { clock, random, firstMs, longestMs } = this.#options;
    const failures = this.#waiting.get(id)?.failures ?? 0;
    this.#waiting.get(id)?.callOff?.();
    const backoffMs = Math.min(longestMs, firstMs * 2 ** Math.min(failures, 30)) * (1 - random.fraction() / 2);
    const waitMs = Math.max(backoffMs, Math.min(atLeastMs, longestMs));
    const onTime = (): void => {
      this.#waiting.set(id, { failures: failures + 1, callOff: undefined });
      onDue();
    };
    this.#waiting.set(id, { failures: failures + 1, callOff: this.#isStopped ? undefined : clock.after(waitMs, onTime) });
    return waitMs;
  }

  /** It went well, or is not wanted any more. */
  forget(id: number): void {
    this.#waiting.get(id)?.callOff?.();
    this.#waiting.delete(id);
  }

  /** Whether the time for the next try has not come. */
  isWaiting(id: number): boolean {
    return this.#waiting.get(id)?.callOff !== undefined;
  }

  stop(): void {
    this.#isStopped = true;
    for (const { callOff } of this.#waiting.values()) callOff?.();
  }
}
