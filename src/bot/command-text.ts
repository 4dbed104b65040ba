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
  if (typeof body !== "string" || isEditOrReply(content["m.relates_to"])) return undefined;
  return body;
}

function isEditOrReply(relation: unknown): boolean {
  if (typeof relation !== "object" || relation === null) return false;
  // An object; its values are checked by use.
  const { rel_type: type, is_falling_back: isFallingBack, "m.in_reply_to": repliedTo } = relation as Record<string, unknown>;
  if (type === "m.replace") return true;
  return repliedTo !== undefined && !(type === "m.thread" && isFallingBack === true);
}

/** The text up to the first white space within `longest` characters; undefined when the first word is longer. */
export function firstWord(text: string, longest: number): string | undefined {
  const head = text.slice(0, longest + 1);
  const end = head.search(/\s/);
  if (end >= 0) return head.slice(0, end);
  return head.length <= longest ? head : undefined;
}
