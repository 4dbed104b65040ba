/** Identifiers have their own types, so that a room id cannot be passed for a user id (Matrix spec, appendix "Identifiers"). */
export type RoomId = `!${string}`;
export type UserId = `@${string}`;
export type EventId = `$${string}`;

/** Lower-case hex MD5 of `<roomId>/<canonical event type>/<state key>`, the form Hookshot's clients know. */
export type ConnectionId = string & { readonly __id: "connection" };
/** Names one accepted request of a remote; sorts by acceptance and is never given out twice. */
export type InboxId = string & { readonly __id: "inbox" };
/** Names one remote event on its way to one room through one connection; sorts by acceptance within a room. */
export type DeliveryId = string & { readonly __id: "delivery" };

export function isRoomId(value: unknown): value is RoomId {
  return typeof value === "string" && value.length > 1 && value.startsWith("!") && fitsInId(value);
}

export function isUserId(value: unknown): value is UserId {
  return typeof value === "string" && /^@[^:]*:.+$/.test(value) && fitsInId(value);
}

export function isEventId(value: unknown): value is EventId {
  return typeof value === "string" && value.startsWith("$") && value.length <= 255;
}

/** Ids have at most 255 bytes (Matrix spec, appendix "Identifiers"). A UTF-16 unit comes to three at most, so most need no counting. */
function fitsInId(value: string): boolean {
  return value.length <= 85 || (value.length <= 255 && Buffer.byteLength(value) <= 255);
}

/** The server name of a user id: everything after the first colon. */
export function serverOf(userId: UserId): string {
  return userId.slice(userId.indexOf(":") + 1);
}
