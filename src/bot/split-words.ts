/** What closes a quotation; phones write the curly ones by themselves. */
const closing: Readonly<Record<string, string>> = { '"': '"', "'": "'", "“": "”" };

/** A word of a command, and where in the text it stands. */
export interface Word {
  /** Without its quotes. */
  readonly value: string;
  /** True when quotes stand around the whole of it. */
  readonly isQuoted: boolean;
  /** Where it begins, its quote included. */
  readonly start: number;
}

/**
 * Splits as a shell does: white space separates, quotes keep together. A quote counts at the start of a word or of an option's value
 * (`label="two words"`), and only if a closing one ends the word: the apostrophe of `it's` is a letter.
 * @param before characters within a word after which a quote counts, too
 */
export function readWords(text: string, before = "="): Word[] {
  const words: Word[] = [];
  const quotes = new Quotes(text);
  /** Where the word began that is being read. */
  let begun: number | undefined;
  let at = 0;
  while (at < text.length) {
    const quoted = begun === undefined || before.includes(text.charAt(at - 1)) ? quotes.readAt(at) : undefined;
    if (quoted !== undefined) {
      const start: number = begun ?? at;
      words.push({ value: text.slice(start, at) + quoted, isQuoted: begun === undefined, start });
      begun = undefined;
      at += quoted.length + 2;
    } else {
      if (!/\s/.test(text.charAt(at))) begun ??= at;
      else if (begun !== undefined) {
        words.push({ value: text.slice(begun, at), isQuoted: false, start: begun });
        begun = undefined;
      }
      at += 1;
    }
  }
  return begun === undefined ? words : [...words, { value: text.slice(begun), isQuoted: false, start: begun }];
}

/** The values of the words alone. */
export function splitWords(text: string, before?: string): string[] {
  return readWords(text, before).map(({ value }) => value);
}

class Quotes {
  readonly #text: string;
  /** Closing quotes that end no word from here on: looked for again at each further quote, a long text would take minutes. */
  readonly #missing = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  /** What stands between the quote at `start` and the one that ends the word; undefined when there is no such pair. */
  readAt(start: number): string | undefined {
    const close = closing[this.#text.charAt(start)];
    if (close === undefined || this.#missing.has(close)) return undefined;
    for (let end = this.#text.indexOf(close, start + 1); end >= 0; end = this.#text.indexOf(close, end + 1)) {
      if (end + 1 === this.#text.length || /\s/.test(this.#text.charAt(end + 1))) return this.#text.slice(start + 1, end);
    }
    this.#missing.add(close);
    return undefined;
  }
}

/** Splits as Hookshot does (reference 3.1): a quote without a partner separates, so `it's broken` is `it`, `s`, `broken`. */
export function splitLikeHookshot(text: string): string[] {
  const words = text.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g);
  return [...words].map(([, single, double, bare]) => single ?? double ?? bare ?? "");
}
