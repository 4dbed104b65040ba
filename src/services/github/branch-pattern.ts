import { createContext, Script } from "node:vm";

/** A pattern that takes longer counts as one that does not match. */
const timeoutMs = 50;

/** Characters, and groups within groups: what is larger may take long before it is even tried, which no time limit ends. */
const longestPattern = 200;
const mostNested = 4;
/** Groups repeated by number (`(…){2,9}`): within each other they multiply. */
const mostCounted = 2;

/** What is wrong with what somebody wrote as a regular expression, behind its name; undefined for what is one. */
export function patternMistake(pattern: string): string | undefined {
  if (pattern.length > longestPattern) return `must have ${longestPattern} characters at most`;
  if (nestingOf(pattern) > mostNested) return `must have no more than ${mostNested} groups within each other`;
  if (skeletonOf(pattern).split("){").length > mostCounted + 1) return `must have no more than ${mostCounted} groups repeated by number`;
  return isPattern(pattern) ? undefined : "must be a regular expression";
}

/** The pattern without what stands for itself: escaped characters and classes of characters. */
function skeletonOf(pattern: string): string {
  return pattern.replace(/\\.|\[(?:[^\]\\]|\\.)*\]/gs, "");
}

/** How deep groups lie within each other. */
function nestingOf(pattern: string): number {
  const brackets = skeletonOf(pattern).match(/[()]/g) ?? [];
  let [depth, deepest] = [0, 0];
  for (const bracket of brackets) {
    depth += bracket === "(" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function isPattern(pattern: string): boolean {
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

/**
 * Whether the branch matches a regular expression that somebody wrote into a room. Some patterns take years for a short text, and would
 * stop everything: so the time is limited, which only a context of its own can do. Its code is ours; what is outside text comes in as text.
 */
export function matchesPattern(pattern: string, branch: string): boolean {
  const script = new Script("new RegExp(pattern).test(branch)");
  try {
    return script.runInContext(createContext({ pattern, branch }), { timeout: timeoutMs }) === true;
  } catch {
    return false;
  }
}
