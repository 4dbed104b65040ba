import { createContext, Script } from "node:vm";
import { ValidationError } from "../core/errors.js";
import { cutText } from "../vocabulary/cut-text.js";

/** For texts that are tried together. */
const timeLimitMs = 250;
const mostTogether = 1000;
const longestText = 1024;

/** What is larger may take long, and much memory, before it is even tried, which no time limit ends. */
const longestPattern = 1000;
const mostGroups = 50;
/** Repeated by number within each other, as in `((a{99}){99}){99}`, they multiply. */
const mostCounted = 10;

/**
 * Says of each text whether it matches a regular expression that somebody typed. Some of them take years for a short text, and would stop
 * everything: so the time is limited, which only a context of its own can do. Its code is ours; what is outside text comes in as text.
 * @param setting how the expression is called where it was typed
 * @throws ValidationError that names the setting, when it is no expression, or one that takes too long
 */
export function matchTyped(setting: string, pattern: string, texts: readonly string[]): readonly boolean[] {
  if (isTooLarge(pattern)) throw new ValidationError(`${setting} is too large to be tried.`);
  const answers: boolean[] = [];
  for (let start = 0; start < texts.length; start += mostTogether) {
    answers.push(...matchTogether(setting, pattern, texts.slice(start, start + mostTogether)));
  }
  return answers;
}

function matchTogether(setting: string, pattern: string, texts: readonly string[]): readonly boolean[] {
  const sought = JSON.stringify(texts.map((text) => cutText(text, longestText)));
  try {
    const context = createContext({ pattern, sought });
    const answer: unknown = new Script(tryAll).runInContext(context, { timeout: timeLimitMs });
    // A text, so that nothing of the other context is used here; `tryAll` makes it of a list of booleans.
    return JSON.parse(String(answer)) as readonly boolean[];
  } catch (cause) {
    throw new ValidationError(`${setting} is no regular expression, or takes too long.`, { cause });
  }
}

const tryAll = "const expression = new RegExp(pattern); JSON.stringify(JSON.parse(sought).map((text) => expression.test(text)))";

function isTooLarge(pattern: string): boolean {
  const groups = pattern.split("(").length - 1;
  const counted = pattern.split("{").length - 1;
  return pattern.length > longestPattern || groups > mostGroups || counted > mostCounted;
}
