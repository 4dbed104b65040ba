import { wellFormed } from "../../shared/well-formed.js";

/** A person's text as Jira can store it: line breaks of one kind, no other control characters (its databases refuse some). */
export function plainText(text: string): string {
  return wellFormed(text)
    .replace(/\r\n?|[\u2028\u2029]/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

/** The same on one line, as titles are. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}
