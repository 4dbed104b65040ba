type MaybePromise<T> = T | Promise<T>;

/** Work that mostly need not wait: it yields the promises that it meets, and whoever runs it hands back what they come to. */
export type Steps<Result> = Generator<Promise<unknown>, Result, unknown>;

/** The value, now or when its promise came to it. */
export function* whenThere<T>(value: MaybePromise<T>): Steps<T> {
  // The cast: whoever runs the steps hands back what the promise came to.
  return value instanceof Promise ? ((yield value) as T) : value;
}

/** Runs the steps and waits where that is needed. */
export async function runSteps<Result>(steps: Steps<Result>): Promise<Result> {
  let next = steps.next();
  while (next.done !== true) {
    try {
      next = steps.next(await next.value);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
}

/** Runs the steps as far as nothing has to be waited for; undefined when that was not to the end. */
export function runAtOnce<Result>(steps: Steps<Result>): Result | undefined {
  const first = steps.next();
  if (first.done === true) return first.value;
  // Whoever waits will ask again.
  first.value.catch(() => undefined);
  return undefined;
}
