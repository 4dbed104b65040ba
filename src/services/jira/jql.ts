import { PermissionError, ValidationError } from "../../core/errors.js";

// Jira's query language (Atlassian's documentation, "Use advanced search with JQL"). Nothing is understood here but what decides where a
// query ends: quotes, parentheses and ORDER BY. What might be read in two ways is refused, so that a condition put into parentheses stays
// within them whatever it says. Jira judges the rest.

interface Token {
  readonly kind: "word" | "string" | "open" | "close";
  /** A string without its quotes, escapes resolved. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Text as a JQL string. */
export function quoteJql(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/**
 * The condition that issues hold a text. Its words are only looked for: what the search syntax (Lucene) gives a meaning is escaped, and
 * its operators, which count in upper case, are written in lower case.
 * @throws ValidationError when there is no word in it
 */
export function textCondition(text: string): string {
  const words = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  if (!/[\p{L}\p{N}]/u.test(words)) throw new ValidationError("Type a word to search for.");
  const escaped = words
    .replace(/[+\-&|!(){}[\]^"~*?\\:/]/g, "\\$&")
    .replace(/\b(?:AND|OR|NOT|TO)\b/g, (operator) => operator.toLowerCase());
  return `text ~ ${quoteJql(escaped)}`;
}

/** The condition that an issue is in one of the projects. Jira also looks for projects of that name, so results need a second look. */
export function inProjects(keys: readonly string[]): string {
  return `project in (${keys.map(quoteJql).join(", ")})`;
}

/**
 * The query, confined to projects: `project in ("A", "B") AND (<condition>) <ORDER BY ...>`.
 * @throws ValidationError for a query that cannot be put into parentheses safely
 * @throws PermissionError for one that asks about issues elsewhere
 */
export function confineJql(jql: string, projectKeys: readonly string[]): string {
  const tokens = lex(jql);
  refuseReaches(tokens, projectKeys);
  const order = findOrder(tokens);
  const condition = jql.slice(0, order?.start).trim();
  const confined = condition === "" ? inProjects(projectKeys) : `${inProjects(projectKeys)} AND (${condition})`;
  return order === undefined ? confined : `${confined} ${jql.slice(order.start).trim()}`;
}

/** @throws ValidationError */
function lex(jql: string): readonly Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < jql.length) {
    const character = jql.charAt(at);
    if (/[ \t\r\n]/.test(character)) {
      at += 1;
      continue;
    }
    const token = readToken(jql, at, character);
    if (token.kind === "open") depth += 1;
    if (token.kind === "close") depth -= 1;
    if (depth < 0) throw new ValidationError(`The query has a \`)\` that nothing opens (character ${at + 1}).`);
    tokens.push(token);
    at = token.end;
  }
  if (depth > 0) throw new ValidationError("The query has a `(` that nothing closes.");
  return tokens;
}

function readToken(jql: string, start: number, character: string): Token {
  if (character === "(") return { kind: "open", text: character, start, end: start + 1 };
  if (character === ")") return { kind: "close", text: character, start, end: start + 1 };
  return character === '"' || character === "'" ? readString(jql, start, character) : readWord(jql, start);
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", " ": " ", "\\": "\\", '"': '"', "'": "'" };

function readString(jql: string, start: number, quote: string): Token {
  let text = "";
  let at = start + 1;
  while (at < jql.length && jql.charAt(at) !== quote) {
    const [raw, character] = readCharacter(jql, at);
    text += character;
    at += raw.length;
  }
  if (at >= jql.length) throw new ValidationError(`The query has a ${quote} that nothing closes (character ${start + 1}).`);
  return { kind: "string", text, start, end: at + 1 };
}

function readCharacter(jql: string, at: number): readonly [raw: string, character: string] {
  const character = jql.charAt(at);
  if (/\p{Cc}/u.test(character)) throw new ValidationError("The query has a line break or another control character within quotes.");
  if (character !== "\\") return [character, character];
  const [unicode, digits] = /^\\u([0-9a-f]{4})/i.exec(jql.slice(at, at + 6)) ?? [];
  if (unicode !== undefined && digits !== undefined) return [unicode, String.fromCharCode(Number.parseInt(digits, 16))];
  const next = jql.charAt(at + 1);
  const escaped = Object.hasOwn(escapes, next) ? escapes[next] : undefined;
  if (escaped === undefined)
    throw new ValidationError("The query has a backslash that escapes nothing. Within quotes write `\\\\` for one.");
  return [`\\${next}`, escaped];
}

/** Reserved in JQL, but for brackets, which some names of fields have. There are no comments in JQL, either. */
const reserved = /[\\;/*?#%^$@{}`]/;
const curlyQuotes = /[‘’‚‛“”„‟«»＂＇]/;

function readWord(jql: string, start: number): Token {
  const [text = ""] = /^[^\s"'()]+/.exec(jql.slice(start)) ?? [];
  if (text === "" || /[\p{Cc}\p{Cf}]/u.test(text)) {
    throw new ValidationError(`The query has a character that cannot be seen (character ${start + 1}). Type it anew.`);
  }
  const [quote] = curlyQuotes.exec(text) ?? [];
  if (quote !== undefined)
    throw new ValidationError(`The query has the quote ${quote}, which Jira does not know. Type straight ones: "..."`);
  const [character] = reserved.exec(text) ?? [];
  if (character !== undefined)
    throw new ValidationError(`The query has a ${character} outside quotes, which is reserved. Put the value in quotes: "..."`);
  return { kind: "word", text, start, end: start + text.length };
}

/**
 * Where ORDER BY begins, if the query has one.
 * @throws ValidationError when it stands within parentheses, or has some
 */
function findOrder(tokens: readonly Token[]): Token | undefined {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "open") depth += 1;
    if (token.kind === "close") depth -= 1;
    if (!isWord(token, "order") || !isWord(tokens[index + 1], "by")) continue;
    if (depth > 0) throw new ValidationError("The query has an ORDER BY within parentheses. It belongs at the end.");
    const hasParentheses = tokens.slice(index).some(({ kind }) => kind === "open" || kind === "close");
    if (hasParentheses)
      throw new ValidationError("The query has parentheses after ORDER BY. It takes names of fields, and belongs at the end.");
    return token;
  }
  return undefined;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toLowerCase() === word;
}

/** Words that a list, and no function's arguments, may follow. */
const beforeLists = new Set(["and", "or", "not", "in", "is", "was", "by", "from", "to", "on", "during", "before", "after"]);

/**
 * Functions that look at nothing but the issue itself, people and the time. Others, add-ons' above all, can ask about linked issues, and
 * whether an issue is found then tells of projects that it is not in.
 */
const harmlessFunctions = new Set([
  ...["now", "currentuser", "currentlogin", "lastlogin", "membersof", "standardissuetypes", "subtaskissuetypes"],
  ...["startofday", "startofweek", "startofmonth", "startofyear", "endofday", "endofweek", "endofmonth", "endofyear"],
  ...["opensprints", "closedsprints", "futuresprints"],
  ...["releasedversions", "unreleasedversions", "latestreleasedversion", "earliestunreleasedversion"],
]);

/** Fields whose value is an issue: Jira says of one that does not exist so, and of others that nothing was found. */
const issueField = /\b(?:key|issuekey|issue|id|parent|linkedissue|epic link|parent link)\b/i;

/** An issue's key, as a whole value. */
const issueKey = /(?<![\p{L}\p{N}_.-])(\p{L}[\p{L}\p{N}_]*)-\d+(?![\p{L}\p{N}_-])/gu;

function refuseReaches(tokens: readonly Token[], projectKeys: readonly string[]): void {
  const namesIssues = tokens.some(({ text }) => issueField.test(text));
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== "word" && token.kind !== "string") continue;
    if (tokens[index + 1]?.kind === "open") refuseFunction(token);
    if (isSavedFilter(token, tokens[index + 1])) {
      throw new PermissionError("A saved filter could ask about projects that this room is not connected to. Type its query instead.");
    }
    if (namesIssues && !isSearchedText(tokens[index - 1])) refuseForeignKeys(token, projectKeys);
  }
}

