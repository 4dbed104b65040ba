import type { EventId, RoomId } from "../core/ids.js";
import type { ConnectionContext } from "./dependencies.js";
import { endConnection } from "./end-connection.js";

/**
 * Ends the connection whose state event was redacted; events that no connection rests on are nothing to us. Called in the room's turn.
 * @throws RemoteError; nothing is changed then
 */
export async function applyRedaction(context: ConnectionContext, roomId: RoomId, redacted: EventId): Promise<void> {
  const connection = (await context.index.inRoom(roomId)).find(({ eventId }) => eventId === redacted);
  const known = connection === undefined ? undefined : context.kinds.forConnection(connection);
  if (connection !== undefined && known !== undefined) await endConnection(context, known, connection, true);
}
