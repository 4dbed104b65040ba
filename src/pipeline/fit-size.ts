import { WrittenMessage, type RoomMessage } from "../core/message.js";

/** The homeserver refuses events over 65,536 bytes (Matrix spec, "Size limits"); what it adds itself stays well below this difference. */
const contentBytes = 60_000;
const ellipsis = "…";

/**
 * Cuts a message to what a homeserver takes: first the keys of our own go, then the formatted text, then the text is cut.
 * A message that fits stays as it is.
 */
export function fitSize(message: RoomMessage): RoomMessage {
  // Written out for the store and the homeserver in any case.
  const written = new WrittenMessage(message);
  if (Buffer.byteLength(WrittenMessage.jsonOf(written)) <= contentBytes) return written;
  const { format, formatted_body: html, ...rest } = message.content;
  const spoken = Object.fromEntries(Object.entries(rest).filter(([key]) => !isOwnKey(key)));
  const withHtml = html === undefined ? spoken : { ...spoken, format, formatted_body: html };
  if (sizeOf(withHtml) <= contentBytes) return { ...message, content: withHtml };
  if (sizeOf(spoken) <= contentBytes) return { ...message, content: spoken };
  const body = typeof spoken["body"] === "string" ? spoken["body"] : "";
  const room = contentBytes - Buffer.byteLength(JSON.stringify({ ...spoken, body: ellipsis }));
  return { ...message, content: { ...spoken, body: cut(body, room) + ellipsis } };
}

function sizeOf(content: Readonly<Record<string, unknown>>): number {
  return Buffer.byteLength(JSON.stringify(content));
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
