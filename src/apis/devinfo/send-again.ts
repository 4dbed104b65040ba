import { StorageError, SwitchboardError } from "../../core/errors.js";
import type { Route } from "../../http/route.js";

/**
 * The route, which asks its sender to come again where the disk does not do its part: nothing of the request was taken, and nothing of it is
 * wrong. What failed stands in the log.
 */
export function sendAgainLater({ access, accessBelow, handle, ...route }: Route): Route {
  return {
    ...route,
    ...(access === undefined ? {} : { access: (request) => orUnavailable(() => access(request)) }),
    ...(accessBelow === undefined ? {} : { accessBelow: (request) => orUnavailable(() => accessBelow(request)) }),
    handle: (request) => orUnavailable(() => handle(request)),
  };
}

async function orUnavailable<Result>(run: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    if (!(cause instanceof StorageError)) throw cause;
    throw new SwitchboardError("HS_UNAVAILABLE", "The request could not be carried out just now; send it again later.", { cause });
  }
}
