/*
 * A number in JavaScript holds integers up to 2^53, those of the contract have 64 bits. So integers of sixteen figures or more are wrapped in
 * an object before a body that needs it is parsed: `{"integer0":"9007199254740993"}`. Parsers that keep every digit by themselves take thirty
 * times the memory of the body. Nobody can send such an object himself: the name is one that stands nowhere where it would count.
 */

const leastFigures = 16;

/** An integer of a body, as it was written. */
export class LongInteger {
  readonly figures: string;

  constructor(figures: string) {
    this.figures = figures;
  }
}

/** @param bytes well-formed JSON. @param wrapper name of the one member of objects in the place of integers */
export function wrapLongIntegers(bytes: Buffer, wrapper: string): Buffer {
  const [opening, closing] = [Buffer.from(`{"${wrapper}":"`), Buffer.from('"}')];
  let count = 0;
  forEachLongInteger(bytes, () => (count += 1));
  // All at once: a buffer for each of them takes ten times its text, and a body may hold millions.
  const wrapped = Buffer.allocUnsafe(bytes.length + count * (opening.length + closing.length));
  let [read, written] = [0, 0];
  forEachLongInteger(bytes, (start, end) => {
    written += bytes.copy(wrapped, written, read, start);
    written += opening.copy(wrapped, written);
    written += bytes.copy(wrapped, written, start, end);
    written += closing.copy(wrapped, written);
    read = end;
  });
  bytes.copy(wrapped, written, read);
  return wrapped;
}

function forEachLongInteger(bytes: Buffer, found: (start: number, end: number) => void): void {
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) at = endOfText(bytes, at);
    else if (isFigureOrSign(byte)) {
      const end = endOfNumber(bytes, at);
      if (isLongInteger(bytes, at, end)) found(at, end);
      at = end - 1;
    }
  }
}

/** The figures of a long integer; undefined for anything else. */
export function figuresOf(value: unknown): string | undefined {
  return value instanceof LongInteger ? value.figures : undefined;
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
