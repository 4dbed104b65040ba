import { ValidationError } from "../../core/errors.js";

export const maxConfigBytes = 1_048_576;

/** @throws ValidationError in Hookshot's words (reference 5.2) */
export function requireObject(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new ValidationError("A JSON body must be provided");
  // What is left is an object.
  return body as Readonly<Record<string, unknown>>;
}
