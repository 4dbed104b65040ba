import { isEndedState, type Connection } from "../core/connection.js";
import type { ConnectionContext } from "./dependencies.js";
import type { KnownKind } from "./kinds.js";
import { findActingBot } from "./rights.js";
import { writeState } from "./state-writing.js";

/**
 * Ends what stands behind a connection under the older types of its kind, so that it does not come back when the connection ends.
 * @throws PermissionError, RemoteError
 */
export async function endOlderTypes(
  context: ConnectionContext,
  known: KnownKind,
  { roomId, stateKey, eventType }: Connection,
): Promise<void> {
  const bot = known.kind.stateTypes.length === 1 ? undefined : await findActingBot(context, roomId, known.active);
  if (bot === undefined) return;
  for (const type of known.kind.stateTypes.filter((other) => other !== eventType)) {
    const content = await context.roomState.read(roomId, type, stateKey, bot.userId);
    if (content === undefined || isEndedState(content)) continue;
    const event = await writeState(context.roomState, { roomId, type, stateKey }, { disabled: true }, bot);
    context.recentEvents.add(event.event_id);
  }
}
