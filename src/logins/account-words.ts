import { wellFormed } from "../shared/well-formed.js";

const longest = 200;

/**
 * What a remote calls an account, or itself, for pages and messages: on one line, not endless, and without characters that turn the direction
 * of the words around it (Unicode's `Bidi_Control`). People write their own names: one that ended its line could speak in our place, and one
 * that fills an event would keep its person from being told.
 */
export function accountWords(text: string): string {
  const line = wellFormed(text)
    .replace(/\p{Bidi_Control}/gu, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (line === "") return "(without a name)";
  // Not within a surrogate pair.
  return line.length > longest ? `${line.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…` : line;
}
