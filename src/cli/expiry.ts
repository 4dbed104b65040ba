import { parseIsoTime } from "../shared/iso-time.js";

const hourMs = 3_600_000;
const unitMs: ReadonlyMap<string, number> = new Map([
  ["h", hourMs],
  ["d", 24 * hourMs],
  ["w", 7 * 24 * hourMs],
]);

/**
 * When something ends, as people type it: `90d`, `12h` or `8w` from now, or a time in ISO 8601.
 * @returns milliseconds since the epoch; undefined for anything else
 */
export function readExpiry(text: string, now: number): number | undefined {
  const [, count, unit = ""] = /^(\d{1,5})([a-z])$/.exec(text) ?? [];
  if (count === undefined) return parseIsoTime(text);
  const ms = unitMs.get(unit);
  return ms === undefined ? undefined : now + Number(count) * ms;
}
