/** What a reader sees of a text in wiki markup (REST 2). */
export interface WikiReading {
  readonly text: string;
  /** Whom `[~name]` tells of it: user names, or Cloud's account ids. */
  readonly mentions: readonly string[];
  /** Names of the markup that took effect: what was not meant as markup must not have any. */
  readonly formatting: readonly string[];
}

interface Markup {
  readonly name: string;
  readonly pattern: RegExp;
  /** What is left to read. */
  readonly shows?: (match: RegExpExecArray) => string;
}

const boundaryBefore = String.raw`(?<![\p{L}\p{N}])`;
const boundaryAfter = String.raw`(?![\p{L}\p{N}])`;
const lineStart = "(?<=^|\\n)";

/** Around text, not in the middle of a word: `*strong*` (Jira's text formatting notation help). */
function phrase(name: string, mark: string): Markup {
  const pattern = new RegExp(`${boundaryBefore}${mark}(?=\\S)([^\\n]*?\\S)${mark}${boundaryAfter}`, "uy");
  return { name, pattern, shows: ([, inner = ""]) => inner };
}

/** In the order in which they are tried at a place. */
const markups: readonly Markup[] = [
  { name: "line break", pattern: /\\\\/y, shows: () => "\n" },
  { name: "heading", pattern: new RegExp(`${lineStart}h[1-6]\\. `, "y") },
  { name: "quote", pattern: new RegExp(`${lineStart}bq\\. `, "y") },
  { name: "list", pattern: new RegExp(`${lineStart} *(?:[*#]+|-) `, "y") },
  { name: "rule", pattern: new RegExp(`${lineStart}----+(?=\\n|$)`, "y") },
  { name: "table", pattern: new RegExp(`${lineStart} *\\|{1,2}`, "y") },
  { name: "macro", pattern: /\{[a-z]+(?::[^}\n]*)?\}|\{\{(?=\S)|(?<=\S)\}\}/y },
  { name: "image", pattern: /!(?=\S)[^!\n]*\S!/y },
  { name: "link", pattern: /\[([^\]\n|]+)(?:\|[^\]\n]*)?\]/y, shows: ([, inner = ""]) => inner },
  { name: "smiley", pattern: /:-?[)(DP]|;-?\)|\((?:[y!?/x+*n-]|i|on|off)\)/y },
  { name: "dash", pattern: /(?<= )---?(?= )/y, shows: () => "–" },
  phrase("strong", "\\*"),
  phrase("emphasis", "_"),
  phrase("citation", "\\?\\?"),
  phrase("deleted", "-"),
  phrase("inserted", "\\+"),
  phrase("superscript", "\\^"),
  phrase("subscript", "~"),
];

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"' };

/** Reads wiki markup as Jira's renderer does, near enough to tell text from markup. */
export function readWiki(source: string): WikiReading {
  const mentions: string[] = [];
  const formatting: string[] = [];
  let text = "";
  for (let at = 0; at < source.length;) {
    const mention = matchAt(/\[~(?:accountid:)?([^\]\s]+)\]/y, source, at);
    // A backslash takes the meaning from a sign of the notation; two of them are a line break.
    const escaped = matchAt(/\\([^\p{L}\p{N}\s\\])/uy, source, at);
    const entity = matchAt(/&(?:#(\d+)|([a-z]+));/y, source, at);
    const markup = markups.map((one) => ({ one, match: matchAt(one.pattern, source, at) })).find(({ match }) => match !== undefined);
    if (mention !== undefined) {
      mentions.push(mention[1] ?? "");
      text += `@${mention[1] ?? ""}`;
      at += mention[0].length;
    } else if (escaped !== undefined) {
      text += escaped[1] ?? "";
      at += escaped[0].length;
    } else if (entity !== undefined) {
      text += entity[1] === undefined ? (entities[entity[2] ?? ""] ?? entity[0]) : String.fromCodePoint(Number(entity[1]));
      at += entity[0].length;
    } else if (markup?.match !== undefined) {
      if (markup.one.name !== "line break") formatting.push(markup.one.name);
      text += markup.one.shows?.(markup.match) ?? "";
      at += markup.match[0].length;
    } else {
      text += source[at] ?? "";
      at += 1;
    }
  }
  return { text, mentions, formatting };
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source) ?? undefined;
}
