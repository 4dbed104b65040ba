import type { CommandArgument } from "../core/room-commands.js";
import { readWords } from "./split-words.js";

/** What was typed for a command's arguments. */
export interface TypedArguments {
  /** By argument; blank text counts as not typed. */
  readonly values: Readonly<Record<string, string | undefined>>;
  /** A required argument was not typed. */
  readonly isMissing: boolean;
  /** The first word that no argument is left for. */
  readonly extra: string | undefined;
}

/**
 * Reads the text after a command's name as `CommandArgument` says (core/room-commands.ts): words are told apart as a shell does; prose is
 * taken as typed, line breaks included, up to the end, unless it is not the last argument and something in it stands in quotes.
 */
export function readArguments(args: readonly CommandArgument[], text: string): TypedArguments {
  const words = readWords(text);
  const values = new Map<string, string>();
  let at = 0;
  for (const [index, { name, isText = false }] of args.entries()) {
    const word = words[at];
    if (word === undefined) break;
    const left = words.slice(at);
    const isQuotedWhole = word.isQuoted && left.length === 1;
    const isRest = index === args.length - 1 ? !isQuotedWhole : !left.some(({ isQuoted }) => isQuoted);
    if (isText && isRest) {
      values.set(name, text.slice(word.start).trimEnd());
      at = words.length;
    } else {
      values.set(name, word.value);
      at += 1;
    }
  }
  const typed = [...values].filter(([, value]) => value.trim() !== "");
  const isMissing = args.some((argument) => argument.required && !typed.some(([name]) => name === argument.name));
  return { values: Object.fromEntries(typed), isMissing, extra: words[at]?.value };
}