/** What is looked for in texts is no issue: `UTF-8`. */
function isSearchedText(before: Token | undefined): boolean {
  return before?.kind === "word" && before.text.endsWith("~");
}

/** The names of the field that asks for a saved query; as a field, not as a value, an operator follows. */
const savedFilter = /(?:^|[,&|!])(?:filter|request|savedfilter|searchrequest)(?:$|(?=[=!<>~]))/i;
const operator = /^(?:[=!<>~]|(?:in|not|is|was|changed)$)/i;

function isSavedFilter({ kind, text }: Token, next: Token | undefined): boolean {
  const typed = kind === "string" ? text.trim() : text;
  const found = savedFilter.exec(typed);
  if (found === null) return false;
  const isWhole = found.index + found[0].length === typed.length;
  return !isWhole || (next?.kind === "word" && operator.test(next.text));
}

function refuseFunction({ kind, text }: Token): void {
  const name = kind === "string" ? text : (text.split(/[=!<>~,&|]/).at(-1) ?? "");
  const isList = kind === "word" && (name === "" || beforeLists.has(name.toLowerCase()));
  if (isList || harmlessFunctions.has(name.trim().toLowerCase())) return;
  throw new PermissionError(`The function \`${name}\` could ask about projects that this room is not connected to.`);
}

function refuseForeignKeys({ kind, text }: Token, projectKeys: readonly string[]): void {
  const asked = kind === "word" ? text.replace(/~.*$/s, "") : text.trim();
  for (const [key, project = ""] of asked.matchAll(issueKey)) {
    const isWhole = kind === "word" || key === asked;
    if (isWhole && !projectKeys.includes(project.toUpperCase())) {
      throw new PermissionError(`\`${key}\` is in no project that this room is connected to.`);
    }
  }
}
