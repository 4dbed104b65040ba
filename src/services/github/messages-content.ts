import { notice, type RoomMessage } from "../../core/message.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import type { MarkupRenderer } from "./markup.js";
import type { Words } from "./messages-parts.js";

export interface MessageRenderers {
  readonly renderer: MarkdownRenderer;
  readonly markup: MarkupRenderer;
}

/** Longer documents could never be sent: an event takes 65,536 bytes for both forms together. */
const longestDocument = 32_768;

/**
 * Words as a room gets them. Empty `m.mentions` say that the message mentions nobody, so that `@room` in an issue's title pings no room
 * (Matrix spec v1.7, "User and room mentions").
 */
export function toMessage({ lead, form, tail, document = "", content }: Words, { renderer, markup }: MessageRenderers): RoomMessage {
  const { text = "", html = "" } = tail ?? {};
  const below = cut(wellFormed(document));
  const isThere = below.trim() !== "";
  const body = `${lead.text}${text}${isThere ? `\n\n${below}` : ""}`;
  const formatted = `${renderer[form](lead)}${html}${isThere ? markup(below) : ""}`;
  return notice(body, formatted, { "m.mentions": {}, ...content });
}

function cut(text: string): string {
  return text.length <= longestDocument ? text : `${text.slice(0, longestDocument).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
