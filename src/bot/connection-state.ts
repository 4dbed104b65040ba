import { isEndedState, type Connection } from "../core/connection.js";
import { isEventId } from "../core/ids.js";
import type { MatrixEvent, StateEvent } from "../core/matrix-event.js";
import type { ActiveService } from "../core/service.js";
import type { BotDeps } from "./deps.js";

/** Finds the enabled service whose connections a state event type holds. */
export function createStateTypeIndex(services: readonly ActiveService[]): (eventType: string) => ActiveService | undefined {
  const byType = new Map(
    services.flatMap((active) => active.service.kinds.flatMap((kind) => kind.stateTypes.map((type) => [type, active] as const))),
  );
  return (eventType) => byType.get(eventType);
}

/** A connection was written, changed or ended by state; who wrote it sees by a read receipt that it was taken. */
export async function handleConnectionState(event: StateEvent, active: ActiveService, deps: BotDeps): Promise<void> {
  const { accepted } = await deps.operations.applyStateEvent(event);
  if (accepted && deps.bots.get(event.sender) === undefined) await sendReceipt(event, active, deps);
}

async function sendReceipt(event: MatrixEvent, { service }: ActiveService, { rooms, bots, accounts, log }: BotDeps): Promise<void> {
  const joined = (await rooms.get(event.room_id))?.bots ?? [];
  const reader = bots.forService(service.permissionName, joined);
  if (reader === undefined) return;
  // A courtesy: nothing waits for it, and it is not tried again.
  await accounts.sendReadReceipt(event.room_id, event.event_id, reader.userId).catch((error: unknown) => {
    log.info({ roomId: event.room_id, error }, "A read receipt could not be sent");
  });
}

/**
 * A redaction. The redacted event's id stands at the top up to room version 10, in the content from 11 on. A client can fill the place that
 * its room's version ignores, so an id only counts when the index knows it and the homeserver shows the state emptied.
 */
export async function handleRedaction(event: MatrixEvent, deps: BotDeps): Promise<void> {
  const named = new Set([event.redacts, event.content["redacts"]].filter(isEventId));
  if (named.size === 0) return;
  for (const connection of await deps.operations.list(event.room_id)) {
    if (named.has(connection.eventId) && (await isEmptied(connection, deps))) {
      await deps.operations.applyRedaction(event.room_id, connection.eventId);
    }
  }
}

async function isEmptied({ roomId, eventType, stateKey }: Connection, { rooms, roomState }: BotDeps): Promise<boolean> {
  const reader = (await rooms.get(roomId))?.bots[0];
  if (reader === undefined) return true;
  const content = await roomState.read(roomId, eventType, stateKey, reader);
  return content === undefined || isEndedState(content);
}
