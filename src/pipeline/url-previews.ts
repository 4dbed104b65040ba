import type { ConnectionState } from "../core/connection.js";
import type { RoomMessage } from "../core/message.js";

/** An empty list tells clients to show no previews (MSC4095). */
const noPreviews = { "com.beeper.linkpreviews": [] } as const;

/**
 * Switches off link previews where the message, or else the room's connection, or without a word from either the configuration asks for that.
 * @param allowedByDefault the configuration's `messaging.allowUrlPreviews`
 */
export function applyUrlPreviews(message: RoomMessage, state: ConnectionState, allowedByDefault: boolean): RoomMessage {
  const own = message.showUrlPreviews ?? state["showUrlPreviews"];
  const isAllowed = typeof own === "boolean" ? own : allowedByDefault;
  if (isAllowed || message.type !== "m.room.message") return message;
  return { ...message, content: { ...message.content, ...noPreviews } };
}
