import { connectionId } from "../core/connection.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { ConnectionContext } from "./dependencies.js";
import { putBack } from "./put-back.js";
import { mayWriteState } from "./rights.js";
import { takeState } from "./take-state.js";

/**
 * Takes a connection's state event from a transaction; an event that was applied before changes nothing and asks nobody. Called in the
 * room's turn.
 * @throws RemoteError; nothing is changed then
 */
export async function applyStateEvent(context: ConnectionContext, event: StateEvent): Promise<{ readonly accepted: boolean }> {
  const known = context.kinds.forType(event.type);
  if (known === undefined || context.recentEvents.has(event.event_id)) return { accepted: false };
  const before = await context.index.get(connectionId(event.room_id, known.canonicalType, event.state_key));
  if (before?.eventId === event.event_id) return { accepted: false };
  const mayWrite = mayWriteState(context, event.sender, known.active.service.permissionName);
  const accepted = mayWrite && (await takeState(context, known, event, before));
  if (!mayWrite) await putBack(context, known, event, before);
  context.recentEvents.add(event.event_id);
  return { accepted };
}
