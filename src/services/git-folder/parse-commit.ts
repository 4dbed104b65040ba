import type { ReadCommit, ReadPerson } from "../../core/repository-host.js";
import type { GitObject } from "./read-objects.js";
import { cleanLine, cleanText, decodeText } from "./text.js";

/** A commit, and what it was made upon. */
export interface ParsedCommit {
  readonly commit: ReadCommit;
  readonly parents: readonly string[];
}

/** The last millisecond that a date of four digits can tell. */
const latestMs = Date.UTC(10_000, 0, 1) - 1;

/**
 * A commit object: lines of a word and what it says, an empty line, and the message (git-cat-file, "commit"). Whatever does not fit is left
 * out: such commits exist, made by other programs or to confuse.
 */
export function parseCommit({ id, content, isCut }: Omit<GitObject, "type">): ParsedCommit {
  const end = content.indexOf("\n\n");
  const header = end === -1 ? content : content.subarray(0, end);
  const lines = linesOf(header);
  const first = (word: string): Buffer | undefined => lines.find((line) => line.word === word)?.value;
  const parents = lines.filter(({ word }) => word === "parent").map(({ value }) => value.toString("latin1").trim());
  const encoding = first("encoding")?.toString("latin1").trim();
  const text = (bytes: Buffer): string => decodeText(bytes, encoding);
  const author = readSignature(text(first("author") ?? Buffer.alloc(0)));
  const committer = readSignature(text(first("committer") ?? Buffer.alloc(0)));
  const message = end === -1 ? "" : cleanText(decodeText(content.subarray(end + 2), encoding, isCut));
  const authoredAt = author.at ?? committer.at ?? 0;
  return { parents, commit: { id, message, author: author.person, authoredAt, isMerge: parents.length > 1 } };
}

interface HeaderLine {
  readonly word: string;
  readonly value: Buffer;
}

/** Lines that go on begin with a blank: a signature's. Their word is empty, so nobody asks for them. */
function linesOf(header: Buffer): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  let start = 0;
  while (start < header.length) {
    const newline = header.indexOf(0x0a, start);
    const end = newline === -1 ? header.length : newline;
    const line = header.subarray(start, end);
    const blank = line.indexOf(0x20);
    if (blank !== -1) lines.push({ word: line.toString("latin1", 0, blank), value: line.subarray(blank + 1) });
    start = end + 1;
  }
  return lines;
}

/** `Ada Lovelace <ada@example.org> 1700000000 +0100`: the time is behind the last `>`. */
function readSignature(text: string): { readonly person: ReadPerson; readonly at?: number } {
  const close = text.lastIndexOf(">");
  const open = text.indexOf("<");
  const isWhole = open !== -1 && close > open;
  const name = cleanLine(open === -1 ? text : text.slice(0, open));
  const email = isWhole ? cleanLine(text.slice(open + 1, close)) : "";
  const person = { ...(name === "" ? {} : { name }), ...(email === "" ? {} : { email }) };
  const at = isWhole ? readTime(text.slice(close + 1)) : undefined;
  return at === undefined ? { person } : { person, at };
}

/** Seconds since 1970, and a time zone that changes nothing. */
function readTime(text: string): number | undefined {
  const [, seconds] = /^\s*(\d{1,15})(?:\s|$)/.exec(text) ?? [];
  const at = Number(seconds ?? "x") * 1000;
  return at <= latestMs ? at : undefined;
}
