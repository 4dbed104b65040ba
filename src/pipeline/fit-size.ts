import type { RoomMessage } from "../core/message.js";

/** The homeserver refuses events over 65,536 bytes (Matrix spec, "Size limits"); what it adds itself stays well below this difference. */
const contentBytes = 60_000;
/** A character takes at most six bytes in JSON. */
const longestCharacter = 6;
/** A number, `true`, `false` or `null`. */
const longestPrimitive = 25;
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
  const room = contentBytes - Buffer.byteLength(JSON.stringify({ ...spoken, body: ellipsis }));
  return { ...message, content: { ...spoken, body: cut(body, room) + ellipsis } };
}

function sizeOf(content: Readonly<Record<string, unknown>>): number {
  const most = mostBytes(content);
  // Most messages are far too small to need writing out and counting.
  return most <= contentBytes ? most : Buffer.byteLength(JSON.stringify(content));
}

/** No less than what the value takes in JSON, told from lengths alone. */
function mostBytes(value: unknown): number {
  if (typeof value === "string") return value.length * longestCharacter + 2;
  if (typeof value !== "object" || value === null) return longestPrimitive;
  let bytes = 2;
  // Not `Object.entries`, which makes a list of lists for each message on its way. What JSON.parse or we made inherits nothing to count.
  for (const key in value) bytes += key.length * longestCharacter + 4 + mostBytes(value[key as keyof typeof value]);
  return bytes;
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
