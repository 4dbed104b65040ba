/** What closes a quotation; phones write the curly ones by themselves. */
const closing: Readonly<Record<string, string>> = { '"': '"', "'": "'", "“": "”" };

/**
 * Splits as a shell does: white space separates, quotes keep together. A quote counts at the start of a word or of an option's value
 * (`label="two words"`), and only if a closing one ends the word: the apostrophe of `it's` is a letter.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    const quoted = word === undefined || word.endsWith("=") ? readQuoted(text, at) : undefined;
    if (quoted !== undefined) {
      words.push((word ?? "") + quoted);
      word = undefined;
      at += quoted.length + 2;
    } else {
      if (!/\s/.test(character)) word = (word ?? "") + character;
      else if (word !== undefined) {
        words.push(word);
        word = undefined;
      }
      at += 1;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** What stands between the quote at `start` and the one that ends the word; undefined when there is no such pair. */
function readQuoted(text: string, start: number): string | undefined {
  const close = closing[text.charAt(start)];
  if (close === undefined) return undefined;
  for (let end = text.indexOf(close, start + 1); end >= 0; end = text.indexOf(close, end + 1)) {
    if (end + 1 === text.length || /\s/.test(text.charAt(end + 1))) return text.slice(start + 1, end);
  }
  return undefined;
}

/** Splits as Hookshot does (reference 3.1): a quote without a partner separates, so `it's broken` is `it`, `s`, `broken`. */
export function splitLikeHookshot(text: string): string[] {
  const words = text.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g);
  return [...words].map(([, single, double, bare]) => single ?? double ?? bare ?? "");
}
