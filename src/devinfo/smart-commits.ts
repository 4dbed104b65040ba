import type { SmartCommand } from "../core/smart-commits.js";
import { wellFormed } from "../shared/well-formed.js";
import { cutText } from "../vocabulary/cut-text.js";
import { findIssueKeys } from "../vocabulary/issue-keys.js";

/*
 * Atlassian's smart commits ("Process issues with smart commits"), line by line, for a command must not span more than one:
 *
 *   ignored text KEY KEY ignored text #command arguments #command arguments
 *
 * Keys stand before the first command; behind it they are text. Each command goes to each key. What stands behind the name of a move becomes
 * a comment. A word is taken at a time and none is looked at twice, so the time is in proportion to the message.
 */

/** One command for one issue. */
export interface ParsedSmartCommand {
  /** In upper case. */
  readonly issueKey: string;
  /** `comment`, `time`, or the move's name as written, in lower case. */
  readonly word: string;
  readonly command: SmartCommand | undefined;
  /** Where there is no command: what it lacks. A sentence. */
  readonly problem?: string;
  /** Position, in the whole list, of the move whose comment it is. */
  readonly after?: number;
}

/** The API cuts messages to 1,024 characters; what we read ourselves may be longer. */
const longestMessage = 10_000;
const longestText = 2_000;
const mostKeysOfLine = 20;
/** Of one commit, each for one issue. */
const mostCommands = 50;

const commandWord = /^#\p{L}[\p{L}\p{N}_-]{0,99}$/u;
const keyWord = /^#\p{L}[\p{L}0-9_]{1,255}-[0-9]{1,255}$/u;

/** In the order in which they are written; the first fifty. */
export function parseSmartCommits(message: string): readonly ParsedSmartCommand[] {
  const found: ParsedSmartCommand[] = [];
  for (const line of cutText(message, longestMessage).split(/\r\n|[\r\n\u2028\u2029]/)) {
    const { keys, commands } = readLine(line);
    for (const { word, text } of commands) {
      for (const key of keys) {
        found.push(...toCommands(key, word, text, found.length));
        if (found.length >= mostCommands) return found.slice(0, mostCommands);
      }
    }
  }
  return found;
}

/** Cheap: whether a message, or the JSON of an entity that holds it, may have a command. */
export function mayHoldSmartCommits(text: string): boolean {
  return /#\p{L}/u.test(text);
}

interface WrittenCommand {
  readonly word: string;
  readonly text: string;
}

function readLine(line: string): { readonly keys: readonly string[]; readonly commands: readonly WrittenCommand[] } {
  const keys = new Set<string>();
  const commands: { word: string; words: string[] }[] = [];
  for (const word of line.split(/\s+/)) {
    const isCommand = keys.size > 0 && commandWord.test(word) && !keyWord.test(word);
    const current = commands.at(-1);
    if (isCommand) commands.push({ word: word.slice(1), words: [] });
    else if (current !== undefined) current.words.push(word);
    else if (keys.size < mostKeysOfLine) for (const key of findIssueKeys(word)) keys.add(key);
  }
  return {
    keys: [...keys].slice(0, mostKeysOfLine),
    commands: commands.map(({ word, words }) => ({ word, text: words.filter((part) => part !== "").join(" ") })),
  };
}

/** @param position that the first of them gets */
function toCommands(issueKey: string, word: string, text: string, position: number): readonly ParsedSmartCommand[] {
  const lower = word.toLowerCase();
  const tidy = tidied(text);
  if (lower === "comment") return [comment(issueKey, tidy)];
  if (lower === "time") return [time(issueKey, tidy)];
  const move: ParsedSmartCommand = { issueKey, word: lower, command: { kind: "transition", name: word } };
  return tidy === "" ? [move] : [move, { ...comment(issueKey, tidy), after: position }];
}

function comment(issueKey: string, text: string): ParsedSmartCommand {
  if (text !== "") return { issueKey, word: "comment", command: { kind: "comment", text } };
  return { issueKey, word: "comment", command: undefined, problem: "There is no text behind `#comment`." };
}

function time(issueKey: string, text: string): ParsedSmartCommand {
  const { spent, rest } = readDuration(text);
  if (spent !== undefined) return { issueKey, word: "time", command: { kind: "time", spent, text: rest } };
  return { issueKey, word: "time", command: undefined, problem: "There is no time such as `2h 30m` behind `#time`." };
}

/** Numbers may have decimals. Each unit counts once: what comes behind is text. */
function readDuration(text: string): { readonly spent: string | undefined; readonly rest: string } {
  const words = text.split(" ");
  const parts = new Map<string, string>();
  for (const word of words) {
    const [, value, unit = ""] = /^(\d{1,4}(?:\.\d{1,2})?)([wdhm])$/i.exec(word) ?? [];
    const name = unit.toLowerCase();
    if (value === undefined || parts.has(name)) break;
    parts.set(name, value);
  }
  const rest = words.slice(parts.size).join(" ");
  const isSome = [...parts.values()].some((value) => Number(value) > 0);
  const spent = [...parts].map(([unit, value]) => value + unit).join(" ");
  return { spent: isSome ? spent : undefined, rest };
}

function tidied(text: string): string {
  return cutText(
    wellFormed(text)
      .replace(/\p{Cc}/gu, " ")
      .trim(),
    longestText,
  );
}
