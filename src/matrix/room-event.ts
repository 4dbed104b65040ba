import { isEventId, isUserId, type RoomId } from "../core/ids.js";
import { isStateEvent, type MatrixEvent, type StateEvent } from "../core/matrix-event.js";
import { valueAt } from "./homeserver-errors.js";

/**
 * An event as the homeserver gives it, reduced to what the product reads.
 * @returns undefined when it is no event: other servers' garbage may lie in any room
 */
export function toMatrixEvent(value: unknown, roomId: RoomId): MatrixEvent | undefined {
  const type = valueAt(value, "type");
  const eventId = valueAt(value, "event_id");
  const sender = valueAt(value, "sender");
  if (typeof type !== "string" || !isEventId(eventId) || !isUserId(sender)) return undefined;
  const at = valueAt(value, "origin_server_ts");
  const stateKey = valueAt(value, "state_key");
  const redacts = valueAt(value, "redacts");
  const unsigned = valueAt(value, "unsigned");
  return {
    type,
    event_id: eventId,
    room_id: roomId,
    sender,
    origin_server_ts: typeof at === "number" ? at : 0,
    content: toContent(valueAt(value, "content")) ?? {},
    ...(typeof stateKey === "string" ? { state_key: stateKey } : {}),
    ...(redacts === undefined ? {} : { redacts }),
    ...(unsigned === undefined ? {} : { unsigned: toContent(unsigned) ?? {} }),
  };
}

/** The events of a list; what is no event is left out. */
export function toMatrixEvents(values: unknown, roomId: RoomId): MatrixEvent[] {
  if (!Array.isArray(values)) return [];
  return values.map((value) => toMatrixEvent(value, roomId)).filter((event) => event !== undefined);
}

/** The state events of a list; what is none is left out. */
export function toStateEvents(values: unknown, roomId: RoomId): StateEvent[] {
  return toMatrixEvents(values, roomId).filter(isStateEvent);
}

/** A JSON object, or undefined for anything else. */
export function toContent(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // An object that is no list: its keys are read one by one and checked where they are used.
  return value as Readonly<Record<string, unknown>>;
}
