import { ValidationError } from "../core/errors.js";
import { parseJson } from "./json.js";

/** No API takes anything deeper, and what walks a value by calling itself would run out of stack. */
const deepest = 64;

/** Half of a surrogate pair on its own, which has no UTF-8 form, and the character that databases do not take. */
const unfitText = /\p{Surrogate}|\0/u;

/**
 * A body of an API as JSON: not nested too deep, and with no text that a homeserver could not keep.
 * @returns undefined when there is no body
 * @throws ValidationError
 */
export function readJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const value = parseJson(bytes);
  checkValue(value);
  return value;
}

/** Level by level, so that the depth of the value costs no stack. */
function checkValue(value: unknown): void {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new ValidationError(`The body is nested more than ${deepest} levels deep.`);
    level = level.flatMap(below);
  }
}

function below(value: unknown): readonly unknown[] {
  if (typeof value === "string") checkText(value);
  if (typeof value !== "object" || value === null) return [];
  Object.keys(value).forEach(checkText);
  return Object.values(value);
}

function checkText(text: string): void {
  if (unfitText.test(text)) throw new ValidationError("The body has text that is not well-formed Unicode, or has a NUL character.");
}
