import { connectionId, isEndedState, type Connection } from "../core/connection.js";
import type { ConnectionId, RoomId } from "../core/ids.js";
import type { StateEvent } from "../core/matrix-event.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { ConnectionContext } from "./dependencies.js";
import { decideStatus } from "./grants.js";
import { rankOf, type KnownKind } from "./kinds.js";
import { findActingBot, mayWriteState } from "./rights.js";
import type { RoomSecretIds } from "./room-secret-ids.js";
import { withSecretIds } from "./secret-ids.js";

/*
 * What a room is connected to is a function of its state, whether the state comes as a whole or event by event: a state key under a
 * kind's types is one connection, and of these types the first in the kind's order counts whose event is not ended and comes from
 * somebody who may write it.
 */

/** A state event that counts. */
export interface StandingEvent {
  readonly known: KnownKind;
  readonly event: StateEvent;
}

/** @throws RemoteError when who may write state is not known yet */
export function standingEvents(context: ConnectionContext, state: readonly StateEvent[]): ReadonlyMap<ConnectionId, StandingEvent> {
  const standing = new Map<ConnectionId, StandingEvent>();
  for (const event of state) {
    const known = context.kinds.forType(event.type);
    if (known === undefined || isEndedState(event.content)) continue;
    const id = connectionId(event.room_id, known.canonicalType, event.state_key);
    const rival = standing.get(id);
    if (rival !== undefined && rankOf(known, rival.event.type) < rankOf(known, event.type)) continue;
    if (mayWriteState(context, event.sender, known.active.service.permissionName)) standing.set(id, { known, event });
  }
  return standing;
}

/** Whether the event that a connection rests on was ended by somebody who may, or redacted. @throws RemoteError as above */
export function hasEnded(
  context: ConnectionContext,
  { active }: KnownKind,
  state: readonly StateEvent[],
  { eventType, stateKey }: Connection,
): boolean {
  const event = state.find(({ type, state_key: key }) => type === eventType && key === stateKey);
  return event !== undefined && isEndedState(event.content) && mayWriteState(context, event.sender, active.service.permissionName);
}

/** A connection whose status says whether the remote consents. */
export interface Consented {
  readonly connection: Connection;
  /** What asking taught the service, to be stored together with the connection. */
  readonly changes: readonly StoreChange[];
}

/**
 * Asks for the remote's consent to a connection whose state is usable.
 * @param before what the index has under the same id
 * @throws RemoteError when the homeserver cannot be asked just now
 */
export async function withConsent(
  context: ConnectionContext,
  known: KnownKind,
  connection: Connection,
  before: Connection | undefined,
): Promise<Consented> {
  if (connection.status.kind !== "active") return { connection, changes: [] };
  const { status, changes } = await decideStatus(context, known, connection, before);
  return { connection: status.kind === "active" ? connection : { ...connection, status, remoteKeys: [] }, changes };
}

/**
 * Completes a connection whose state was read: the remote's consent, and its secret ids.
 * @param before what the index has under the same id
 * @throws RemoteError when the homeserver cannot be asked just now
 */
export async function complete(
  context: ConnectionContext,
  known: KnownKind,
  read: Connection,
  before: Connection | undefined,
  ids: RoomSecretIds,
): Promise<Consented> {
  const { connection, changes } = await withConsent(context, known, read, before);
  return { connection: await withSecretIds(context, known, connection, before, ids), changes };
}

/**
 * Looks in the room for the event that counts after the one the index had is gone.
 * @throws RemoteError
 */
export async function findStanding(
  context: ConnectionContext,
  known: KnownKind,
  roomId: RoomId,
  id: ConnectionId,
): Promise<StandingEvent | undefined> {
  // With a single type nothing can stand behind it, and nobody needs to be asked.
  if (known.kind.stateTypes.length === 1) return undefined;
  const bot = await findActingBot(context, roomId, known.active);
  if (bot === undefined) return undefined;
  return standingEvents(context, await context.roomState.readAll(roomId, bot.userId)).get(id);
}

/** Says once, when it is new, why a connection is not used. */
export function reportUnusable({ log }: Pick<ConnectionContext, "log">, connection: Connection): void {
  const { id, roomId, eventType, stateKey, eventId, status } = connection;
  if (status.kind === "active") return;
  log.warn({ connection: id, roomId, eventType, stateKey, eventId, reason: status.reason }, `A connection in the room is ${status.kind}`);
}
