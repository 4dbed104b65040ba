import type { MatrixEvent } from "../core/matrix-event.js";

/**
 * The words of a message that may be a command; undefined for everything else: edits (the original was answered already), notices (bots do
 * not answer bots), and replies, which no command takes yet. A message in a thread names the one before it only for clients that know no
 * threads; that is no reply.
 */
export function commandText(event: MatrixEvent): string | undefined {
  const { content } = event;
  if (event.type !== "m.room.message" || event.state_key !== undefined || content["msgtype"] !== "m.text") return undefined;
  const body = content["body"];
  if (typeof body !== "string" || relationOf(content["m.relates_to"]) !== undefined) return undefined;
  return body;
}

/** How a message relates to another one, where that keeps it from being a command. */
export function relationOf(relation: unknown): "edit" | "reply" | undefined {
  if (typeof relation !== "object" || relation === null) return undefined;
  // An object; its values are checked by use.
  const { rel_type: type, is_falling_back: isFallingBack, "m.in_reply_to": repliedTo } = relation as Record<string, unknown>;
  if (type === "m.replace") return "edit";
  return repliedTo !== undefined && !(type === "m.thread" && isFallingBack === true) ? "reply" : undefined;
}

/** The text up to the first white space within `longest` characters; undefined when the first word is longer. */
export function firstWord(text: string, longest: number): string | undefined {
  const head = text.slice(0, longest + 1);
  const end = head.search(/\s/);
  if (end >= 0) return head.slice(0, end);
  return head.length <= longest ? head : undefined;
}

/** What follows a name of one or more words that the text begins with, in upper or lower case; undefined when it begins otherwise. */
export function textAfter(text: string, name: string): string | undefined {
  let rest = text;
  for (const part of name.split(" ")) {
    rest = rest.trimStart();
    if (rest.slice(0, part.length).toLowerCase() !== part.toLowerCase()) return undefined;
    rest = rest.slice(part.length);
    if (/^\S/.test(rest)) return undefined;
  }
  return rest;
}
