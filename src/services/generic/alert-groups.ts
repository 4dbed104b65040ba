import { createHash } from "node:crypto";
import type { Connection } from "../../core/connection.js";
import { isEventId, type EventId } from "../../core/ids.js";
import type { RoomMessage } from "../../core/message.js";
import type { ServiceStore } from "../../core/ports/service-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";

/*
 * A group of alerts is told of by one message, which every later notification edits until the group is resolved. Which message that is stands
 * in the service's store from when it is sent until it says that all is well.
 */

/** Nobody scrolls further back: after this a group is told of anew. */
const longestEditMs = 7 * 24 * 3_600_000;
const prunedAtOnce = 1_000;

interface OpenGroup {
  readonly eventId: EventId;
  /** When the message was sent; milliseconds since the epoch. */
  readonly at: number;
}

/** The message that tells of the group; undefined when none does, or it is too old. */
export async function findOpenGroup(store: ServiceStore, connection: Connection, key: string, nowMs: number): Promise<EventId | undefined> {
  const known = readGroup(await store.get(placeOf(connection, key)));
  return known === undefined || nowMs - known.at > longestEditMs ? undefined : known.eventId;
}

/** The message to be edited from now on. */
export function openGroup(store: ServiceStore, connection: Connection, key: string, group: OpenGroup): StoreChange {
  return store.put(placeOf(connection, key), JSON.stringify(group));
}

export function closeGroup(store: ServiceStore, connection: Connection, key: string): StoreChange {
  return store.remove(placeOf(connection, key));
}

/** Forgets groups of which nobody heard for so long that they are told of anew. */
export async function forgetOldGroups(store: ServiceStore, nowMs: number): Promise<readonly StoreChange[]> {
  const all = await store.list("alerts/", prunedAtOnce);
  return all.filter(([, value]) => nowMs - (readGroup(value)?.at ?? 0) > longestEditMs).map(([key]) => store.remove(key));
}

/** A replacement of an earlier message's content (Matrix spec, "Event replacements"); the outer one is for clients that know of none. */
export function asEdit({ type, content, ...rest }: RoomMessage, eventId: EventId): RoomMessage {
  const { body, formatted_body: html } = content;
  const marked = {
    ...content,
    ...(typeof body === "string" ? { body: `* ${body}` } : {}),
    ...(typeof html === "string" ? { formatted_body: `* ${html}` } : {}),
  };
  return { ...rest, type, content: { ...marked, "m.new_content": content, "m.relates_to": { rel_type: "m.replace", event_id: eventId } } };
}

function placeOf({ id }: Connection, key: string): string {
  return `alerts/${id}/${createHash("sha256").update(key).digest("base64url")}`;
}

function readGroup(text: string | undefined): OpenGroup | undefined {
  if (text === undefined) return undefined;
  // We wrote it.
  const group = JSON.parse(text) as OpenGroup;
  return isEventId(group.eventId) ? group : undefined;
}
