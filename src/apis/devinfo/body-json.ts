import { isUtf8 } from "node:buffer";
import { ValidationError } from "../../core/errors.js";
import { wellFormed } from "../../shared/well-formed.js";
import { checkStructure } from "./check-structure.js";

/** JSON of a body; integers that a number cannot hold lose digits. @throws ValidationError; SwitchboardError HS_TOO_LARGE */
export function parseBody(bytes: Buffer): unknown {
  checkStructure(bytes);
  if (!isUtf8(bytes)) throw new ValidationError("The body is not JSON in UTF-8.");
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new ValidationError("The body is not JSON.", { cause: error });
  }
}

/**
 * A value as JSON text, without halves of surrogate pairs and without NUL, which nobody behind us could keep.
 * @param value may hold bigints
 */
export function stringify(value: object, hasBigInts: boolean): string {
  if (hasBigInts) return stringifyCarefully(value);
  const text = JSON.stringify(value);
  // Both are written as escapes, which other texts hardly ever need.
  return text.includes("\\u") ? stringifyCarefully(value) : text;
}

/** A bigint is a text behind a NUL until it is written: no other text has one. */
function stringifyCarefully(value: object): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === "bigint") return `\0${member}`;
    return typeof member === "string" ? wellFormed(member).replaceAll("\0", "\uFFFD") : member;
  }).replace(/"\\u0000(-?\d+)"/g, "$1");
}
