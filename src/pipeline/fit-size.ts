import type { RoomMessage } from "../core/message.js";

/** The homeserver refuses events over 65,536 bytes (Matrix spec, "Size limits"); what it adds itself stays well below this difference. */
const contentBytes = 60_000;
/** A character takes at most six bytes in JSON. */
const longestCharacter = 6;
const ellipsis = "…";

/**
 * Cuts a message to what a homeserver takes: first the keys of our own go, then the formatted text, then the text is cut.
 * A message that fits is returned as it is.
 */
export function fitSize(message: RoomMessage): RoomMessage {
  const size = sizeOf(message.content);
  if (size <= contentBytes) return message;
  const { format, formatted_body: html, ...rest } = message.content;
  const spoken = Object.fromEntries(Object.entries(rest).filter(([key]) => !isOwnKey(key)));
  const withHtml = html === undefined ? spoken : { ...spoken, format, formatted_body: html };
  if (sizeOf(withHtml) <= contentBytes) return { ...message, content: withHtml };
  if (sizeOf(spoken) <= contentBytes) return { ...message, content: spoken };
  const body = typeof spoken["body"] === "string" ? spoken["body"] : "";
  const room = contentBytes - sizeOf({ ...spoken, body: ellipsis });
  return { ...message, content: { ...spoken, body: cut(body, room) + ellipsis } };
}

function sizeOf(content: Readonly<Record<string, unknown>>): number {
  const { body, formatted_body: html } = content;
  const json = JSON.stringify(content);
  // Most messages are far too small to need counting.
  if (json.length * longestCharacter < contentBytes && typeof body === "string" && (html === undefined || typeof html === "string"))
    return json.length;
  return Buffer.byteLength(json);
}

function isOwnKey(key: string): boolean {
  return key.startsWith("uk.half-shot.") || key === "external_url";
}

/** The longest beginning that takes no more than `bytes` in JSON, never ending within a character. */
function cut(text: string, bytes: number): string {
  let taken = 0;
  let end = 0;
  for (const character of text) {
    taken += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (taken > bytes) break;
    end += character.length;
  }
  return text.slice(0, end);
}
