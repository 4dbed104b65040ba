import { plainText } from "./plain-text.js";

// Server and Data Center show texts through the wiki renderer ("Text Formatting Notation Help" in Jira). A backslash takes the meaning
// from the character after it, unless that is a backslash: two of them break the line. So a backslash itself is written as an entity;
// the renderer keeps entities as they are, and therefore what looks like one in a person's text gets its ampersand escaped.

/** What stays as typed: a mention, as Jira writes it, and an address, which the renderer takes for a link before it looks for markup in it. */
const kept = /(\[~[\p{L}\p{N}._@+-]{1,255}\]|(?<![\p{L}\p{N}])https?:\/\/[A-Za-z0-9%/.:=&?#_~+-]*[A-Za-z0-9/])/u;

/**
 * What can begin or end markup; parentheses belong to most smileys, colons to `:D` and `:P`. A hyphen or underscore within a word means
 * nothing, and left alone it keeps issue keys recognisable.
 */
const special = /[\\*+^~?{}[\]|!#()]|&(?=#?\w+;)|:(?=[PpDd])|(?<![A-Za-z0-9])[-_]|[-_](?![A-Za-z0-9])/g;

/** A person's text as wiki markup that shows just that text. Line breaks are kept by the renderer. */
export function toWikiMarkup(text: string): string {
  return plainText(text)
    .split(kept)
    .map((part, index) => (index % 2 === 1 ? part : escape(part)))
    .join("");
}

function escape(text: string): string {
  return (
    text
      .replace(special, (character) => (character === "\\" ? "&#92;" : character === "&" ? "&amp;" : `\\${character}`))
      // Headings and quotes: `h1. ` and `bq. ` at the start of a line.
      .replace(/^([^\S\n]*(?:h[1-6]|bq))\./gim, "$1\\.")
  );
}

/** Wiki markup as it was typed, but for the escapes of `toWikiMarkup`: people read text. */
export function wikiToText(markup: unknown): string {
  if (typeof markup !== "string") return "";
  return markup
    .replace(
      /\\([*+^~?{}[\]|!#()_:.-])|&#92;|&amp;(?=\\?#?\w+;)/g,
      (written, escaped: string | undefined) => escaped ?? entities[written] ?? written,
    )
    .replace(/\r\n?/g, "\n")
    .trim();
}

const entities: Readonly<Record<string, string>> = { "&#92;": "\\", "&amp;": "&" };
