import type { Clock } from "../shared/clock.js";

/** Nothing came in the time that was given. */
export const tooLate = Symbol("too late");

/** What the promise comes to, or `tooLate`; what it comes to after that is nobody's business any more. */
export async function within<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | typeof tooLate> {
  let cancel = (): void => undefined;
  const timeUp = new Promise<typeof tooLate>((resolve) => {
    cancel = clock.after(limitMs, () => {
      resolve(tooLate);
    });
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    cancel();
  }
}
