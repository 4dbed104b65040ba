import type { Bot } from "../core/bots.js";
import { isEndedState, type Connection, type ConnectionState } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import type { Intention } from "../core/ports/intention-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import { carryOut } from "./carry-out.js";
import type { ConnectionContext } from "./dependencies.js";
import { withdrawFormerGrant } from "./end-connection.js";
import { grantOf, needsSameGrant, storeGrant } from "./grants.js";
import { interpret, withSecretKeys, type ConnectionEvent } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import { openSecretIds } from "./room-secret-ids.js";
import { requireWritable, writeChange } from "./state-writing.js";

export interface ConnectionWrite {
  readonly roomId: RoomId;
  readonly stateKey: string;
  /** The body of the state event. */
  readonly content: ConnectionState;
  readonly bot: Bot;
  /** The active connection in the same place, whose content this replaces. */
  readonly before?: Connection;
  /** Unusable connections that mean the same, or lie in the place. */
  readonly rivals: readonly Connection[];
  /** What looking it up taught the service, and what the service keeps for it. */
  readonly changes: readonly StoreChange[];
}

export interface WrittenConnection {
  readonly connection: Connection;
  /** Where the kind has `secretIds`. */
  readonly secretId?: string;
}

/** The connection that a content makes in its place. */
export function wantedConnection(
  known: KnownKind,
  { roomId, stateKey, content, bot }: Omit<ConnectionWrite, "rivals" | "changes">,
): Connection {
  // The event id is not known before the event is written; nothing reads it until then.
  return interpret(known, {
    ...{ room_id: roomId, type: known.canonicalType, state_key: stateKey, content },
    ...{ event_id: "$", sender: bot.userId },
  });
}

/**
 * Writes a connection, new or in the place of one: unusable ones that mean the same end, then come the grant, the secret id, the state
 * event, the end of what it replaces, and the index.
 * @throws PermissionError, ValidationError for what no room takes, RemoteError, StorageError
 */
export async function writeConnection(context: ConnectionContext, known: KnownKind, write: ConnectionWrite): Promise<WrittenConnection> {
  requireWritable({ roomId: write.roomId, type: known.canonicalType, stateKey: write.stateKey }, write.content);
  return carryOut(context, intentionOf(known, write), async (end) => {
    const replaced = await endRivals(context, known, write);
    const secretIds = await prepare(context, known, write);
    const event = await writeEvent(context, known, write);
    await endFormer(context, known, write);
    const connection = withSecretKeys(known, interpret(known, event), secretIds);
    await context.index.apply({ put: [connection], remove: replaced, also: [...write.changes, end] });
    context.recentEvents.add(event.event_id);
    const [secretId] = secretIds;
    return { connection, ...(secretId === undefined ? {} : { secretId }) };
  });
}

function intentionOf(known: KnownKind, write: ConnectionWrite): Intention {
  const { roomId, stateKey, content, changes } = write;
  const grants = [wantedConnection(known, write), ...formersOf(write)].map((connection) => grantOf(known, connection));
  return {
    ...{ roomId, serviceId: known.active.service.id, kindId: known.kind.id, stateKey, content },
    grants: grants.filter((grant) => grant !== undefined),
    ...(changes.length === 0 ? {} : { changes }),
  };
}

/** What the connection stands in for. */
function formersOf({ before, rivals }: ConnectionWrite): readonly Connection[] {
  return before === undefined ? rivals : [before, ...rivals];
}

/** Before the grant, which would make them valid beside the new one. @returns those that stood in another place */
async function endRivals(
  context: ConnectionContext,
  known: KnownKind,
  { rivals, bot, ...place }: ConnectionWrite,
): Promise<readonly Connection["id"][]> {
  const { id } = wantedConnection(known, { ...place, bot });
  const replaced = rivals.filter((rival) => rival.id !== id || rival.eventType !== known.canonicalType);
  for (const { roomId, eventType, stateKey } of replaced) {
    await writeChange(context, { roomId, type: eventType, stateKey }, { disabled: true }, bot);
  }
  return replaced.filter((rival) => rival.id !== id).map((rival) => rival.id);
}

/** What has to be there before the state event. @returns the secret ids */
async function prepare(context: ConnectionContext, known: KnownKind, write: ConnectionWrite): Promise<readonly string[]> {
  const { roomId, before } = write;
  const wanted = wantedConnection(known, write);
  const grant = grantOf(known, wanted);
  if (grant !== undefined && (before === undefined || !needsSameGrant(known, before, wanted)))
    await storeGrant(context, roomId, grant, true);
  return prepareSecretIds(context, known, write);
}

/** An id that an earlier try left is used; one whose connection has ended since is not, as those who know it were to be rid of. */
async function prepareSecretIds(
  context: ConnectionContext,
  known: KnownKind,
  { roomId, stateKey, bot, before }: ConnectionWrite,
): Promise<readonly string[]> {
  if (known.kind.secretIds === undefined) return [];
  const ids = await openSecretIds(context, roomId);
  const content = before === undefined ? await context.roomState.read(roomId, known.canonicalType, stateKey, bot.userId) : undefined;
  if (content !== undefined && isEndedState(content)) await ids.remove(known, stateKey);
  return ids.findOrCreate(known, stateKey);
}

function writeEvent(
  context: ConnectionContext,
  { canonicalType }: KnownKind,
  { roomId, stateKey, content, bot }: ConnectionWrite,
): Promise<ConnectionEvent> {
  return writeChange(context, { roomId, type: canonicalType, stateKey }, content, bot);
}

/** Ends the event of an older type that the new one stands in for, and the grants of what it replaces. */
async function endFormer(context: ConnectionContext, known: KnownKind, write: ConnectionWrite): Promise<void> {
  const { before, bot } = write;
  if (before !== undefined && before.eventType !== known.canonicalType) {
    const { roomId, eventType, stateKey } = before;
    const { event_id: eventId } = await writeChange(context, { roomId, type: eventType, stateKey }, { disabled: true }, bot);
    context.recentEvents.add(eventId);
  }
  const wanted = wantedConnection(known, write);
  for (const former of formersOf(write)) await withdrawFormerGrant(context, known, former, wanted);
}
