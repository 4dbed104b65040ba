import { ValidationError } from "../../core/errors.js";

/**
 * Reads an object or array; a bare string or number is refused, as Hookshot does. Integers above 2^53-1 become strings with exactly their
 * digits: homeservers refuse such numbers, and JavaScript would change them (reference 2.16).
 * @throws ValidationError
 */
export function decodeJson(text: string): unknown {
  // An empty body counts as an empty object, as in Express.
  if (text === "") return {};
  if (!/^\s*[[{]/.test(text)) throw new ValidationError("The body is not JSON: it must be an object or an array.");
  try {
    return JSON.parse(/\d{16}/.test(text) ? withExactIntegers(text) : text) as unknown;
  } catch (error) {
    throw new ValidationError("The body is not JSON.", { cause: error });
  }
}

/** Between strings, which hold what they hold. */
function withExactIntegers(text: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote < 0 ? text.length : quote;
    parts.push(text.slice(at, end).replace(/-?\d[\d.eE+-]*/g, exactly));
    at = quote < 0 ? end : endOfString(text, quote);
    parts.push(text.slice(end, at));
  }
  return parts.join("");
}

function exactly(number: string): string {
  return /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number)) ? `"${number}"` : number;
}

/** Behind the quote that closes the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charAt(quote - 1 - backslashes) === "\\") backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
