import parse from "parse-duration";
import type { GenericConfig } from "./schema.js";

const unitBytes: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** How large a body may be, in bytes. The schema let only whole numbers and numbers with a unit through. */
export function bytesOf(limit: GenericConfig["payloadSizeLimit"]): number {
  if (typeof limit === "number") return limit;
  const [, amount = "1", unit = "mb"] = /^([0-9.]+)([a-z]+)$/.exec(limit.toLowerCase()) ?? [];
  return Math.max(1, Math.floor(Number(amount) * (unitBytes[unit] ?? 1)));
}

/**
 * Reads a duration such as `30d`, `2h` or `1.5h` (Hookshot reference 3.5); a bare number is milliseconds.
 * @returns milliseconds, or undefined for what is none, is nothing, or never ends
 */
export function parseDuration(text: string): number | undefined {
  const durationMs = parse(text);
  return durationMs === null || durationMs === 0 || !Number.isFinite(durationMs) ? undefined : durationMs;
}
