import { wellFormed } from "../../shared/well-formed.js";

/** Containers further down become strings; the payload itself is at 0. */
const deepest = 10;
/** Containers at places beyond become strings; the first key of an object is at 1, the first entry of an array at 0. */
const furthest = 50;

/**
 * A payload in the form in which a Matrix event can carry it, with Hookshot's bounds (reference 2.9, 2.16): fractions and integers above
 * 2^53-1, which events may not hold, become strings; so does, as JSON, what is too deep or too far behind.
 */
export function toEventData(value: unknown, depth = 0, place = 0): unknown {
  if (typeof value === "string") return wellFormed(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > deepest || place > furthest) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((entry: unknown, index) => toEventData(entry, depth + 1, index));
  return Object.fromEntries(
    Object.entries(value).map(([key, member], index) => [wellFormed(key), toEventData(member, depth + 1, index + 1)]),
  );
}
