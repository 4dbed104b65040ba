import { SwitchboardError, ValidationError } from "../../core/errors.js";
import { endOfText } from "./long-integers.js";

/** What walks a value by calling itself would run out of stack far deeper than that; entities are six deep. */
const deepest = 64;

/**
 * A value takes up to thirty times the memory of its text (`[{},{},…]`), so what a body may hold is counted before anything is made of it. A
 * thousand entities, each with all keys that the contract allows, have 1.6 million.
 */
const mostValues = 4_000_000;

const quote = 0x22;
const comma = 0x2c;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;

/**
 * Refuses JSON that is nested too deep, or holds too many values, without parsing it. What is no JSON is for the parser to refuse.
 * @throws ValidationError; SwitchboardError HS_TOO_LARGE
 */
export function checkStructure(bytes: Buffer): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) at = endOfText(bytes, at);
    else if (byte === comma) values += 1;
    else if (byte === openBrace || byte === openBracket) {
      values += 1;
      depth += 1;
      if (depth > deepest) throw new ValidationError(`The body is nested more than ${deepest} levels deep.`);
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
  }
  if (values > mostValues)
    throw new SwitchboardError("HS_TOO_LARGE", `The body holds more than ${mostValues} values: submit fewer entities.`);
}
