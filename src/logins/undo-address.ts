import type { ActiveService } from "../core/service.js";
import { parseHttpUrl } from "../shared/url.js";

/** Where a login can be undone: a form, and the same as an address to open. */
export interface WayBack {
  readonly action: string;
  /** Not to be guessed; we keep its hash. */
  readonly word: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

/** The page below the callback that the configuration names: browsers reach that one. Undefined where there is none. */
export function undoActionOf({ service: { oauth }, context }: ActiveService): string | undefined {
  const callback = parseHttpUrl(oauth?.callbackUrl(context.config));
  if (callback === undefined) return undefined;
  const { origin, pathname } = callback;
  return `${origin}${pathname.endsWith("/") ? pathname : `${pathname}/`}undo`;
}

/** For the direct chat. */
export function undoAddress({ action, word }: WayBack): string {
  return `${action}?token=${word}`;
}
