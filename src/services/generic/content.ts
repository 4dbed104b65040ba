import type { RoomMessage } from "../../core/message.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";
import { toEventData } from "./event-data.js";
import type { Words } from "./messages.js";

const dataKey = "uk.half-shot.hookshot.webhook_data";

/**
 * Homeservers take events of up to 65,536 bytes (Matrix spec, "Size limits"), with what they add themselves. A little less than what every
 * delivery is cut to afterwards, so that nothing is left to be cut there.
 */
const mostBytes = 59_000;
/** What Hookshot leaves of a text that is too long, in UTF-16 units. */
const cutUnits = 30_720;
const ellipsis = "…";

export interface ContentInput {
  readonly words: Words;
  /** Carried for programs; absent: not at all. */
  readonly data?: unknown;
  readonly msgtype?: string;
  /** Further keys, small ones. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** The event of some words; the payload, then the formatted text are left out where it would be too large, and then the text is cut. */
export function toMessage({ words, data, msgtype = "m.notice", extra = {} }: ContentInput, renderer: MarkdownRenderer): RoomMessage {
  const plain = { msgtype: wellFormed(msgtype), body: wellFormed(words.plain), ...extra };
  // Not looked at further: reading megabytes as Markdown takes seconds.
  if (sizeOf(plain) > mostBytes) return message(withCutBody(plain));
  const html = htmlOf(words, renderer);
  const formatted = html === "" ? plain : { ...plain, format: "org.matrix.custom.html", formatted_body: html };
  const carried = data === undefined || data === null || data === "" ? formatted : { ...formatted, [dataKey]: toEventData(data) };
  return message([carried, formatted].find((content) => sizeOf(content) <= mostBytes) ?? plain);
}

/** Whether a text is short enough for its event to have a formatted form as well. */
export function canHaveHtml(text: string): boolean {
  return text.length <= mostBytes;
}

function message(content: RoomMessage["content"]): RoomMessage {
  return { type: "m.room.message", content };
}

/** What was sent as HTML goes on as it came; anything else is Markdown, in which HTML is only shown. */
function htmlOf({ plain, html }: Words, renderer: MarkdownRenderer): string {
  return wellFormed(html || renderer.block({ text: plain, source: plain }).trim());
}

function sizeOf(content: RoomMessage["content"]): number {
  return Buffer.byteLength(JSON.stringify(content));
}

function withCutBody<Content extends { readonly body: string }>(content: Content): Content {
  const room = mostBytes - sizeOf({ ...content, body: ellipsis });
  let units = 0;
  let bytes = 0;
  for (const character of content.body) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > room || units + character.length > cutUnits) break;
    units += character.length;
  }
  return { ...content, body: content.body.slice(0, units) + ellipsis };
}
