import { isObject, member } from "./sent-object.js";

/*
 * A number in JavaScript holds integers up to 2^53, those of the contract have 64 bits. So integers of sixteen figures or more are wrapped in
 * an object before a body that needs it is parsed: `{"integer":"9007199254740993"}`. Parsers that keep every digit by themselves take thirty
 * times the memory of the body. Whoever sends such an object instead of a number is understood, too.
 */

const wrapper = "integer";
const wrapStart = Buffer.from(`{"${wrapper}":"`);
const wrapEnd = Buffer.from('"}');
const leastFigures = 16;

/** @param bytes well-formed JSON */
export function wrapLongIntegers(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let done = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfText(bytes, at);
    else if (isFigureOrSign(byte)) {
      const end = endOfNumber(bytes, at);
      if (isLongInteger(bytes, at, end)) {
        pieces.push(bytes.subarray(done, at), wrapStart, bytes.subarray(at, end), wrapEnd);
        done = end;
      }
      at = end - 1;
    }
  }
  return Buffer.concat([...pieces, bytes.subarray(done)]);
}

/** The figures of an integer that was wrapped; undefined for anything else. */
export function unwrapInteger(value: unknown): string | undefined {
  const text = isObject(value) ? member(value, wrapper) : undefined;
  return typeof text === "string" && /^-?\d{16,}$/.test(text) ? text : undefined;
}

/** @returns where the quote stands that ends a text of JSON, or the end of the bytes. @param start where its first quote stands */
export function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1;
  // A backslash takes what follows with it.
  while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

function isFigureOrSign(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || byte === 0x2d);
}

function endOfNumber(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (isFigureOrSign(bytes[at])) at += 1;
  return at;
}

/** Not one with a point or an exponent behind it, nor the figures of such a one. */
function isLongInteger(bytes: Buffer, start: number, end: number): boolean {
  const figures = bytes[start] === 0x2d ? end - start - 1 : end - start;
  return figures >= leastFigures && !isWithinNumber(bytes[start - 1]) && !isWithinNumber(bytes[end]);
}

/** A point, `e`, `E` or `+`: none of them stands beside an integer. */
function isWithinNumber(byte: number | undefined): boolean {
  return byte === 0x2e || byte === 0x65 || byte === 0x45 || byte === 0x2b;
}
