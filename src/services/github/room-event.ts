import type { MatrixEvent } from "../../core/matrix-event.js";
import { ownMember } from "../../shared/own-member.js";

/** Does it replace an older message? */
export function isEdit({ content }: MatrixEvent): boolean {
  return ownMember(content["m.relates_to"], "rel_type") === "m.replace";
}

/** Older clients repeat what they reply to in quoted lines before the text (Matrix spec v1.12, "Fallbacks for rich replies"). */
export function withoutFallback(body: string): string {
  if (!/^> <@[^>\n]+>/.test(body)) return body;
  const end = body.search(/\n(?!>)/);
  return end < 0 ? "" : body.slice(end).trimStart();
}
