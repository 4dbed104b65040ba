import { hash } from "node:crypto";
import type { Delivery } from "../core/delivery.js";
import type { ConnectionId, DeliveryId, InboxId } from "../core/ids.js";

/** Characters of a connection's id in the ids of its deliveries: enough to tell the connections of one event apart. */
const connectionCharacters = 16;

/**
 * Homeservers take one event per transaction id, so the id must belong to this message alone, for ever: it covers the data folder, the
 * delivery (whose id is never given out again, not even on a restored folder), connection, sender and part. It is not per room.
 */
export function transactionIdOf(folderId: string, delivery: Delivery, part: number): string {
  const { id, place, connectionId = "", sender } = delivery;
  return hash("sha256", `${folderId}|${id}|${place}|${connectionId}|${sender}|${part}`, "base64url");
}

/** The same for the same event and connection, whenever they meet, so that nothing is made twice. */
export function deliveryId(inboxId: InboxId, position: number, connection: ConnectionId): DeliveryId {
  // The cast: here is where the ids of routed deliveries come from.
  return `${inboxId}.${position.toString(36)}${connection.slice(0, connectionCharacters)}` as DeliveryId;
}

/** The id the delivery would have if the other connection had been there; undefined for what does not come from routing. */
export function movedDeliveryId(id: DeliveryId, from: ConnectionId, to: ConnectionId): DeliveryId | undefined {
  const ending = from.slice(0, connectionCharacters);
  // The cast: the form is that of `deliveryId`.
  return id.endsWith(ending) ? (`${id.slice(0, -ending.length)}${to.slice(0, connectionCharacters)}` as DeliveryId) : undefined;
}
