import type { Random } from "../shared/random.js";

/**
 * How long to wait before the next try: doubled each time, up to a longest wait, and shortened by up to a half at random so that many who
 * wait do not come back together.
 * @param attempt tries that failed before this wait, from 0
 */
export function backoffMs(
  attempt: number,
  { firstMs, longestMs }: { readonly firstMs: number; readonly longestMs: number },
  random: Random,
): number {
  return Math.min(longestMs, firstMs * 2 ** attempt) * (1 - random.fraction() / 2);
}
