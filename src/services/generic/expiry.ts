import { ValidationError } from "../../core/errors.js";
import { parseDuration } from "./limits.js";
import type { GenericConfig, HookState } from "./schema.js";

const hourMs = 3_600_000;
export const invalidDate = "'expirationDate' must be a valid date";

const datePattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2}\.\d{3})(?:Z|([+-]\d{2})(\d{2}))$/;

/**
 * Reads `YYYY-MM-DDTHH:mm:ss.SSS` with `Z` or `±hhmm` behind it, the only form that Hookshot takes (reference 2.9).
 * @returns milliseconds since the epoch; undefined for anything else, days that no month has included
 */
export function parseExpirationDate(text: string): number | undefined {
  const [, day, time, hours, minutes] = datePattern.exec(text) ?? [];
  if (day === undefined || time === undefined) return undefined;
  const here = Date.parse(`${day}T${time}Z`);
  // A 30th of February is read as a day of March.
  if (Number.isNaN(here) || !new Date(here).toISOString().startsWith(`${day}T${time}`)) return undefined;
  const there = Date.parse(`${day}T${time}${hours === undefined ? "Z" : `${hours}:${minutes ?? "00"}`}`);
  return Number.isNaN(there) ? undefined : there;
}

/** When it expires, in milliseconds since the epoch; undefined: never. */
export function expiryOf({ expirationDate }: Pick<HookState, "expirationDate">): number | undefined {
  return expirationDate === undefined ? undefined : parseExpirationDate(expirationDate);
}

export function isExpired(state: Pick<HookState, "expirationDate">, nowMs: number): boolean {
  const expiry = expiryOf(state);
  return expiry !== undefined && expiry <= nowMs;
}

type ExpiryConfig = Pick<GenericConfig, "requireExpiryTime" | "maxExpiryTime">;

/**
 * Hookshot's rules for a new date (reference 2.9). They hold for every change of it; a date that stays may come near, or have come before
 * there was a rule.
 * @throws ValidationError
 */
export function checkExpiry(
  { expirationDate }: Pick<HookState, "expirationDate">,
  before: Pick<HookState, "expirationDate"> | undefined,
  config: ExpiryConfig,
  nowMs: number,
): void {
  if (before !== undefined && before.expirationDate === expirationDate) return;
  if (expirationDate === undefined) {
    if (config.requireExpiryTime) throw new ValidationError("Expiration date must be set");
    return;
  }
  const leftMs = (parseExpirationDate(expirationDate) ?? Number.NEGATIVE_INFINITY) - nowMs;
  if (leftMs < hourMs) throw new ValidationError("Expiration date must at least be a hour in the future");
  // A limit that cannot be read allows nothing.
  const longestMs = config.maxExpiryTime === undefined ? Number.POSITIVE_INFINITY : (parseDuration(config.maxExpiryTime) ?? 0);
  if (leftMs > longestMs) throw new ValidationError("Expiration date cannot exceed the configured max expiry time");
}
