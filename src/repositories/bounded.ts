import { RemoteError } from "../core/errors.js";
import type { Clock } from "../shared/clock.js";

interface Bounds {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** For each item. */
  readonly longestWaitMs: number;
}

/** A signal that is given with another one, and at the end of what it is for: whatever a host still has under way ends with it. */
export function signalUntilEnd(signal: AbortSignal): { readonly signal: AbortSignal; end(): void } {
  // By hand: `AbortSignal.any` leaves something behind at the lasting signal each time.
  const controller = new AbortController();
  const end = (): void => {
    signal.removeEventListener("abort", end);
    controller.abort();
  };
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  return { signal: controller.signal, end };
}

/** What waits ends with it; nobody else throws it. */
export class Stopped extends Error {}

/**
 * The items as they come. Whoever brings them is not waited for once the signal is given, or when an item takes too long: that may be never.
 * @throws Stopped, RemoteError, and what the items throw
 */
export async function* bounded<T>(items: AsyncIterable<T>, bounds: Bounds): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await nextWithin(iterator.next(), bounds);
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // Not awaited: it may wait for the very item that does not come.
    if (!isOver) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function nextWithin<T>(next: Promise<T>, { signal, clock, longestWaitMs }: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      end();
      reject(new Stopped("Stopped"));
    };
    const callOff = clock.after(longestWaitMs, () => {
      end();
      reject(new RemoteError(`Nothing came within ${longestWaitMs / 60_000} minutes.`));
    });
    const end = (): void => {
      callOff();
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    next.then(resolve, reject).finally(end);
  });
}
