import { isEventId, isRoomId, isUserId } from "../../core/ids.js";
import type { MatrixEvent } from "../../core/matrix-event.js";

type Content = Readonly<Record<string, unknown>>;

/** A transaction, as far as it can be read. */
export interface ReadTransaction {
  readonly events: readonly MatrixEvent[];
  /** Elements of `events` that are no events; their positions. */
  readonly unreadable: readonly number[];
}

/** @returns undefined when there is no list of events at all. `ephemeral`, `to_device` and the rest are not ours to read. */
export function readTransaction(body: unknown): ReadTransaction | undefined {
  if (!isObject(body) || !Array.isArray(body["events"])) return undefined;
  // Any array has unknown elements; isArray says `any`.
  const elements = body["events"] as readonly unknown[];
  const events: MatrixEvent[] = [];
  const unreadable: number[] = [];
  for (const [position, element] of elements.entries()) {
    const event = readEvent(element);
    if (event === undefined) unreadable.push(position);
    else events.push(event);
  }
  return { events, unreadable };
}

/**
 * The parts of a room event that we know, or undefined when a needed one is missing or is of a wrong kind.
 * Plain code: it runs for every message of every room we are in, and almost none of them concerns us.
 */
function readEvent(value: unknown): MatrixEvent | undefined {
  if (!isObject(value)) return undefined;
  const { type, event_id, room_id, sender, origin_server_ts, content, state_key, redacts, unsigned } = value;
  if (!isEventId(event_id) || !isRoomId(room_id) || !isUserId(sender)) return undefined;
  if (typeof type !== "string" || type === "" || typeof origin_server_ts !== "number" || !isObject(content)) return undefined;
  if (state_key !== undefined && typeof state_key !== "string") return undefined;
  return {
    type,
    event_id,
    room_id,
    sender,
    origin_server_ts,
    content,
    ...(state_key === undefined ? {} : { state_key }),
    ...(redacts === undefined ? {} : { redacts }),
    ...(isObject(unsigned) ? { unsigned } : {}),
  };
}

function isObject(value: unknown): value is Content {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
