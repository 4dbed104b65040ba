/** A query that Jira refuses; the message is the sentence of its answer. */
export class JqlError extends Error {}

/** Position: characters from the beginning of the query, from 0. */
export type JqlToken =
  | { readonly kind: "word"; readonly text: string; readonly isQuoted: boolean; readonly at: number }
  | { readonly kind: "sign"; readonly text: JqlSign; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

const signs = ["!=", "!~", ">=", "<=", "&&", "||", "=", "~", ">", "<", "(", ")", ",", "!", "&", "|"] as const;

export type JqlSign = (typeof signs)[number];

/** Signs that Jira keeps for itself: outside of quotes they are mistakes. */
const reserved = "{}*/%+^$#@?;[]";

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", " ": " ", "\\": "\\", '"': '"', "'": "'" };

/**
 * Tells a query's words apart as Jira does (its JQL grammar): words in either kind of quotes, with escapes, or bare; there are no comments.
 * @throws JqlError
 */
export function readJqlTokens(query: string): readonly JqlToken[] {
  const tokens: JqlToken[] = [];
  let at = 0;
  while (at < query.length) {
    const sign = signs.find((candidate) => query.startsWith(candidate, at));
    const character = query[at] ?? "";
    if (/\s/.test(character)) at += 1;
    else if (sign !== undefined) {
      tokens.push({ kind: "sign", text: sign, at });
      at += sign.length;
    } else {
      const isQuoted = character === '"' || character === "'";
      const { text, end } = isQuoted ? readQuoted(query, at, character) : readBare(query, at);
      tokens.push({ kind: "word", text, isQuoted, at });
      at = end;
    }
  }
  return [...tokens, { kind: "end", text: "", at }];
}

interface Read {
  readonly text: string;
  readonly end: number;
}

function readQuoted(query: string, start: number, quote: string): Read {
  let text = "";
  for (let at = start + 1; at < query.length;) {
    const character = query[at] ?? "";
    if (character === quote) return { text, end: at + 1 };
    const step = character === "\\" ? readEscape(query, at) : { text: character, end: at + 1 };
    text += step.text;
    at = step.end;
  }
  throw new JqlError(`Error in the JQL Query: The quoted string '${query.slice(start + 1)}' has not been completed. ${place(start)}`);
}

function readBare(query: string, start: number): Read {
  let text = "";
  let at = start;
  while (at < query.length && !/[\s"'=!<>~(),&|]/.test(query[at] ?? "")) {
    const character = query[at] ?? "";
    if (reserved.includes(character)) throw reservedSign(character, at);
    const step = character === "\\" ? readEscape(query, at) : { text: character, end: at + 1 };
    text += step.text;
    at = step.end;
  }
  return { text, end: at };
}

function readEscape(query: string, at: number): Read {
  const unicode = /^\\u([0-9a-fA-F]{4})/.exec(query.slice(at, at + 6))?.[1];
  if (unicode !== undefined) return { text: String.fromCharCode(Number.parseInt(unicode, 16)), end: at + 6 };
  const sign = query[at + 1] ?? "";
  const text = escapes[sign];
  if (text !== undefined) return { text, end: at + 2 };
  throw new JqlError(
    `Error in the JQL Query: '\\${sign}' is an illegal JQL escape sequence. The valid escape sequences are \\', \\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. ${place(at)}`,
  );
}

function reservedSign(character: string, at: number): JqlError {
  const code = character.charCodeAt(0).toString(16).padStart(4, "0");
  const remedy = `You must enclose it in a string or use the escape '\\u${code}' instead.`;
  return new JqlError(`Error in the JQL Query: The character '${character}' is a reserved JQL character. ${remedy} ${place(at)}`);
}

export function place(at: number): string {
  return `(line 1, character ${at + 1})`;
}
