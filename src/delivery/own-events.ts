import type { RemoteEvent } from "../core/remote-event.js";
import type { ParsedWebhook } from "../core/webhook.js";

/** Reads the body of an inbox event that a service brought itself (`InboxEvent.isOwn`). */
export function readOwnEvent(body: Buffer): ParsedWebhook {
  // Written by `Inbox.acceptOwn`, which nothing from outside reaches.
  return { events: [JSON.parse(body.toString("utf8")) as RemoteEvent] };
}
