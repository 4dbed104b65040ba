/** Time, handed in so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function calls it off. Does not keep the process alive. */
  after(delayMs: number, run: () => void): () => void;
}

// Longer delays make Node fire at once.
const longestTimerMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(delayMs, 0), longestTimerMs));
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Resolves after `delayMs`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/**
 * Does something again and again, each time that long after it ended.
 * @returns calls off what comes next; what is under way goes on
 */
export function repeat(clock: Clock, intervalMs: number, run: () => Promise<void>, onError: (error: unknown) => void): () => void {
  let isOver = false;
  let cancel = (): void => undefined;
  const wait = (): void => {
    if (isOver) return;
    cancel = clock.after(intervalMs, () => void run().catch(onError).finally(wait));
  };
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
