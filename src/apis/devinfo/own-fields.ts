import { isInt64 } from "./int64.js";
import { figuresOf } from "./long-integers.js";
import { member, type SentObject } from "./sent-object.js";

/*
 * Ids and sequences: the fields by which things are told apart and compared. `place` is what codes of problems begin with, such as
 * `devInformation.repository.commit`.
 */

const idForm = /^[A-Za-z0-9~._-]{1,1024}$/;
const longestInt64 = 20;

export function isId(text: string): boolean {
  return idForm.test(text);
}

/** @param takesNumbers clients send ids of pull requests as numbers. @returns undefined for what is none */
export function readId(sent: SentObject, takesNumbers: boolean): string | undefined {
  const id = member(sent, "id");
  if (typeof id === "string") return isId(id) ? id : undefined;
  if (!takesNumbers) return undefined;
  const figures = Number.isSafeInteger(id) ? String(id) : figuresOf(id);
  return figures !== undefined && isId(figures) ? figures : undefined;
}

export function explainId(sent: SentObject, place: string): string {
  return member(sent, "id") === undefined
    ? `${place}.id.required: id is missing.`
    : `${place}.id.invalid: id has to be 1 to 1024 letters, figures and ~ . - _.`;
}

export function readSequence(sent: SentObject, place: string, problems: string[]): number | bigint {
  const sequence = member(sent, "updateSequenceId");
  if (Number.isSafeInteger(sequence)) return Number(sequence);
  const exact = toExact(sequence);
  if (exact !== undefined && isInt64(exact)) return exact;
  problems.push(
    sequence === undefined
      ? `${place}.updateSequenceId.required: updateSequenceId is missing.`
      : `${place}.updateSequenceId.invalid: updateSequenceId has to be a whole number of 64 bits.`,
  );
  return 0;
}

/** A number that is whole stands for itself, whatever its text was: `1e18`. */
function toExact(value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : undefined;
  const figures = figuresOf(value);
  // Longer ones are not worth their time, which grows with the square of their length.
  return figures === undefined || figures.length > longestInt64 ? undefined : BigInt(figures);
}
