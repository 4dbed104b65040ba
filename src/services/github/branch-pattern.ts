import { createContext, Script } from "node:vm";

/** A pattern that takes longer counts as one that does not match. */
const timeoutMs = 50;

/** Whether the text is a regular expression. */
export function isPattern(pattern: string): boolean {
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
