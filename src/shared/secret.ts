import { hash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

const placeholder = "[secret]";

/** A secret value that prints as a placeholder wherever it is logged, inspected or made into JSON. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** Compares in constant time, whatever the lengths. */
  equals(candidate: string): boolean {
    return equalInConstantTime(this.#value, candidate);
  }

  toString(): string {
    return placeholder;
  }

  toJSON(): string {
    return placeholder;
  }

  [inspect.custom](): string {
    return placeholder;
  }
}

/** Compares two strings so that the time taken tells nothing about them. Hashing makes the lengths equal. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(hash("sha256", left, "buffer"), hash("sha256", right, "buffer"));
}
