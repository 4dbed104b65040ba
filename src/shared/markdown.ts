import MarkdownIt from "markdown-it";
import { onceFor } from "./once-for.js";
import { wellFormed } from "./well-formed.js";

/**
 * Text in Markdown, in the two forms that a Matrix message needs: `text` for `body`, where outside text stands as it is, and `source` for
 * `formatted_body`, where outside text is escaped so that it can neither begin nor end any formatting.
 */
export interface Markdown {
  readonly text: string;
  readonly source: string;
  /**
   * What the source is as inline HTML, where that can be told without parsing: words and outside text without any formatting, and links.
   * Most messages are no more than that, and parsing is the dearest part of making them.
   */
  readonly html?: string;
}

/** Longer outside text is cut: an event takes 65,536 bytes for both forms together, so that what is cut here could never be sent. */
const longestText = 32_768;

/**
 * A template whose own words are Markdown; values that are strings are outside text.
 * Outside text keeps its line breaks, but they never end a line of the Markdown source.
 */
export function markdown(words: TemplateStringsArray, ...values: readonly (string | Markdown)[]): Markdown {
  const parts: Markdown[] = [];
  let index = 0;
  for (const part of ownWordsOf(words)) {
    const value = values[index++];
    parts.push(part);
    if (value !== undefined) parts.push(typeof value === "string" ? outsideText(value) : value);
  }
  return new Joined(parts);
}

/** A template's own words are the same each time. */
const ownWordsOf = onceFor((words: TemplateStringsArray) => words.map(ownWords));

/** Words without anything that Markdown gives a meaning. */
const plainWords = /^[A-Za-z0-9 ,:"']*$/;

function ownWords(words: string): Markdown {
  return plainWords.test(words) ? { text: words, source: words, html: escapeHtml(words) } : { text: words, source: words };
}

/** Parts in a row. Their source is put together when somebody asks: where the HTML is known nobody does, and escaping is dear. */
class Joined implements Markdown {
  readonly text: string;
  declare readonly html?: string;
  readonly #parts: readonly Markdown[];

  constructor(parts: readonly Markdown[]) {
    let text = "";
    let html: string | undefined = "";
    for (const part of parts) {
      text += part.text;
      html = html === undefined || part.html === undefined ? undefined : html + part.html;
    }
    this.text = text;
    if (html !== undefined) this.html = html;
    this.#parts = parts;
  }

  get source(): string {
    return this.#parts.map(({ source }) => source).join("");
  }
}

/**
 * A link. The address must be one we built or checked: nothing here keeps `javascript:` out of `body`.
 * @param text how `body` has it; as Markdown unless given
 */
export function markdownLink(label: string, url: string, text?: string): Markdown {
  return new Link(outsideText(label), url, text);
}

class Link implements Markdown {
  readonly text: string;
  declare readonly html?: string;
  readonly #label: Markdown;
  readonly #url: string;

  constructor(label: Markdown, url: string, text = `[${label.text}](${url})`) {
    this.text = text;
    if (label.html !== undefined && label.html !== "" && plainUrl.test(url)) this.html = `<a href="${url}">${label.html}</a>`;
    this.#label = label;
    this.#url = url;
  }

  get source(): string {
    return `[${this.#label.source}](${linkDestination(this.#url)})`;
  }
}

/** An address in which nothing needs encoding or escaping. */
const plainUrl = /^https?:\/\/[A-Za-z0-9.:/_~-]+$/;

/** Outside text as a code span, on one line. Text that is only white space stays as it is, since no span can hold it. */
export function markdownCode(value: string): Markdown {
  const text = cutText(wellFormed(value)).replace(/[\r\n]/g, " ");
  if (text.trim() === "") return outsideText(text);
  // Nothing can be escaped within a span, so its fence has to differ from all that stands in it (CommonMark 0.31, section 6.1).
  const longestRun = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const padding = /^[` ]|[` ]$/.test(text) ? " " : "";
  return { text: `\`${text}\``, source: `${fence}${padding}${text}${padding}${fence}` };
}

/** The parts one after the other; `separator` is Markdown. */
export function joinMarkdown(parts: readonly Markdown[], separator: string): Markdown {
  if (separator === "") return new Joined(parts);
  const between = ownWords(separator);
  return new Joined(parts.flatMap((part, index) => (index === 0 ? [part] : [between, part])));
}

function outsideText(value: string): Markdown {
  return new OutsideText(cutText(wellFormed(value)));
}

class OutsideText implements Markdown {
  readonly text: string;
  declare readonly html?: string;

  constructor(text: string) {
    this.text = text;
    if (isOneLine(text)) this.html = escapeHtml(text);
  }

  get source(): string {
    return escapeMarkdown(this.text);
  }
}

/** No control characters, and no white space at an edge, which Markdown may drop. */
function isOneLine(text: string): boolean {
  return /^[^\s\p{Cc}](?:[^\p{Cc}]*[^\s\p{Cc}])?$/u.test(text);
}

/** As markdown-it escapes text; fit for an attribute's value in double quotes too. */
export function escapeHtml(text: string): string {
  return /[&<>"]/.test(text) ? text.replace(/[&<>"]/g, (character) => htmlEntities[character] ?? character) : text;
}

const htmlEntities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function cutText(text: string): string {
  if (text.length <= longestText) return text;
  // Not within a surrogate pair.
  return `${text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/**
 * Escapes text for Markdown source (CommonMark 0.31, sections 2.4 and 2.5): a backslash before punctuation that can mean something, and
 * white space that could (indentation, line breaks, the edges of emphasis) as entities, which never have a structural meaning.
 */
function escapeMarkdown(text: string): string {
  const inner = text.trim();
  // Not a pattern such as /\s+$/, which is slow on long runs of white space within the text.
  const start = text.slice(0, text.length - text.trimStart().length);
  const end = text.slice(start.length + inner.length);
  return whiteSpaceEntities(start) + escapeWords(inner) + whiteSpaceEntities(end);
}

function escapeWords(text: string): string {
  return text.replace(/[\\`*_[\]<>&!~#+\-.()|=]/g, "\\$&").replace(/[\t\n\r]/g, whiteSpaceEntities);
}

function whiteSpaceEntities(spaces: string): string {
  return spaces.replace(/\s/g, (space) => (/[\t\n\r]/.test(space) ? `&#${space.charCodeAt(0)};` : "&#32;"));
}

/** Encodes what would end a link's destination or be read as an escape or entity within it (CommonMark 0.31, section 6.3). */
function linkDestination(url: string): string {
  return url
    .replace(/[\s<>()\\]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`)
    .replaceAll("&", "&amp;");
}

/** Markdown to HTML, as CommonMark; HTML in the source is shown, not passed through, and bare addresses do not become links. */
export interface MarkdownRenderer {
  /** Without block elements around it. */
  inline(text: Markdown): string;
  /** With block elements; ends with a line break. */
  block(text: Markdown): string;
}

export function createMarkdownRenderer(): MarkdownRenderer {
  const renderer = new MarkdownIt();
  return {
    // Not taken apart: the source is put together when it is asked for.
    inline: (text) => (text.html === undefined || text.html !== text.html.trim() ? renderer.renderInline(text.source) : text.html),
    block: ({ source }) => renderer.render(source),
  };
}
