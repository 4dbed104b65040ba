import { JqlError } from "./jira-jql-tokens.js";

/** One thing that a text search asks for: words that follow each other, the last one perhaps only by its beginning. */
interface Wanted {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

/** Signs of Jira's text search that the stand-in refuses bare: Jira refuses most uses of them, too, and a text must not get to use them. */
const refused = "+-&|!(){}[]^~?:";

/**
 * Reads what stands behind `~` ("Search syntax for text fields"): all of its words have to be there, `"a b"` as they are, `a*` by their
 * beginning; a backslash takes the meaning from a sign.
 * @throws JqlError
 */
export function compileTextSearch(field: string, query: string): (text: string) => boolean {
  const wanted = readWanted(field, query);
  return (text) => {
    const found = wordsOf(text);
    return wanted.every((one) => found.some((_, start) => isAt(found, start, one)));
  };
}

function isAt(found: readonly string[], start: number, { words, isPrefix }: Wanted): boolean {
  return words.every((word, offset) => {
    const there = found[start + offset] ?? "";
    return isPrefix && offset === words.length - 1 ? there.startsWith(word) : there === word;
  });
}

function readWanted(field: string, query: string): readonly Wanted[] {
  const wanted: Wanted[] = [];
  let text = "";
  let isPhrase = false;
  const end = (isPrefix: boolean): void => {
    const words = wordsOf(text);
    if (words.length > 0)
      wanted.push(...(isPhrase || isPrefix ? [{ words, isPrefix }] : words.map((word) => ({ words: [word], isPrefix }))));
    text = "";
  };
  for (let at = 0; at < query.length; at += 1) {
    const character = query[at] ?? "";
    if (character === "\\") {
      at += 1;
      text += query[at] ?? "";
    } else if (character === '"') {
      end(false);
      isPhrase = !isPhrase;
    } else if (isPhrase) text += character;
    else if (character === "*") {
      if (text === "") throw new JqlError(`The text query '${query}' for field '${field}' is not allowed to start with character '*'.`);
      end(true);
    } else if (/\s/.test(character)) end(false);
    else if (refused.includes(character) && !isInsideWord(query, at)) throw unreadable(field, query);
    else text += character;
  }
  if (isPhrase) throw unreadable(field, query);
  end(false);
  return wanted;
}

/** `PLAY-1` and `it-self` are words to everybody. */
function isInsideWord(query: string, at: number): boolean {
  return query[at] === "-" && /\w/.test(query[at - 1] ?? "");
}

function unreadable(field: string, query: string): JqlError {
  return new JqlError(`Unable to parse the text '${query}' for field '${field}'.`);
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
